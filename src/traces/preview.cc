#include "traces/preview.h"

#include "traces/store.h"

namespace gyre::traces {
namespace {

bool is_message(const json::Value& item) { return item.find("role") && item.find("content"); }

// The messages of a chat: OpenAI's completions and responses, both ways.
std::vector<json::Value> messages_in(const json::Value& body, int depth = 0) {
  std::vector<json::Value> found;
  for (const std::string_view name : {"messages", "input", "output"}) {
    const auto* items = body[name].if_array();
    if (!items) continue;
    for (const auto& item : *items) {
      if (is_message(item)) found.push_back(item);
    }
    return found;
  }
  const auto* choices = body["choices"].if_array();
  if (choices && !choices->empty() && is_message(choices->front()["message"])) return {choices->front()["message"]};
  constexpr int kDeepest = 4;
  if (const auto* request = body.find("request"); request && depth < kDeepest) return messages_in(*request, depth + 1);
  return found;
}

std::string text_of(const json::Value& message) {
  const auto& content = message["content"];
  if (const auto* text = content.if_string()) return *text;
  const auto* parts = content.if_array();
  for (std::size_t i = 0; parts && i < parts->size(); ++i) {
    const auto& part = (*parts)[i];
    if (const auto* text = part.if_string()) return *text;
    const auto type = part["type"].string_or("");
    if (type == "text" || type == "output_text") return part["text"].string_or("");
  }
  return "";
}

}  // namespace

std::string preview_of(std::string_view text, std::string_view role) {
  std::string content;
  if (const auto body = json::parse(text); body && body->if_object()) {
    const auto messages = messages_in(*body);
    for (const auto& message : messages) {
      if (message["role"].string_or("") == role) content = text_of(message);
    }
    if (content.empty() && !messages.empty()) content = text_of(messages.back());
  }
  if (content.empty()) content = text;
  auto cut = clipped(content, kMaxPreviewLength);
  return cut.size() == content.size() ? cut : clipped(content, kMaxPreviewLength - 3) + "...";
}

}  // namespace gyre::traces
