// How notices leave the house: by the same way, and under the same rules of addresses, as webhooks do.
#pragma once

#include <atomic>
#include <thread>

#include "app/webhook_sender.h"
#include "base/guarded.h"
#include "notify/notify.h"

namespace gyre::app {

class NoticeCarrier final : public notify::Carrier {
 public:
  // `private_targets`, `authorities` (a file of trusted certificates; empty: the system's) as for webhooks.
  NoticeCarrier(WebhookSender& webhooks, WebhookOptions options, std::string authorities)
      : webhooks_(webhooks), options_(std::move(options)), authorities_(std::move(authorities)) {}
  Result<void> check(notify::Kind kind, std::string_view url) override;
  Result<notify::Answer> post(const notify::Post& post) override;
  Result<void> mail(const notify::Mail& mail) override;

 private:
  WebhookSender& webhooks_;
  const WebhookOptions options_;
  const std::string authorities_;
};

// Tells a worker when something is due. A duty never waits, and receivers may be slow.
class NoticeDuty final : public Duty {
 public:
  NoticeDuty(notify::Service& notices, const Clock& clock, int workers = kWorkers);
  ~NoticeDuty() override { stop(); }
  std::string_view name() const override { return "notices"; }
  Result<DutyState> run_due(TimeMs now_ms) override;
  void stop();

  static constexpr int kWorkers = 2;
  static constexpr TimeMs kPurgeEveryMs = kHourMs;

 private:
  struct Orders {
    int wanted = 0;  // how many workers are to look
    bool stopping = false;
  };
  void work();

  notify::Service& notices_;
  const Clock& clock_;
  Guarded<Orders> orders_;
  std::atomic<int> working_ = 0;
  TimeMs purged_ms_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace gyre::app
