// GraphQL's queries: what is taken keeps to its bounds, and means the same when it is written out and read again.
#include <fmt/format.h>

#include "api/mlflow/graphql_query.h"
#include "fuzz/fuzz.h"

using namespace gyre;
using namespace gyre::mlflow::graphql;

namespace {

struct Written {
  std::string fields, declared;
  json::Object variables;
  std::size_t selections = 0, deepest = 0;
};

// Arguments go through variables, which hold any JSON.
void write(Written& written, const std::vector<Field>& fields, std::size_t depth) {
  written.deepest = std::max(written.deepest, depth);
  written.fields += "{ ";
  for (const auto& field : fields) {
    ++written.selections;
    fuzz::require(!field.name.empty() && !field.alias.empty(), "a field has a name");
    fuzz::require(field.arguments.if_object() != nullptr || field.arguments.is_null(), "arguments are an object", field.name);
    written.fields += field.alias == field.name ? field.name : field.alias + ": " + field.name;
    std::string arguments;
    if (const auto* given = field.arguments.if_object()) {
      for (const auto& [name, value] : *given) {
        const auto variable = fmt::format("v{}", written.variables.size());
        arguments += fmt::format("{}{}: ${}", arguments.empty() ? "" : ", ", name, variable);
        written.declared += fmt::format("{}${}: Any", written.declared.empty() ? "" : ", ", variable);
        written.variables.emplace_back(variable, value);
      }
    }
    if (!arguments.empty()) written.fields += "(" + arguments + ")";
    written.fields += ' ';
    if (!field.fields.empty()) write(written, field.fields, depth + 1);
  }
  written.fields += "} ";
}

std::string text_of(const Operation& operation, Written& written) {
  write(written, operation.fields, 1);
  return fmt::format("{} Again{} {}", operation.mutation ? "mutation" : "query", written.declared.empty() ? "" : "(" + written.declared + ")", written.fields);
}

}  // namespace

// A query, and behind a line with a mere "---" its variables.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kMark = "\n---\n";
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find(kMark);
  const auto parsed = end == std::string_view::npos ? Result<json::Value>(json::Object{}) : json::parse(text.substr(end + kMark.size()));
  const auto variables = parsed && parsed->if_object() ? *parsed : json::Value(json::Object{});
  const auto operation = read(text.substr(0, end), variables, "");
  if (!operation) {
    fuzz::require(operation.error().code == Code::invalid && !operation.error().message.empty(), "a refused query is the caller's mistake");
    return 0;
  }
  Written written, again;
  const auto first = text_of(*operation, written);
  fuzz::require(!operation->fields.empty() && operation->fields.size() <= kMaxRootFields, "root fields are bounded", first);
  fuzz::require(written.selections <= kMaxSelections && written.deepest <= kMaxDepth, "selections and depth are bounded", first);
  if (first.size() > kMaxQueryBytes) return 0;  // fragments were spread
  const auto reread = read(first, written.variables, "");
  fuzz::require(reread.has_value(), "what is written can be read", first);
  fuzz::require(text_of(*reread, again) == first, "what is written stays the same", first);
  fuzz::require(json::to_text(written.variables) == json::to_text(again.variables), "arguments stay the same", first);
  return 0;
}
