// The batches that nearly all clients send: points with key, value, time and step, in plain JSON types. They are read where they lie.
#include <simdjson.h>

#include "api/mlflow/log_batch.h"

namespace gyre::mlflow {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kKeptRoom = 4 << 20;  // that a thread keeps for the next document

bool read_text(dom::element element, std::string& out) {
  std::string_view text;
  if (element.get(text) || text.empty()) return false;
  out = text;
  return true;
}

bool read_whole(dom::element element, std::int64_t& out) { return element.is<std::int64_t>() && !element.get(out); }

bool read_real(dom::element element, double& out) { return element.is_number() && !element.get(out); }

bool read_point(dom::element element, tracking::Metric& metric) {
  dom::object fields;
  if (element.get(fields)) return false;
  bool key = false, value = false, timestamp = false;
  for (const auto [name, member] : fields) {
    bool good = false;
    if (name == "key") good = key = read_text(member, metric.key);
    if (name == "value") good = value = read_real(member, metric.value);
    if (name == "timestamp") good = timestamp = read_whole(member, metric.at_ms);
    if (name == "step") good = read_whole(member, metric.step);
    if (!good) return false;
  }
  return key && value && timestamp;
}

bool read_points(dom::element element, std::vector<tracking::Metric>& metrics) {
  dom::array list;
  if (element.get(list)) return false;
  metrics.clear();
  metrics.reserve(list.size());
  for (const auto item : list) {
    if (!read_point(item, metrics.emplace_back())) return false;
  }
  return true;
}

bool is_empty_list(dom::element element) {
  dom::array list;
  return !element.get(list) && list.size() == 0;
}

}  // namespace

std::optional<LogBatch> read_plain_batch(const net::Request& request) {
  if (request.method != "POST" || request.header("Content-Type") != "application/json" || !request.path_parameters.empty()) return std::nullopt;
  thread_local dom::parser parser;
  if (parser.capacity() > kKeptRoom && request.body.size() <= kKeptRoom) parser = dom::parser();
  dom::element root;
  dom::object members;
  if (parser.parse(request.body.data(), request.body.size()).get(root) || root.get(members)) return std::nullopt;
  LogBatch call;
  for (const auto [name, member] : members) {
    bool good = false;
    if (name == "run_id") good = read_text(member, call.run_id);
    if (name == "metrics") good = read_points(member, call.batch.metrics);
    if (name == "params" || name == "tags") good = is_empty_list(member);
    if (!good) return std::nullopt;
  }
  if (call.run_id.empty()) return std::nullopt;
  return call;
}

}  // namespace gyre::mlflow
