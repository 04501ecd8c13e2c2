#include "genai/inputs.h"

#include <algorithm>

#include "base/hash.h"

namespace gyre::genai {
namespace {

json::Value sorted(const json::Value& value) {
  if (const auto* items = value.if_array()) {
    json::Array out;
    for (const auto& item : *items) out.push_back(sorted(item));
    return out;
  }
  const auto* members = value.if_object();
  if (!members) return value;
  json::Object out;
  for (const auto& [name, member] : *members) out.emplace_back(name, sorted(member));
  std::ranges::sort(out, {}, &json::Object::value_type::first);
  return out;
}

}  // namespace

std::string hash_of_inputs(const json::Value& inputs) { return sha256_hex(json::to_text(sorted(inputs))); }

}  // namespace gyre::genai
