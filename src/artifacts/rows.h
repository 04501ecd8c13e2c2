// Rows of uploads. Inside the room only.
#pragma once

#include "artifacts/pieces.h"
#include "artifacts/uploads.h"

namespace gyre::artifacts {

// As they stand in the table: by their names.
sql::Value to_value(Upload::Kind kind);
void from_value(const sql::Value& value, Upload::Kind& kind);
void from_value(const sql::Value& value, Upload::State& state);

// `not_found` when there is none.
Result<Upload> find_upload(sql::Tx& tx, std::string_view id);
// In the order in which they are joined.
Result<std::vector<Piece>> pieces_of(sql::Tx& tx, std::string_view id);

struct OpenUploads {
  std::int64_t uploads = 0, bytes = 0;
};
Result<OpenUploads> count_open(sql::Tx& tx);

}  // namespace gyre::artifacts
