#include "registry/registry.h"

namespace gyre::registry {
namespace {

constexpr char kModels[] = {
#embed "migrations/0001_models.sql"
};
constexpr char kAliasMoves[] = {
#embed "migrations/0002_alias_moves.sql"
};
constexpr char kFilesByKey[] = {
#embed "migrations/0003_files_by_key.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {
      {"registry/0001_models", {kModels, sizeof kModels}},
      {"registry/0002_alias_moves", {kAliasMoves, sizeof kAliasMoves}},
      {"registry/0003_files_by_key", {kFilesByKey, sizeof kFilesByKey}},
  };
  return kAll;
}

}  // namespace gyre::registry
