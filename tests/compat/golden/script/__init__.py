"""The calls, by group; later groups meet what earlier ones made."""
from . import (aliases, artifacts, deletions, eval_datasets, experiments, handwritten, history, inputs, issues, logged_models, logging, models, prompts, runs, scorers, searches, trace_metrics, transport,
               versions)

GROUPS = {module.__name__.rsplit('.', 1)[1]: module.play
          for module in (experiments, runs, logging, history, inputs, searches, logged_models, artifacts, models, versions, aliases, handwritten, deletions, transport,
                         prompts, eval_datasets, scorers, trace_metrics, issues)}
