#include "genai/schema.h"

namespace gyre::genai {
namespace {

std::string_view type_of(const json::Value& value) {
  if (value.is_null()) return "null";
  if (value.if_bool()) return "boolean";
  if (value.if_int()) return "integer";
  if (value.if_double()) return "float";
  if (value.if_string()) return "string";
  return value.if_array() ? "array" : "object";
}

void add_fields(json::Value& schema, std::string_view part, const json::Value& value) {
  const auto* members = value.if_object();
  if (!members) return;
  auto fields = schema[part];
  if (!fields.if_object()) return;  // outputs were no object before
  for (const auto& [name, member] : *members) {
    if (!fields.find(name)) fields.set(name, type_of(member));
  }
  schema.set(part, std::move(fields));
}

}  // namespace

json::Value grown(std::optional<json::Value> schema, const std::vector<RecordDraft>& drafts) {
  auto out = schema ? std::move(*schema)
                    : json::Value(json::Object{{"inputs", json::Object{}}, {"outputs", json::Object{}}, {"expectations", json::Object{}}, {"version", "1.0"}});
  for (const auto& draft : drafts) {
    add_fields(out, "inputs", draft.inputs);
    if (draft.outputs && draft.outputs->if_object()) add_fields(out, "outputs", *draft.outputs);
    const auto* outputs = out["outputs"].if_object();
    if (draft.outputs && !draft.outputs->is_null() && !draft.outputs->if_object() && outputs && outputs->empty()) out.set("outputs", type_of(*draft.outputs));
    if (draft.expectations) add_fields(out, "expectations", *draft.expectations);
  }
  return out;
}

}  // namespace gyre::genai
