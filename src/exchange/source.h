// Where records come from. A source is read once, front to back, and changes nothing at its origin.
#pragma once

#include <memory>

#include "exchange/records.h"

namespace gyre::exchange {

// Whose files they are, in the words of the source.
struct Owner {
  Thing thing = Thing::run;  // run, logged_model or trace
  std::string experiment_id, id;
};

// Files of one owner.
struct Folder {
  Owner owner;
  std::filesystem::path path;
};

// The files of a version: below those of an owner.
struct Origin {
  Owner owner;
  std::string path;
};

// Takes what a source tells, in the order: experiments, runs, their points (those of a run one after the other), logged models, folders of files,
// registered models, their versions, their aliases, traces. An error ends the reading.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> record(Record record) = 0;
  virtual Result<void> version(Version version, std::optional<Origin> origin) = 0;
  virtual Result<void> folder(const Folder& folder) = 0;
  // What is not moved, and why: things of one kind with one reason are counted together.
  virtual void left(std::string_view what, std::string_view why, std::int64_t count = 1) = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  virtual Result<void> read(Sink& sink) = 0;
  // "MLflow 2.18 to 2.22 (SQLite, schema 0584bdc529eb)".
  virtual std::string description() const = 0;
};

struct SourceOptions {
  std::filesystem::path artifacts;  // where the files lie that the source knows by "mlflow-artifacts:/..."; empty: beside it
  std::string experiment;           // the name of the experiment, for sources that have none
};

// Looks at what `place` is: a database's URL, a file or a folder. `invalid` where it is nothing that is known, with a list of what is.
Result<std::unique_ptr<Source>> open_source(const std::string& place, const SourceOptions& options);

}  // namespace gyre::exchange
