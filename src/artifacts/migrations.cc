#include "artifacts/uploads.h"

namespace gyre::artifacts {
namespace {

constexpr char kUploads[] = {
#embed "migrations/0001_uploads.sql"
};

constexpr char kClients[] = {
#embed "migrations/0002_clients.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"artifacts/0001_uploads", {kUploads, sizeof kUploads}}, {"artifacts/0002_clients", {kClients, sizeof kClients}}};
  return kAll;
}

}  // namespace gyre::artifacts
