#include "serving/serving.h"

namespace gyre::serving {
namespace {

constexpr char kEndpoints[] = {
#embed "migrations/0001_endpoints.sql"
};
constexpr char kTraffic[] = {
#embed "migrations/0002_traffic.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {
      {"serving/0001_endpoints", {kEndpoints, sizeof kEndpoints}},
      {"serving/0002_traffic", {kTraffic, sizeof kTraffic}},
  };
  return kAll;
}

}  // namespace gyre::serving
