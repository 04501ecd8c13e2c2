#include "notify/messages.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/base64.h"
#include "base/decode.h"

namespace gyre::notify {

BOOST_DESCRIBE_STRUCT(Notice, (), (matter, state, severity, title, text, path, since_ms, ended_ms, labels))

namespace {

// Alertmanager forgets an alert that has no end and is not sent again; ours end when they are told to.
constexpr TimeMs kOpenEndMs = 365 * kDayMs;

std::string link_of(const Notice& notice, std::string_view base_url) {
  return base_url.empty() || notice.path.empty() ? std::string() : fmt::format("{}{}", base_url, notice.path);
}

json::Object labels_of(const Notice& notice) {
  json::Object labels;
  for (const auto& [key, value] : notice.labels) labels.emplace_back(key, value);
  return labels;
}

std::string_view word_of(const Notice& notice) { return notice.state == "resolved" ? "resolved" : notice.severity == "crit" ? "critical" : "warning"; }

}  // namespace

std::string notice_text(const Notice& notice) { return json::encode(notice); }
Result<Notice> read_notice(std::string_view text) { return json::decode_text<Notice>(text); }

std::string headline(const std::vector<Notice>& notices) {
  if (notices.size() == 1) return fmt::format("{}: {}", word_of(notices.front()), notices.front().title);
  const auto resolved = std::ranges::count(notices, "resolved", &Notice::state);
  const auto firing = std::ssize(notices) - resolved;
  if (resolved == 0) return fmt::format("{} alerts, the first: {}", firing, notices.front().title);
  return firing == 0 ? fmt::format("{} alerts resolved", resolved) : fmt::format("{} alerts, {} resolved", firing, resolved);
}

std::string webhook_body(std::string_view receiver, const std::vector<Notice>& notices, std::string_view base_url) {
  json::Array all;
  for (const auto& notice : notices) {
    all.push_back(json::Object{{"id", notice.matter},
                               {"state", notice.state},
                               {"severity", notice.severity},
                               {"title", notice.title},
                               {"text", notice.text},
                               {"since", to_iso(notice.since_ms)},
                               {"ended", notice.ended_ms > 0 ? json::Value(to_iso(notice.ended_ms)) : json::Value()},
                               {"labels", labels_of(notice)},
                               {"url", link_of(notice, base_url)}});
  }
  return json::to_text(json::Object{{"version", 1}, {"receiver", receiver}, {"notices", std::move(all)}});
}

std::string slack_body(const std::vector<Notice>& notices, std::string_view base_url) {
  json::Array attachments;
  for (const auto& notice : notices) {
    json::Object one{{"color", notice.state == "resolved"  ? "good"
                               : notice.severity == "crit" ? "danger"
                                                           : "warning"},
                     {"title", notice.title},
                     {"text", notice.text},
                     {"fallback", notice.title},
                     {"ts", (notice.ended_ms > 0 ? notice.ended_ms : notice.since_ms) / kSecondMs}};
    if (auto link = link_of(notice, base_url); !link.empty()) one.emplace_back("title_link", std::move(link));
    attachments.emplace_back(std::move(one));
  }
  return json::to_text(json::Object{{"text", headline(notices)}, {"attachments", std::move(attachments)}});
}

std::string alertmanager_body(const std::vector<Notice>& notices, std::string_view base_url) {
  json::Array alerts;
  for (const auto& notice : notices) {
    auto labels = labels_of(notice);
    labels.emplace_back("severity", notice.severity == "crit" ? "critical" : "warning");
    labels.emplace_back("gyre_alert", notice.matter);
    json::Object one{{"labels", std::move(labels)},
                     {"annotations", json::Object{{"summary", notice.title}, {"description", notice.text}}},
                     {"startsAt", to_iso(notice.since_ms)},
                     {"endsAt", to_iso(notice.ended_ms > 0 ? notice.ended_ms : notice.since_ms + kOpenEndMs)}};
    if (auto link = link_of(notice, base_url); !link.empty()) one.emplace_back("generatorURL", std::move(link));
    alerts.emplace_back(std::move(one));
  }
  return json::to_text(alerts);
}

namespace {

constexpr std::size_t kMaxSubjectBytes = 180, kBase64Line = 76;

std::string in_lines(const std::string& text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += kBase64Line) lines += text.substr(at, kBase64Line) + "\r\n";
  return lines;
}

// Words of a header that may hold anything (RFC 2047): 45 bytes a word, cut between characters.
std::string header_words(std::string_view text) {
  constexpr std::size_t kMostBytes = 45;
  std::string words;
  while (!text.empty()) {
    auto end = std::min(kMostBytes, text.size());
    while (end < text.size() && end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", base64(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return words;
}

std::string rfc5322_date(TimeMs at_ms) { return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(static_cast<std::time_t>(at_ms / kSecondMs))); }

}  // namespace

std::string mail_message(const Receiver& receiver, std::string_view id, const std::vector<Notice>& notices, std::string_view base_url, TimeMs now_ms) {
  std::string text;
  for (const auto& notice : notices) {
    text += fmt::format("{}: {}\n{}\nsince {}{}\n", word_of(notice), notice.title, notice.text, to_iso(notice.since_ms),
                        notice.ended_ms > 0 ? fmt::format(", until {}", to_iso(notice.ended_ms)) : "");
    if (const auto link = link_of(notice, base_url); !link.empty()) text += link + "\n";
    text += "\n";
  }
  return fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nMessage-ID: <{}@gyre>\r\nSubject: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n{}",
      rfc5322_date(now_ms), receiver.from, fmt::join(receiver.to, ", "), id, header_words("Gyre: " + headline(notices).substr(0, kMaxSubjectBytes)),
      in_lines(base64(text)));
}

}  // namespace gyre::notify
