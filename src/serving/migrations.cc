#include "serving/serving.h"

namespace gyre::serving {
namespace {

constexpr char kEndpoints[] = {
#embed "migrations/0001_endpoints.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"serving/0001_endpoints", {kEndpoints, sizeof kEndpoints}}};
  return kAll;
}

}  // namespace gyre::serving
