#include "artifacts/uploads.h"

namespace gyre::artifacts {
namespace {

constexpr char kUploads[] = {
#embed "migrations/0001_uploads.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"artifacts/0001_uploads", {kUploads, sizeof kUploads}}};
  return kAll;
}

}  // namespace gyre::artifacts
