// Pieces of a console as bytes. Inside tracking/ only.
#pragma once

#include <functional>

#include "tracking/console.h"

namespace gyre::tracking {

std::string pack_pieces(std::span<const ConsolePiece> pieces);
// Pieces of several packs stand one after the other. `internal` where the bytes are damaged; `each` may end it by false.
Result<void> each_piece(std::string_view packed, const std::function<bool(TimeMs at_ms, bool is_error, std::string_view text)>& each);

// As they stand in the store: compressed, with a checksum.
std::string press(std::string_view packed);
Result<std::string> unpress(std::string_view pressed);

}  // namespace gyre::tracking
