#include "exchange/sender.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file_hash.h"
#include "exchange/mlflow_database.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOther = 256;  // what a record weighs that holds no points

std::string_view word_of(Thing thing) {
  constexpr std::string_view kWords[] = {"experiment", "run", "points of run", "logged model", "model", "version", "trace"};
  return kWords[static_cast<std::size_t>(thing)];
}

}  // namespace

Result<void> Sender::send(Parcel parcel) {
  for (auto& item : parcel) TRY(std::visit([&](auto& one) { return take(one); }, item));
  return {};
}

Result<void> Sender::finish() {
  end_points();
  TRY(flush());
  return verify();
}

Result<void> Sender::take(Record& record) {
  return std::visit(
      [&]<class T>(T& one) -> Result<void> {
        if constexpr (std::is_same_v<T, Experiment>)
          return take_experiment(std::move(one));
        else if constexpr (std::is_same_v<T, Run>)
          return take_run(std::move(one));
        else if constexpr (std::is_same_v<T, Series>)
          return take_series(std::move(one));
        else if constexpr (std::is_same_v<T, LoggedModel>)
          return take_model(std::move(one));
        else if constexpr (std::is_same_v<T, Trace>)
          return take_trace(std::move(one));
        else {
          Check check{{Thing::model, {}}, {}};
          exchange::add(check.there, one);
          if constexpr (std::is_same_v<T, Model>)
            check.name.id = one.name;
          else if constexpr (std::is_same_v<T, Version>)
            check.name = {Thing::version, one.version.ref()};
          else
            check.name.id = one.model.name;
          return add(std::move(one), kOther, std::move(check));
        }
      },
      record);
}

Result<void> Sender::take(Found& found) {
  auto& version = found.version.version;
  if (found.origin) {
    const auto* experiment = experiment_of(found.origin->owner.experiment_id);
    if (experiment) version.artifact_uri = uri_of(found.origin->owner, "", *experiment) + found.origin->path;
  } else if (!found.version.deleted && !version.artifact_uri.empty() && !is_elsewhere(version.artifact_uri)) {
    left("files of versions", "not found: they belong to no run and no logged model that is moved");
  }
  Record record = std::move(found.version);
  return take(record);
}

Result<void> Sender::take(Folder& folder) {
  folders_.push_back(std::move(folder));
  return {};
}

Result<void> Sender::take(tracking::Difference& one) {
  left(one.what, one.why);
  return {};
}

// At once, for all that follows needs to know what it is called there.
Result<void> Sender::take_experiment(Experiment experiment) {
  if (!is_elsewhere(experiment.artifact_location)) experiment.artifact_location.clear();
  const auto id = experiment.id;
  const Record record = experiment;
  const auto answer = destination_.take({&record, 1});
  if (!answer && answer.error().code == Code::conflict) {
    refused_experiments_[id] = fmt::format("{}; {}", answer.error().message, answer.error().fix);
    left("experiments", refused_experiments_[id]);
    differs(fmt::format("experiment '{}'", experiment.name), answer.error().message);
    return {};
  }
  TRY(answer);
  note(*answer);
  const auto here = answer->experiments.at(id);
  experiments_[id] = here;
  if (here != id && id != experiment.name)
    report_.matched.push_back({fmt::format("experiment '{}'", experiment.name), fmt::format("{} there is {} here", id, here)});
  experiment.id = here;
  Check check{{Thing::experiment, here}, {}};
  exchange::add(check.there, experiment);
  checks_.push_back(std::move(check));
  return {};
}

const std::string* Sender::experiment_of(const std::string& id) const {
  const auto at = experiments_.find(id);
  return at == experiments_.end() ? nullptr : &at->second;
}

