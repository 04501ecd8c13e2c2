#include "app/cli/interrupt.h"

#include <signal.h>

#include <ctime>

namespace gyre::cli {
namespace {

volatile sig_atomic_t noted = 0;

void note(int) { noted = 1; }

}  // namespace

// SA_RESETHAND: the second signal does what it does by default.
void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return noted != 0; }

void rest_ms(int ms) {
  if (interrupted()) return;
  const timespec pause{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000L};
  nanosleep(&pause, nullptr);
}

}  // namespace gyre::cli
