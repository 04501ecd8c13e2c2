// gyre run: what each verb is called and takes.
#include "app/cli/run.h"

#include "app/cli/run_files.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

const Positional kRun{"run", "its name, id, or the first digits of it", true, false, Names::run};

const Command kRunCommands[] = {
    {.noun = "run",
     .verb = "ls",
     .summary = "Runs, newest first",
     .example = "gyre run ls --exp flights --filter 'metrics.auc > 0.8' --sort -auc --limit 3\n"
                "gyre run ls --columns 'metrics.auc, max(metrics.auc), params.trees, duration'\n"
                "gyre run ls --group params.trees --columns metrics.auc,metrics.loss --sort '-metrics.auc'",
     .positionals = {},
     .options = {{"exp", "NAME", "of this experiment alone", 0, false, Names::experiment},
                 {"filter", "TEXT", "MLflow's filter language and more: docs/guide/searching-runs.md"},
                 {"sort", "KEY", "a metric, params.KEY, start_time, duration; -KEY from the greatest down"},
                 {"columns", "LIST", "values of the filter language, with commas; with --group: what is reckoned", 0, true},
                 {"group", "LIST", "one line for each combination of these values, with mean and 95 % interval of the columns", 0, true},
                 {"metric", "KEY", "a column; the commonest three when left out", 'm', true},
                 {"param", "KEY", "a column", 'p', true},
                 kLimit,
                 kAll},
     .run = list_runs},
    {.noun = "run",
     .verb = "show",
     .summary = "A run: metrics with their curves, parameters, where it came from, files",
     .example = "gyre run show amber-fox",
     .positionals = {kRun},
     .options = {{"tags", "", "its tags too"}, kExpOfRun},
     .run = show_run},
    {.noun = "run",
     .verb = "curve",
     .summary = "Curves of a run's metrics",
     .example = "gyre run curve amber-fox val/auc\ngyre run curve amber-fox loss --csv > loss.csv",
     .positionals = {kRun, {"metrics", "all when left out", false, true}},
     .options = {{"x", "AXIS", "step, time or relative (step)"}, kExpOfRun},
     .run = show_curves},
    {.noun = "run",
     .verb = "log",
     .summary = "Points of metrics, at a step that may have a fraction",
     .example = "gyre run log amber-fox loss=0.31 auc=0.84 --step 0.25\ngyre run log amber-fox loss=NaN --step 3 --time 2001-04-01T12:00:00Z",
     .positionals = {kRun, {"points", "KEY=VALUE; a value may be NaN, Infinity or -Infinity", true, true}},
     .options = {{"step", "STEP", "of all of them: 3, 0.25 (0)"}, {"time", "TIME", "of all of them: ISO 8601; now when left out"}, kExpOfRun},
     .run = log_points},
    {.noun = "run",
     .verb = "rm",
     .summary = "Put a run into the bin: gyre retention bin tells for how long",
     .example = "gyre run rm amber-fox",
     .positionals = {kRun},
     .options = {kExpOfRun},
     .run = remove_run},
    {.noun = "run",
     .verb = "put",
     .summary = "Files to a run's artifacts, hash-checked; what was cut goes on",
     .example = "gyre run put amber-fox weights.bin\ngyre run put amber-fox weights.bin model/weights.bin\ngyre run put amber-fox checkpoints",
     .positionals = {kRun,
                     {"file", "a file or a folder of this machine; a folder with a slash at its end comes without its name", true, false, Names::file},
                     {"path", "what it becomes among the run's files, or the folder it goes into (model/); its name when left out", false}},
     .options = {{"to", "PATH", "the same as PATH"}, {"resume", "UPLOAD", "goes on with this upload of the same file"}, kExpOfRun},
     .run = put_run_files},
    {.noun = "run",
     .verb = "get",
     .summary = "A file or a folder of a run's artifacts; the same command goes on where it was cut",
     .example = "gyre run get amber-fox model/weights.bin\ngyre run get amber-fox model/weights.bin -o w.bin\ngyre run get amber-fox model/ -o here\n"
                "gyre run get amber-fox . -o all-of-it",
     .positionals = {kRun, {"path", "among the run's files, which gyre run show lists; . for all of them"}},
     .options = {{"output", "FILE", "a file or a folder; its name in this folder when left out", 'o', false, Names::file}, kExpOfRun},
     .run = get_run_files},
};

}  // namespace

std::span<const Command> run_commands() { return kRunCommands; }

}  // namespace gyre::cli
