#include "notify/notify.h"

namespace gyre::notify {
namespace {

constexpr char kReceivers[] = {
#embed "migrations/0001_receivers.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"notify/0001_receivers", {kReceivers, sizeof kReceivers}}};
  return kAll;
}

}  // namespace gyre::notify
