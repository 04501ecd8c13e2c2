// Records as bytes and back: what a command sends to a server. Both are of one version of Gyre; the first byte tells the format.
#pragma once

#include "exchange/digest.h"
#include "exchange/intake.h"

namespace gyre::exchange {

std::string pack_records(std::span<const Record> records);
std::string pack_names(std::span<const Name> names);
std::string pack_answer(const Answer& answer);
std::string pack_digests(const std::vector<std::optional<Digests>>& digests);

// `invalid` where the bytes are cut or are something else.
Result<std::vector<Record>> unpack_records(std::string_view bytes);
Result<std::vector<Name>> unpack_names(std::string_view bytes);
Result<Answer> unpack_answer(std::string_view bytes);
Result<std::vector<std::optional<Digests>>> unpack_digests(std::string_view bytes);

constexpr std::size_t kMaxPackedBytes = 64 << 20;
constexpr std::string_view kRecordsType = "application/vnd.gyre.records";

}  // namespace gyre::exchange
