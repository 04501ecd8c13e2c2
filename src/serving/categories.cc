// Which texts a model has learned, as its file's metadata tell it, and the rows that hold others.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/decode.h"
#include "serving/loaded.h"

namespace gyre::serving {
namespace {

constexpr std::string_view kVocabularyKey = "gyre.vocabulary.";
constexpr std::string_view kAnyText = "null";  // instead of a list: the input has no categories

}  // namespace

Vocabulary vocabulary_of(const infer::Signature& signature) {
  Vocabulary vocabulary;
  for (const auto& [key, text] : signature.metadata) {
    if (!key.starts_with(kVocabularyKey)) continue;
    const auto words = json::decode_text<std::vector<std::string>>(text);
    if (words) vocabulary[key.substr(kVocabularyKey.size())] = {words->begin(), words->end()};
  }
  return vocabulary;
}

std::vector<std::string> untold_categories(const infer::Signature& signature) {
  const auto told = vocabulary_of(signature);
  std::vector<std::string> untold;
  for (const auto& port : signature.inputs) {
    if (port.type != infer::Type::text || told.contains(port.name)) continue;
    const auto entry = signature.metadata.find(fmt::format("{}{}", kVocabularyKey, port.name));
    if (entry == signature.metadata.end() || entry->second != kAnyText) untold.push_back(port.name);
  }
  return untold;
}

bool rejects_unknown(const Config& config) { return config.unknown_category == "reject"; }

UnknownCategories unknown_categories(const LoadedVersion& version, const Batch& batch) {
  UnknownCategories found;
  std::vector<std::size_t> rows;
  for (const auto& column : batch.columns) {
    const auto known = version.vocabulary.find(column.name);
    const auto* texts = std::get_if<std::vector<std::string>>(&column.values);
    if (known == version.vocabulary.end() || !texts) continue;
    const auto before = rows.size();
    for (std::size_t row = 0; row < texts->size(); ++row) {
      if (known->second.contains((*texts)[row])) continue;
      if (rows.size() - before < kMaxBadCells) found.cells.push_back({row, column.name, (*texts)[row]});
      rows.push_back(row);
    }
    if (rows.size() > before) found.by_column[column.name] = static_cast<std::int64_t>(rows.size() - before);
  }
  std::ranges::sort(found.cells, {}, [](const BadCell& cell) { return std::tie(cell.row, cell.column); });
  found.cells.resize(std::min(found.cells.size(), kMaxBadCells));
  std::ranges::sort(rows);
  found.rows = std::ranges::unique(rows).begin() - rows.begin();
  return found;
}

Result<void> check_categories_told(const Config& config, const Loaded& loaded) {
  if (!rejects_unknown(config)) return {};
  for (const auto* versions : {&loaded.primaries, &loaded.shadows}) {
    for (const auto& version : *versions) {
      const auto untold = untold_categories(version.session->signature());
      if (untold.empty()) continue;
      return fail(Code::invalid,
                  fmt::format("{}@{} does not tell which texts it has learned of {} '{}', and the endpoint asks for 'unknown_category: reject'", config.model,
                              version.route.version, untold.size() == 1 ? "column" : "columns", fmt::join(untold, "', '")),
                  {},
                  fmt::format("put '{0}{1}', a JSON list of the texts it knows, into the ONNX file's metadata ({2} where any text will do), or leave "
                              "'unknown_category' out of the endpoint's definition",
                              kVocabularyKey, untold.front(), kAnyText));
    }
  }
  return {};
}

}  // namespace gyre::serving
