// gyre endpoint predict: rows of a file through the endpoint, as any client sends them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "app/cli/endpoint.h"
#include "app/cli/frame.h"
#include "app/cli/interrupt.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kMaxBatch = 100'000;
constexpr std::size_t kShown = 30;

// What came back, output by output.
struct Answers {
  std::vector<std::string> names;
  std::vector<json::Array> values;  // as long as `names`
  std::set<std::string> versions;
  std::size_t rows = 0;

  Result<void> take(const net::ClientResponse& answer) {
    const auto document = TRY(json::parse(answer.body));
    if (const auto version = answer.headers.find("X-Model-Version"); version != answer.headers.end()) versions.insert(version->second);
    const auto& predictions = document["predictions"];
    for (const auto& record : items(predictions)) {  // a dataframe is answered by records
      for (const auto& [name, value] : members(record)) add(name, value);
    }
    for (const auto& [name, list] : members(predictions)) {
      for (const auto& value : items(list)) add(name, items(value).size() == 1 ? items(value).front() : value);
    }
    rows = values.empty() ? 0 : values.front().size();
    return {};
  }

 private:
  void add(const std::string& name, const json::Value& value) {
    const auto found = std::ranges::find(names, name);
    const auto place = static_cast<std::size_t>(found - names.begin());
    if (found == names.end()) names.push_back(name), values.emplace_back();
    values[place].push_back(value);
  }
};

// Which columns of a CSV file stay text: those that the model wants as text.
Result<std::set<std::string>> text_columns(Remote& remote, const std::string& endpoint) {
  const auto about = TRY(remote.get(fmt::format("/endpoints/{}/v2/models/{}", segment(endpoint), segment(endpoint))));
  std::set<std::string> names;
  for (const auto& input : items(about["inputs"])) {
    if (input["datatype"].string_or("") == "BYTES") names.insert(input["name"].string_or(""));
  }
  return names;
}

Result<void> make_numbers(Remote& remote, const std::string& endpoint, Frame& frame) {
  const auto as_text = TRY(text_columns(remote, endpoint));
  for (std::size_t i = 0; i < frame.columns.size(); ++i) {
    if (as_text.contains(frame.columns[i])) continue;
    for (auto& row : frame.rows) row[i] = numeric(row[i]);
  }
  return {};
}

json::Value body_of(const Frame& frame, std::size_t from, std::size_t to) {
  json::Array columns(frame.columns.begin(), frame.columns.end()), data;
  for (auto i = from; i < to; ++i) data.emplace_back(frame.rows[i]);
  json::Value split = json::Object{};
  split.set("columns", std::move(columns));
  split.set("data", std::move(data));
  json::Value body = json::Object{};
  body.set("dataframe_split", std::move(split));
  return body;
}

Result<void> send(Remote& remote, const std::string& endpoint, const json::Value& body, Answers& answers) {
  net::ClientRequest request{.method = "POST",
                             .url = fmt::format("/endpoints/{}/invocations", segment(endpoint)),
                             .headers = {{"Content-Type", "application/json"}},
                             .body = json::to_text(body)};
  return answers.take(TRY(remote.send(std::move(request))));
}

Result<std::size_t> batch_rows(const Invocation& call) {
  const auto text = call.option("batch", "1000");
  std::int64_t rows = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (error == std::errc() && end == text.data() + text.size() && rows >= 1 && rows <= kMaxBatch) return static_cast<std::size_t>(rows);
  return fail(Code::invalid, fmt::format("--batch '{}' is no number of rows", text), {}, fmt::format("1 to {}", kMaxBatch));
}

Result<void> send_frame(const Invocation& call, Remote& remote, const std::string& endpoint, const Frame& frame, Answers& answers) {
  const auto batch = TRY(batch_rows(call));
  Progress progress(400);
  for (std::size_t from = 0; from < frame.rows.size() && !interrupted(); from += batch) {
    const auto to = std::min(from + batch, frame.rows.size());
    const auto sent = send(remote, endpoint, body_of(frame, from, to), answers);
    if (!sent && frame.rows.size() > batch) return within(fmt::format("in rows {} to {}, counted from {}", from, to - 1, from), sent.error());
    TRY(sent);
    progress.show(fmt::format("scoring  {}  {} of {} rows", bar(static_cast<double>(to) / static_cast<double>(frame.rows.size()), 12),
                              grouped(static_cast<std::int64_t>(to)), grouped(std::ssize(frame.rows))));
  }
  return {};
}

// A document in one of the scoring protocol's shapes goes as it is.
bool is_request(const json::Value& document) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"dataframe_split", "dataframe_records", "inputs", "instances"},
                             [&](auto name) { return document.find(name) != nullptr; });
}

int print_answers(const Invocation& call, const Answers& answers, const Frame& frame) {
  json::Array versions(answers.versions.begin(), answers.versions.end());
  if (call.json) {
    json::Value predictions = json::Object{}, document = json::Object{};
    for (std::size_t i = 0; i < answers.names.size(); ++i) predictions.set(answers.names[i], answers.values[i]);
    document.set("rows", static_cast<std::int64_t>(answers.rows));
    document.set("versions", std::move(versions));
    document.set("predictions", std::move(predictions));
    return print_document(call, "predictions/1", document);
  }
  // The first column of the file beside the answer, so that a row is known again.
  const bool named = !frame.columns.empty();
  std::vector<Table::Column> columns{{"ROW", true}};
  if (named) columns.push_back({safe(frame.columns[0])});
  for (const auto& name : answers.names) columns.push_back({safe(name), true});
  Table table(columns);
  const auto shown = human() && !call.has("all") ? std::min(kShown, answers.rows) : answers.rows;
  for (std::size_t row = 0; row < shown; ++row) {
    std::vector<std::string> cells{std::to_string(row)};
    if (named) cells.push_back(text(frame.rows[row][0]));
    for (const auto& values : answers.values)
      cells.push_back(row < values.size() ? (number(values[row]) ? figure(values[row]) : text(values[row])) : nothing());
    table.add(std::move(cells));
  }
  table.print();
  std::string by;
  for (const auto& version : answers.versions) by += fmt::format("{}v{}", by.empty() ? "" : ", ", version);
  tell(fmt::format("{}{} rows scored by {}", shown < answers.rows ? fmt::format("{} shown, --all shows all; ", shown) : "",
                   grouped(static_cast<std::int64_t>(answers.rows)), by));
  return kDone;
}

}  // namespace

Result<int> predict(const Invocation& call) {
  Remote remote(call);
  const auto endpoint = without_kind(call.positional("endpoint"), "endpoint");
  const auto input = TRY(read_input(call.positional("file")));
  Answers answers;
  if (const auto document = json::parse(input); document && is_request(*document)) {
    TRY(send(remote, endpoint, *document, answers));
    return print_answers(call, answers, {});
  }
  auto frame = read_frame(input);
  if (!frame) return within(call.positional("file"), frame.error());
  const auto first = input[input.find_first_not_of(" \t\r\n")];
  if (first != '[' && first != '{') TRY(make_numbers(remote, endpoint, *frame));
  catch_interrupts();
  TRY(send_frame(call, remote, endpoint, *frame, answers));
  const auto printed = print_answers(call, answers, *frame);
  return interrupted() ? static_cast<int>(kInterrupted) : printed;
}

}  // namespace gyre::cli
