#include "datasets/datasets.h"

namespace gyre::datasets {
namespace {

constexpr char kRepositories[] = {
#embed "migrations/0001_repositories.sql"
};

constexpr char kCommitsByTime[] = {
#embed "migrations/0002_commits_by_time.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"datasets/0001_repositories", {kRepositories, sizeof kRepositories}},
                                            {"datasets/0002_commits_by_time", {kCommitsByTime, sizeof kCommitsByTime}}};
  return kAll;
}

}  // namespace gyre::datasets
