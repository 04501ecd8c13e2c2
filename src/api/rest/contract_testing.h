// Answers held against api/openapi: the contract is those files exactly. For tests.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <set>

#include "base/file.h"
#include "base/named_by_build.h"
#include "base/yaml.h"

namespace gyre::rest {

// The part of JSON Schema that the contract uses.
class Contract {
 public:
  // What is wrong with the answer of an operation ("getDrift"), each with its place; nothing: it keeps the contract.
  std::vector<std::string> problems(std::string_view file, std::string_view operation, const json::Value& answer) {
    const auto& paths = document(file)["paths"];
    for (const auto& [path, methods] : *paths.if_object()) {
      for (const auto& [method, body] : *methods.if_object()) {
        if (body["operationId"].string_or("") != operation) continue;
        problems_.clear();
        check({std::string(file), &body["responses"]["200"]["content"]["application/json"]["schema"]}, answer, "answer");
        return problems_;
      }
    }
    return {fmt::format("there is no operation {} in {}", operation, file)};
  }

 private:
  struct Schema {
    std::string file;
    const json::Value* value;
  };

  const json::Value& document(std::string_view file) {
    auto& found = documents_[std::string(file)];
    if (found.is_null()) found = yaml::parse(read_file(named_by_build("GYRE_OPENAPI") / file).value()).value();
    return found;
  }

  Schema followed(Schema schema) {
    while (const auto* ref = (*schema.value)["$ref"].if_string()) {
      const auto hash = ref->find('#');
      const std::string file = hash == 0 ? schema.file : ref->substr(2, hash - 2);  // "./common.yaml"
      const json::Value* at = &document(file);
      for (auto rest = std::string_view(*ref).substr(hash + 2); !rest.empty();) {
        const auto slash = std::min(rest.find('/'), rest.size());
        at = &(*at)[rest.substr(0, slash)];
        rest.remove_prefix(std::min(slash + 1, rest.size()));
      }
      schema = {file, at};
    }
    return schema;
  }

  static bool is_a(const json::Value& value, std::string_view type) {
    if (type == "null") return value.is_null();
    if (type == "string") return value.if_string();
    if (type == "boolean") return value.if_bool();
    if (type == "integer") return value.if_int();
    if (type == "number") return value.is_number();
    if (type == "array") return value.if_array();
    return value.if_object();
  }

  // Names that a schema of an object knows; `open` when any other may stand there too.
  void names_of(Schema schema, std::set<std::string>& names, bool& open) {
    schema = followed(schema);
    if (const auto* all = (*schema.value)["allOf"].if_array()) {
      for (const auto& part : *all) names_of({schema.file, &part}, names, open);
    }
    if (const auto* properties = (*schema.value)["properties"].if_object()) {
      for (const auto& [name, property] : *properties) names.insert(name);
    }
    open |= !(*schema.value)["additionalProperties"].is_null();
  }

  void check_object(const Schema& schema, const json::Value& value, const std::string& place) {
    const auto& s = *schema.value;
    if (const auto* required = s["required"].if_array()) {
      for (const auto& name : *required) {
        if (!value.find(name.string_or(""))) problems_.push_back(fmt::format("{}: '{}' is missing", place, name.string_or("")));
      }
    }
    for (const auto& [name, member] : *value.if_object()) {
      const auto at = fmt::format("{}.{}", place, name);
      if (const auto& property = s["properties"][name]; !property.is_null()) {
        check({schema.file, &property}, member, at);
      } else if (s["additionalProperties"].if_object()) {
        check({schema.file, &s["additionalProperties"]}, member, at);
      }
    }
  }

  // A part of an allOf does not know all names: only the whole tells which are too many.
  void check(Schema schema, const json::Value& value, const std::string& place, bool whole = true) {
    schema = followed(schema);
    const auto& s = *schema.value;
    if (const auto* all = s["allOf"].if_array()) {
      for (const auto& part : *all) check({schema.file, &part}, value, place, false);
    }
    if (const auto* any = s["oneOf"].if_array()) {
      const auto before = problems_;
      bool good = false;
      for (const auto& part : *any) {
        problems_ = before;
        check({schema.file, &part}, value, place);
        good = problems_.size() == before.size();
        if (good) break;
      }
      if (!good) problems_.push_back(fmt::format("{}: {} is none of what it may be", place, value.kind()));
      return;
    }
    if (const auto* type = s["type"].if_string(); type && !is_a(value, *type))
      return problems_.push_back(fmt::format("{}: it is {}, not {}", place, value.kind(), *type));
    if (const auto* types = s["type"].if_array()) {
      bool good = false;
      for (const auto& type : *types) good |= is_a(value, type.string_or("null"));
      if (!good) return problems_.push_back(fmt::format("{}: it is {}", place, value.kind()));
    }
    if (const auto* words = s["enum"].if_array(); words && std::ranges::find(*words, value) == words->end())
      problems_.push_back(fmt::format("{}: {} is not among its words", place, json::to_text(value)));
    if (value.if_object()) {
      check_object(schema, value, place);
      std::set<std::string> names;
      bool open = !whole;
      names_of(schema, names, open);
      for (const auto& [name, member] : *value.if_object()) {
        if (!open && !names.empty() && !names.contains(name)) problems_.push_back(fmt::format("{}: '{}' is not in the contract", place, name));
      }
    }
    if (const auto* items = value.if_array()) {
      if (const auto most = s["maxItems"].int_or(INT64_MAX); static_cast<std::int64_t>(items->size()) > most)
        problems_.push_back(fmt::format("{}: {} items, at most {}", place, items->size(), most));
      for (std::size_t i = 0; i < items->size() && !s["items"].is_null(); ++i) check({schema.file, &s["items"]}, (*items)[i], fmt::format("{}[{}]", place, i));
    }
  }

  std::map<std::string, json::Value> documents_;
  std::vector<std::string> problems_;
};

}  // namespace gyre::rest
