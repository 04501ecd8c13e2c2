// /endpoints/{endpoint}/labels: what turned out to be true of past predictions
#include "api/rest/routes.h"
#include "api/rest/wire.h"
#include "base/hash.h"

namespace gyre::rest {
namespace {

struct LabelsBody {
  std::optional<std::vector<std::string>> ids;
  std::optional<std::vector<json::Value>> labels;
  std::string key;
  bool corrects = false;
};
BOOST_DESCRIBE_STRUCT(LabelsBody, (), (ids, labels, key, corrects))

Result<std::vector<bool>> read_labels(const std::vector<json::Value>& values) {
  std::vector<bool> labels;
  labels.reserve(values.size());
  for (const auto& value : values) {
    const auto* whole = value.if_int();
    if (value.if_bool()) {
      labels.push_back(*value.if_bool());
    } else if (whole && (*whole == 0 || *whole == 1)) {
      labels.push_back(*whole == 1);
    } else {
      return json::wrong(value, fmt::format("labels[{}]", labels.size()), "true, false, 1 or 0");
    }
  }
  return labels;
}

// A batch without a key is named by its content: sending it again changes nothing.
Result<net::Response> put_labels(const Rooms& rooms, const net::Request& request) {
  auto sent = TRY(body<LabelsBody>(request));
  if (!sent.ids || !sent.labels)
    return fail(Code::invalid, fmt::format("a batch of labels needs '{}'", sent.ids ? "labels" : "ids"), {},
                R"(for example {"ids": ["7", "8"], "labels": [1, 0]}: ids as the predictions have them, a label for each)");
  monitoring::LabelBatch batch{*std::move(sent.ids), TRY(read_labels(*sent.labels)), sent.key.empty() ? sha256_hex(request.body) : std::move(sent.key),
                               sent.corrects};
  const auto fresh = TRY(rooms.monitoring.put_labels(request.parameter("endpoint"), batch));
  Writer writer;
  writer.begin_object();
  writer.field("received", static_cast<std::int64_t>(batch.ids.size()));
  writer.field("new", fresh);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_label_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "POST", "/endpoints/:endpoint/labels", put_labels, {.max_body_bytes = kMaxLargeBodyBytes});
}

}  // namespace gyre::rest
