// The sending half of a move. Inside exchange/ only.
#pragma once

#include <set>
#include <unordered_map>
#include <unordered_set>

#include "exchange/journey.h"
#include "exchange/parcels.h"

namespace gyre::exchange {

// One thread.
class Sender {
 public:
  Sender(Destination& destination, Report& report) : destination_(destination), report_(report) {}

  Result<void> send(Parcel parcel);
  Result<void> finish();

 private:
  struct Check {
    Name name;
    Digests there;
  };
  static constexpr std::size_t kBatchWeight = 1 << 18, kBatchRecords = 500, kChecks = 500;

  Result<void> take(Record& record);
  Result<void> take(Found& found);
  Result<void> take(Folder& folder);
  Result<void> take(tracking::Difference& left);
  Result<void> take_experiment(Experiment experiment);
  Result<void> take_run(Run run);
  Result<void> take_series(Series series);
  Result<void> take_model(LoggedModel model);
  Result<void> take_trace(Trace trace);

  // Where an experiment of the source is; nothing where it was refused.
  const std::string* experiment_of(const std::string& id) const;
  std::string uri_of(const Owner& owner, std::string_view source_uri, std::string_view experiment) const;
  Result<void> add(Record record, std::size_t weight, std::optional<Check> check);
  Result<void> flush();
  void note(const Answer& answer);
  Result<void> send_folders();
  Result<void> send_file(const std::string& uri, const std::filesystem::path& file);
  Result<void> verify();
  void compare(const Check& check, const std::optional<Digests>& here);
  void end_points();
  void differs(std::string what, std::string why);
  void left(std::string_view what, std::string_view why);

  Destination& destination_;
  Report& report_;
  std::unordered_map<std::string, std::string> experiments_;
  std::unordered_map<std::string, std::string> refused_experiments_;  // and why
  std::unordered_set<std::string> refused_;                           // runs and models that are others there
  std::vector<Record> batch_;
  std::set<std::pair<std::string, std::string>> series_;  // of the batch: each once
  std::size_t weight_ = 0;
  std::vector<Folder> folders_;
  std::vector<Check> checks_;
  std::optional<Check> points_;  // of the run whose points come now
};

}  // namespace gyre::exchange
