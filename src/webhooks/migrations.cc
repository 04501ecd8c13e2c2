#include "webhooks/webhooks.h"

namespace gyre::webhooks {
namespace {

constexpr char kWebhooks[] = {
#embed "migrations/0001_webhooks.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"webhooks/0001_webhooks", {kWebhooks, sizeof kWebhooks}}};
  return kAll;
}

}  // namespace gyre::webhooks
