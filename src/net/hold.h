// Long polls: an answer that waits for news, in the hub and not on a worker's thread.
#pragma once

#include "net/message.h"

namespace gyre::net {

// The request is handled once more when an event of that topic comes that mentions `about`, and when the time is over; what is answered
// then is sent. A handler that still has no news asks for a hold again: it stands until the first one's time is over.
struct Hold {
  std::string topic;  // its prefix
  std::string about;  // what the event's data must have in it; "": any
  std::int64_t wait_ms = 0;
};

constexpr std::int64_t kMaxHoldMs = 60'000;
constexpr int kMaxHeld = 256;  // answers of this process; one more is sent at once

// `response` is what is sent where nothing comes.
void hold(Response& response, const Hold& hold);
// Takes the wish out of the response: it is for the server alone.
std::optional<Hold> take_hold(Response& response);

}  // namespace gyre::net
