"""The calls, by group; later groups meet what earlier ones made."""
from . import aliases, artifacts, deletions, experiments, handwritten, history, inputs, logged_models, logging, models, prompts, runs, searches, transport, versions

GROUPS = {module.__name__.rsplit('.', 1)[1]: module.play
          for module in (experiments, runs, logging, history, inputs, searches, logged_models, artifacts, models, versions, aliases, handwritten, deletions, transport, prompts)}
