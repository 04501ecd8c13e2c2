#include "app/demo/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"

namespace gyre::demo {
namespace {

constexpr int kMaxTries = 50;  // each names at most twenty rows to leave out

std::string scoring_body(const Day& flights, const std::vector<std::size_t>& rows) {
  json::Writer writer;
  writer.begin_object();
  writer.key("dataframe_split");
  writer.begin_object();
  writer.key("columns");
  writer.raw(R"(["flight_id","origin","destination","distance","dep_min","dow"])");
  writer.key("data");
  writer.begin_array();
  for (const auto row : rows) {
    writer.begin_array();
    writer.integer(flights.flight_id[row]);
    writer.string(flights.origin[row]);
    writer.string(flights.destination[row]);
    writer.number(flights.distance[row]);
    writer.number(flights.dep_min[row]);
    writer.number(flights.dow[row]);
    writer.end_array();
  }
  writer.end_array();
  writer.end_object();
  writer.end_object();
  return writer.take();
}

// The rows that a 422 names: places in the batch.
std::set<std::size_t> refused_places(const std::string& body) {
  std::set<std::size_t> places;
  const auto answer = json::parse(body);
  if (!answer) return places;
  const auto* details = (*answer)["details"].if_array();
  if (!details) return places;
  for (const auto& detail : *details) {
    if (const auto* row = detail["row"].if_int()) places.insert(static_cast<std::size_t>(*row));
  }
  return places;
}

std::unexpected<Error> unexpected_answer(std::string_view doing, const net::ClientResponse& answer) {
  return fail(Code::internal, fmt::format("{}: the server answered {}", doing, answer.status), answer.body.substr(0, 500));
}

}  // namespace

Sent& Sent::operator+=(const Sent& other) {
  scored += other.scored;
  refused += other.refused;
  requests += other.requests;
  return *this;
}

Result<Sent> Traffic::send_batch(const Day& flights, std::vector<std::size_t> rows, const std::string& request_id) {
  Sent sent;
  for (int attempt = 0; attempt < kMaxTries && !rows.empty(); ++attempt) {
    net::ClientRequest request{.method = "POST",
                               .url = fmt::format("{}/endpoints/{}/invocations", server_url_, endpoint_),
                               .headers = {{"Content-Type", "application/json"}, {"X-Request-Id", fmt::format("{}-{}", request_id, attempt)}},
                               .body = scoring_body(flights, rows)};
    const auto answer = TRY(client_.send(request));
    ++sent.requests;
    if (answer.status == 200) {
      sent.scored += static_cast<std::int64_t>(rows.size());
      return sent;
    }
    const auto places = refused_places(answer.body);
    if (answer.status != 422 || places.empty()) return unexpected_answer("scoring", answer);
    std::vector<std::size_t> kept;
    for (std::size_t place = 0; place < rows.size(); ++place) {
      if (!places.contains(place)) kept.push_back(rows[place]);
    }
    sent.refused += static_cast<std::int64_t>(rows.size() - kept.size());
    rows = std::move(kept);
  }
  return sent;
}

Result<Sent> Traffic::send_hour(const Day& flights, TimeMs day, int hour) {
  std::vector<std::size_t> of_hour;
  for (std::size_t row = 0; row < flights.rows(); ++row) {
    if (flights.hour[row] == hour) of_hour.push_back(row);
  }
  Sent sent;
  for (std::size_t from = 0; from < of_hour.size(); from += kBatchRows) {
    const auto to = std::min(from + kBatchRows, of_hour.size());
    const std::vector<std::size_t> batch(of_hour.begin() + static_cast<std::ptrdiff_t>(from), of_hour.begin() + static_cast<std::ptrdiff_t>(to));
    sent += TRY(send_batch(flights, batch, fmt::format("flights-{}-{:02}-{}", to_iso_date(day), hour, from / kBatchRows)));
  }
  return sent;
}

Result<void> Traffic::send_labels(const Day& flights, TimeMs day) {
  json::Writer writer;
  writer.begin_object();
  writer.field("key", fmt::format("labels-{}", to_iso_date(day)));
  writer.key("ids");
  writer.begin_array();
  for (const auto id : flights.flight_id) writer.string(std::to_string(id));
  writer.end_array();
  writer.key("labels");
  writer.begin_array();
  for (const bool late : flights.late) writer.integer(late);
  writer.end_array();
  writer.end_object();
  const auto answer = TRY(client_.send({.method = "POST",
                                        .url = fmt::format("{}/api/v1/endpoints/{}/labels", server_url_, endpoint_),
                                        .headers = {{"Content-Type", "application/json"}, {"X-Request-Id", fmt::format("labels-{}", to_iso_date(day))}},
                                        .body = writer.take()}));
  if (answer.status != 200) return unexpected_answer("sending labels", answer);
  return {};
}

}  // namespace gyre::demo
