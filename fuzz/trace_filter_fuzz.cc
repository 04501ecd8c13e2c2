// The filter and order language of traces: what compiles is SQL that the database runs.
#include "fuzz/fuzz.h"
#include "governance/governance.h"
#include "storage/blob/store.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"
#include "traces/traces.h"

using namespace gyre;

namespace {

struct House {
  std::unique_ptr<sql::Db> db = sql::open_sqlite(":memory:").value();
  std::unique_ptr<blob::Store> blobs = blob::open_memory();
  VirtualClock clock{1000};
  tracking::Service tracking{*db, *blobs, clock};
  traces::Service traces{*db, clock, tracking};
  House() {
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), traces::migrations()})
      fuzz::require(sql::migrate(*db, all).has_value(), "the tables can be made");
    fuzz::require(tracking.prepare().has_value(), "an experiment is there");
    const traces::Span span{
        .trace_id = "tr-" + std::string(32, '1'), .span_id = std::string(16, '1'), .name = "n", .start_ns = 1, .end_ns = 2, .attributes = {{"k", "v"}}};
    fuzz::require(traces.log_spans("0", {span}).has_value(), "a trace is there");
  }
};

}  // namespace

// A filter, and an order behind the first line's end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static House house;
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  traces::Search search{.experiment_ids = {"0"}, .filter = std::string(text.substr(0, end))};
  if (end != std::string_view::npos) search.order_by = {std::string(text.substr(end + 1))};
  const auto found = house.traces.search(search);
  fuzz::require(found || found.error().code == Code::invalid, "a refused search is the caller's mistake, and what compiles runs",
                found ? "" : found.error().message + " " + found.error().detail);
  return 0;
}
