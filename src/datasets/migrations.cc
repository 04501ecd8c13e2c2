#include "datasets/datasets.h"

namespace gyre::datasets {
namespace {

constexpr char kRepositories[] = {
#embed "migrations/0001_repositories.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"datasets/0001_repositories", {kRepositories, sizeof kRepositories}}};
  return kAll;
}

}  // namespace gyre::datasets
