// Views as they stand in the database. Inside views/ only.
#pragma once

#include "views/views.h"

namespace gyre::views {

struct Stored {
  View view;
  std::string digest;
};

// Deleted ones, too.
Result<std::optional<Stored>> read_view(sql::Tx& tx, std::string_view id);
Result<void> insert_view(sql::Tx& tx, const Stored& stored);
Result<void> update_view(sql::Tx& tx, const Stored& stored);
Result<void> touch_link(sql::Tx& tx, std::string_view id, TimeMs now_ms);
// Whether another shared view that is not deleted has that name.
Result<bool> is_taken(sql::Tx& tx, const View& view);
// Room for one more of that scope: the deleted view or the link that was left alone for longest goes. `exhausted` where none may go.
Result<void> make_room(sql::Tx& tx, Scope scope);
Result<std::vector<View>> read_shared(sql::Tx& tx, const List& wanted);
Result<std::int64_t> count_shared(sql::Tx& tx, const List& wanted);
// Links behind that id, by id.
Result<std::vector<Stored>> read_links(sql::Tx& tx, std::string_view after, std::int64_t limit);

}  // namespace gyre::views