std::string Sender::uri_of(const Owner& owner, std::string_view source_uri, std::string_view experiment) const {
  if (is_elsewhere(source_uri)) return std::string(source_uri);
  const auto kind = owner.thing == Thing::logged_model ? "models/" : owner.thing == Thing::trace ? "traces/" : "";
  return fmt::format("{}/{}/{}{}/artifacts", tracking::kArtifactScheme, experiment, kind, owner.id);
}

Result<void> Sender::take_run(Run run) {
  const auto* experiment = experiment_of(run.info.experiment_id);
  if (!experiment) {
    const auto why = refused_experiments_.find(run.info.experiment_id);
    left("runs", why == refused_experiments_.end() ? "their experiment is missing at the source" : why->second);
    refused_.insert(run.info.id);
    return {};
  }
  run.info.experiment_id = *experiment;
  run.info.artifact_uri = uri_of({Thing::run, {}, run.info.id}, run.info.artifact_uri, *experiment);
  Check check{{Thing::run, run.info.id}, {}};
  exchange::add(check.there, run);
  return add(std::move(run), kOther, std::move(check));
}

Result<void> Sender::take_series(Series series) {
  if (points_ && points_->name.id != series.run_id) end_points();
  if (series_.contains({series.run_id, series.key})) TRY(flush());
  if (refused_.contains(series.run_id)) return {};
  if (!points_) points_ = Check{{Thing::points, series.run_id}, {}};
  add_points(points_->there, series.run_id, series.key, series.points);
  series_.emplace(series.run_id, series.key);
  const auto weight = series.points.size();
  return add(std::move(series), weight, std::nullopt);
}

Result<void> Sender::take_model(LoggedModel given) {
  auto& model = given.model;
  const auto* experiment = experiment_of(model.experiment_id);
  if (!experiment) {
    left("logged models", "their experiment is not moved");
    refused_.insert(model.id);
    return {};
  }
  model.experiment_id = *experiment;
  model.artifact_uri = uri_of({Thing::logged_model, {}, model.id}, model.artifact_uri, *experiment);
  Check check{{Thing::logged_model, model.id}, {}};
  exchange::add(check.there, given);
  return add(std::move(given), kOther, std::move(check));
}

Result<void> Sender::take_trace(Trace trace) {
  const auto* experiment = experiment_of(trace.info.experiment_id);
  if (!experiment) {
    left("traces", "their experiment is not moved");
    refused_.insert(trace.info.id);
    return {};
  }
  trace.info.experiment_id = *experiment;
  Check check{{Thing::trace, trace.info.id}, {}};
  exchange::add(check.there, trace);
  return add(std::move(trace), kOther, std::move(check));
}

Result<void> Sender::add(Record record, std::size_t weight, std::optional<Check> check) {
  batch_.push_back(std::move(record));
  if (check) checks_.push_back(std::move(*check));
  weight_ += weight;
  if (weight_ < kBatchWeight && batch_.size() < kBatchRecords) return {};
  TRY(flush());
  return checks_.size() < kChecks ? Result<void>() : verify();
}

Result<void> Sender::flush() {
  if (!batch_.empty()) {
    note(TRY(destination_.take(batch_)));
    batch_.clear();
    series_.clear();
    weight_ = 0;
  }
  return send_folders();
}

void Sender::note(const Answer& answer) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto at = answer.adopted.kinds.find(name_of(static_cast<Kind>(i)));
    if (at == answer.adopted.kinds.end()) continue;
    auto& taken = report_.lines[i].taken;
    taken.added += at->second.added;
    taken.there += at->second.there;
    taken.differs += at->second.differs;
  }
  for (const auto& one : answer.adopted.differences) differs(one.what, one.why);
  refused_.insert(answer.adopted.refused.begin(), answer.adopted.refused.end());
}

void Sender::end_points() {
  if (points_) checks_.push_back(std::move(*points_));
  points_.reset();
}

void Sender::differs(std::string what, std::string why) {
  if (report_.differences.size() < tracking::kMaxDifferences) report_.differences.push_back({std::move(what), std::move(why)});
}

