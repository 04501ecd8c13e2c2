#include "app/demo/position.h"

#include <fcntl.h>

#include <cstdio>

#include "base/decode.h"
#include "base/file.h"

namespace gyre::demo {

BOOST_DESCRIBE_STRUCT(Position, (), (plan, at_ms, port, finished))

Result<std::optional<Position>> PositionFile::read() const {
  const auto text = read_file(path_);
  if (!text && text.error().code == Code::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  return TRY(json::decode_text<Position>(*text));
}

Result<void> PositionFile::write(const Position& position) const {
  const auto temporary = path_.string() + ".tmp";
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("open", temporary);
  TRY(write_fully(fd.get(), json::encode(position) + "\n", temporary));
  if (std::rename(temporary.c_str(), path_.c_str()) != 0) return fail_errno("rename", temporary);
  return {};
}

}  // namespace gyre::demo
