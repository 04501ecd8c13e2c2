#include "tracking/id_blocks.h"

namespace gyre::tracking {

Result<std::int64_t> IdBlocks::take_from_database() {
  struct Row {
    std::int64_t next;
  };
  return db_.write([](sql::Tx& tx) -> Result<std::int64_t> {
    const auto row = TRY(tx.select_one<Row>("UPDATE metric_ids SET next = next + $1 WHERE name = 'series' RETURNING next", kBlock));
    if (!row) return fail(Code::internal, "the database has no numbers for series", {}, "restore the database from a backup");
    return row->next - kBlock;
  });
}

Result<std::int64_t> IdBlocks::take(std::int64_t count) {
  return block_.with([&](Block& block) -> Result<std::int64_t> {
    if (block.end - block.next < count) {
      block.next = TRY(take_from_database());
      block.end = block.next + kBlock;
    }
    const auto first = block.next;
    block.next += count;
    return first;
  });
}

}  // namespace gyre::tracking
