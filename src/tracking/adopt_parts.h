// Between the files of adopt.h. Inside tracking/ only.
#pragma once

#include <fmt/format.h>

#include "tracking/adopt.h"
#include "tracking/id_blocks.h"

namespace gyre::tracking {

struct Adoption::Parts {
  explicit Parts(sql::Db& db) : ids(db) {}
  IdBlocks ids;
};

// Of `given`, those whose keys are not among `here`; what is the same counts as there, what differs is told.
std::vector<Tag> missing_pairs(const std::vector<Tag>& given, const std::vector<Tag>& here, std::string_view kind, std::string_view owner, Adopted& adopted);
// Rows of (owner, key, value). What is there stays.
Result<void> insert_pairs(sql::Tx& tx, std::string_view table, std::string_view owner_column, std::string_view owner, const std::vector<Tag>& pairs);

}  // namespace gyre::tracking
