// A house of its own in a scratch folder, with the bench's model deployed behind an endpoint that a monitor watches.
#pragma once

#include <memory>

#include "app/house.h"

namespace gyre::bench {

inline constexpr std::string_view kEndpoint = "gbm";
inline constexpr int kWidth = 28;

class ScoringHouse {
 public:
  // `model` is the folder that model.py has written.
  static Result<std::unique_ptr<ScoringHouse>> open(const std::filesystem::path& model);

  app::House& house() { return *house_; }
  app::Rooms& rooms() { return house_->rooms(); }
  const RealClock& clock() const { return clock_; }
  std::uint16_t port() const { return house_->port(); }

 private:
  ScoringHouse() = default;
  Result<void> register_model(const std::filesystem::path& model);
  Result<void> put_blob(const std::string& key, const std::filesystem::path& file);

  const ScratchFolder folder_;
  const RealClock clock_;
  std::unique_ptr<app::House> house_;
};

}  // namespace gyre::bench
