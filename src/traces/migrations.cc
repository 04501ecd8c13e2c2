#include "traces/traces.h"

namespace gyre::traces {
namespace {

constexpr char kTraces[] = {
#embed "migrations/0001_traces.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"traces/0001_traces", {kTraces, sizeof kTraces}}};
  return kAll;
}

}  // namespace gyre::traces
