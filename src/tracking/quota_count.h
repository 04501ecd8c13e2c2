// What a quota counts, a bounded piece at a time. Inside tracking/ only.
#pragma once

#include "storage/blob/store.h"
#include "storage/sql/db.h"
#include "tracking/quota.h"

namespace gyre::tracking {

// The bytes of the files of several runs and logged models.
class FileSizes {
 public:
  void add(std::string_view artifact_uri, std::string_view id);
  bool done() const { return prefixes_.empty(); }
  // Of one listing. There is one as long as it is not done. What is under way to a folder counts with its files.
  Result<std::int64_t> next(blob::Store& blobs, const UnderWay& under_way);

 private:
  std::vector<std::string> prefixes_;  // the last is under way
  std::string after_;
};

// The use of one quota.
class QuotaCount {
 public:
  explicit QuotaCount(Quota quota) : quota_(std::move(quota)) {}
  const Quota& quota() const { return quota_; }
  const Usage& use() const { return use_; }
  // One piece: a page of runs or of logged models, or a listing of files. Whether there is another.
  Result<bool> next(sql::Db& db, blob::Store& blobs, const UnderWay& under_way);

 private:
  struct Holder;
  Result<std::vector<Holder>> page_of_runs(sql::Tx& tx, std::int64_t experiment) const;
  Result<std::vector<Holder>> page_of_models(sql::Tx& tx, std::int64_t experiment) const;

  Quota quota_;
  Usage use_;
  bool of_models_ = false;  // runs first, then logged models
  std::int64_t after_ms_ = INT64_MIN;
  std::string after_;
  FileSizes files_;
};

}  // namespace gyre::tracking
