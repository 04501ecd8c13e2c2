#include "alerting/alerting.h"

namespace gyre::alerting {
namespace {

constexpr char kAlerting[] = {
#embed "migrations/0001_alerting.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"alerting/0001_alerting", {kAlerting, sizeof kAlerting}}};
  return kAll;
}

}  // namespace gyre::alerting