void Sender::left(std::string_view what, std::string_view why) {
  const auto at = std::ranges::find_if(report_.left, [&](const Left& one) { return one.what == what && one.why == why; });
  if (at == report_.left.end()) {
    report_.left.push_back({std::string(what), std::string(why), 1});
  } else {
    ++at->count;
  }
}

Result<void> Sender::verify() {
  std::erase_if(checks_, [&](const Check& check) { return refused_.contains(check.name.id); });
  std::vector<Name> names;
  for (const auto& check : checks_) names.push_back(check.name);
  const auto here = TRY(destination_.digests(names));
  if (here.size() != checks_.size()) return fail(Code::internal, "the server told of other things than it was asked for");
  for (std::size_t i = 0; i < checks_.size(); ++i) compare(checks_[i], here[i]);
  checks_.clear();
  return {};
}

// More there than was moved is no trouble: what was moved was compared when it was taken.
void Sender::compare(const Check& check, const std::optional<Digests>& here) {
  if (!here) differs(fmt::format("{} {}", word_of(check.name.thing), check.name.id), "is not here");
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto& there = check.there.kinds[i];
    if (there.items == 0) continue;
    auto& line = report_.lines[i];
    line.found += static_cast<std::int64_t>(there.items);
    line.there.add(there);
    if (!here) continue;
    const auto& found = here->kinds[i];
    const bool more = found.items > there.items;
    line.here.add(more ? there : found);
    if (more || found == there) continue;
    const auto kind = name_of(static_cast<Kind>(i));
    differs(fmt::format("{} {}", word_of(check.name.thing), check.name.id),
            there.items == 1 && found.items == 1 ? fmt::format("its {} are told in other words here", kind)
                                                 : fmt::format("{} of {} {} are here, or others", found.items, there.items, kind));
  }
}

Result<void> Sender::send_folders() {
  for (auto& folder : std::exchange(folders_, {})) {
    const auto* experiment = experiment_of(folder.owner.experiment_id);
    if (!experiment || refused_.contains(folder.owner.id)) continue;
    const auto root = uri_of(folder.owner, "", *experiment);
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(folder.path, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      std::error_code none;
      if (at->is_regular_file(none)) {
        TRY(send_file(fmt::format("{}/{}", root, at->path().lexically_relative(folder.path).generic_string()), at->path()));
      } else if (!at->is_directory(none) || at->is_symlink(none)) {
        left("files", "neither files nor folders: links to folders, sockets");
      }
    }
    if (error) differs(fmt::format("'{}'", folder.path.string()), fmt::format("cannot be read: {}", error.message()));
  }
  return {};
}

// What one file cannot do is told of it; what the destination cannot do ends the move.
Result<void> Sender::send_file(const std::string& uri, const fs::path& file) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(fs::file_size(file, error));
  const auto sha256 = error ? fail(Code::unavailable, error.message()) : file_sha256(file);
  auto& line = report_[Kind::files];
  ++line.found;
  if (!sha256) return differs(fmt::format("file '{}'", file.string()), sha256.error().message), Result<void>();
  const auto sent = destination_.put_file(uri, file, size, *sha256);
  const auto is_of_file = [](Code code) { return code == Code::conflict || code == Code::invalid; };
  if (!sent && !is_of_file(sent.error().code)) return std::unexpected(sent.error());
  Digests there, here;
  add_file(there, uri, size, *sha256);
  line.there.add(there[Kind::files]);
  if (!sent) {
    ++line.taken.differs;
    return differs(fmt::format("file '{}'", file.string()), sent.error().message), Result<void>();
  }
  ++(sent->was_there ? line.taken.there : line.taken.added);
  report_.file_bytes += size;
  add_file(here, uri, size, sent->sha256);
  line.here.add(here[Kind::files]);
  if (sent->sha256 != *sha256) differs(fmt::format("file '{}'", file.string()), "has another hash here");
  return {};
}

}  // namespace gyre::exchange
