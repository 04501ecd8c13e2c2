// Takes records into the rooms that they belong to, and tells what those rooms have.
#pragma once

#include "exchange/digest.h"

namespace gyre::exchange {

struct Answer {
  tracking::Adopted adopted;
  std::map<std::string, std::string> experiments;  // as given: as they are called here
};

// Thread-safe.
class Intake {
 public:
  Intake(sql::Db& db, blob::Store& blobs, const Clock& clock, tracking::Service& tracking, traces::Service& traces, registry::Service& registry)
      : adoption_(db, clock), models_(db, blobs), tracking_(tracking), traces_(traces), registry_(registry) {}

  // In order, each whole or not at all; what was taken before one that fails stays. Given again, it is there already.
  Result<Answer> take(std::span<const Record> records);
  // What is here of each, through the ways by which it is read; nothing for what is not here.
  Result<std::vector<std::optional<Digests>>> digests(std::span<const Name> names);

 private:
  Result<void> take_trace(const Trace& trace, tracking::Adopted& adopted);
  Result<std::optional<Digests>> digest(const Name& name);
  Result<Digests> of_points(std::string_view id);
  Result<std::optional<Digests>> of_version(std::string_view ref);
  Result<std::optional<Trace>> trace(std::string_view id);

  tracking::Adoption adoption_;
  registry::Adoption models_;
  tracking::Service& tracking_;
  traces::Service& traces_;
  registry::Service& registry_;
};

}  // namespace gyre::exchange
