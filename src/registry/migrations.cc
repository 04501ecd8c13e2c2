#include "registry/registry.h"

namespace gyre::registry {
namespace {

constexpr char kModels[] = {
#embed "migrations/0001_models.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"registry/0001_models", {kModels, sizeof kModels}}};
  return kAll;
}

}  // namespace gyre::registry
