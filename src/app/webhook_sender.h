// How webhooks leave the house: settings from MLflow's environment variables, addresses checked twice, workers of their own.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/guarded.h"
#include "net/client.h"
#include "webhooks/webhooks.h"

namespace gyre::app {

struct WebhookOptions {
  std::vector<std::string> schemes = {"https"};  // MLFLOW_WEBHOOK_ALLOWED_SCHEMES
  bool private_targets = false;                  // MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS
  std::int64_t timeout_s = 30;                   // MLFLOW_WEBHOOK_REQUEST_TIMEOUT
  std::int64_t attempts = 10;                    // MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES, and the first
  std::int64_t workers = 4;                      // MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS
  std::string key;                               // MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY; empty: one of the data folder's own
};
// `invalid` names the variable that is no number, or none of those that may be.
Result<WebhookOptions> webhook_options();
// The key, or that which is kept in the folder; makes one there if there is none.
Result<Vault> open_vault(const WebhookOptions& options, const std::filesystem::path& data_dir);

class WebhookSender final : public webhooks::Sender {
 public:
  explicit WebhookSender(WebhookOptions options) : options_(std::move(options)) {}
  Result<void> check(std::string_view url) override;
  Result<webhooks::Answer> post(const webhooks::Post& post) override;

 private:
  const WebhookOptions options_;
};

// Tells the workers when something is due. A duty never waits, and receivers may be slow.
class WebhookDuty final : public Duty {
 public:
  WebhookDuty(webhooks::Service& webhooks, const Clock& clock, std::int64_t workers);
  ~WebhookDuty() override { stop(); }
  std::string_view name() const override { return "webhooks"; }
  Result<DutyState> run_due(TimeMs now_ms) override;
  void stop();

  static constexpr TimeMs kPurgeEveryMs = kHourMs;

 private:
  struct Orders {
    std::int64_t wanted = 0;  // how many workers are to look
    bool stopping = false;
  };
  void work();

  webhooks::Service& webhooks_;
  const Clock& clock_;
  Guarded<Orders> orders_;
  std::atomic<std::int64_t> working_ = 0;
  TimeMs purged_ms_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace gyre::app
