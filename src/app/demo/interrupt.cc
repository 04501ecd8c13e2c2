#include "app/demo/interrupt.h"

#include <signal.h>

#include <cstdlib>
#include <ctime>

namespace gyre::demo {
namespace {

constexpr timespec kLookEach = {.tv_sec = 0, .tv_nsec = 100'000'000};
constexpr int kInterruptedExit = 130;

}  // namespace

Interrupt::Interrupt() {
  thread_ = std::thread([this] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    while (!over_) {
      if (sigtimedwait(&set, nullptr, &kLookEach) < 0) continue;
      if (raised_.exchange(true)) std::_Exit(kInterruptedExit);
      raised_.notify_all();
    }
  });
}

Interrupt::~Interrupt() {
  over_ = true;
  thread_.join();
}

}  // namespace gyre::demo
