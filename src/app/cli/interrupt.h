// Ctrl-C as a question that long work asks now and then; a second one ends the process at once.
#pragma once

namespace gyre::cli {

// From here on the first SIGINT or SIGTERM is only noted.
void catch_interrupts();
bool interrupted();
// Sleeps for so long, or until an interrupt comes.
void rest_ms(int ms);

}  // namespace gyre::cli
