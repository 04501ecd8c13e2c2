// Takes registered models and versions as they are: numbers, times, stages and aliases kept, for what was registered elsewhere before. What is there
// already is compared and never overwritten; no event is told, for nothing happened now.
#pragma once

#include "registry/registry.h"
#include "tracking/adopt.h"

namespace gyre::registry {

struct AdoptedVersion {
  Version version;       // its `artifact_uri` is where its files are: of this server, or elsewhere
  bool deleted = false;  // its number is not given again
};

// Thread-safe.
class Adoption {
 public:
  Adoption(sql::Db& db, blob::Store& blobs) : db_(db), blobs_(blobs) {}

  // Without their aliases.
  Result<void> models(std::span<const Model> models, tracking::Adopted& adopted);
  // Of models that are there, their files too, whose hashes are taken now.
  Result<void> versions(std::span<const AdoptedVersion> versions, tracking::Adopted& adopted);
  // Of versions that are there.
  Result<void> aliases(const Model& model, tracking::Adopted& adopted);
  // Also of one that is deleted; nothing where there is none.
  Result<std::optional<AdoptedVersion>> version(std::string_view model, std::int64_t version);

 private:
  sql::Db& db_;
  blob::Store& blobs_;
};

}  // namespace gyre::registry
