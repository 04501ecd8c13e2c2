// What a monitor names, beside what the version that serves has: a slip of the pen would otherwise show as figures that never come.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

Error mistake(std::string message, std::string fix) { return {Code::invalid, std::move(message), {}, std::move(fix)}; }

std::vector<std::string> names_of(const std::vector<infer::Port>& ports) {
  std::vector<std::string> names;
  for (const auto& port : ports) names.push_back(port.name);
  return names;
}

// Values a row; 0 where the model leaves it open.
std::int64_t width_of(const infer::Port& port) {
  std::int64_t width = 1;
  for (std::size_t i = 1; i < port.shape.size(); ++i) width = port.shape[i] < 0 ? 0 : width * port.shape[i];
  return width;
}

std::optional<Error> wrong_prediction(const std::string& name, const infer::Signature& signature, const std::string& version) {
  const auto output = std::ranges::find(signature.outputs, name, &infer::Port::name);
  if (output == signature.outputs.end()) {
    const bool input = std::ranges::find(signature.inputs, name, &infer::Port::name) != signature.inputs.end();
    return mistake(fmt::format("'prediction' names '{:.80}', which is {} of {}", name, input ? "an input and no output" : "no output", version),
                   did_you_mean(name, names_of(signature.outputs)));
  }
  constexpr auto kOneNumber = "export an output that is P(label = 1), one number a row, and name that";
  if (output->type == infer::Type::text) return mistake(fmt::format("'prediction' names '{:.80}', which {} gives as text", name, version), kOneNumber);
  if (width_of(*output) > 1)
    return mistake(fmt::format("'prediction' names '{:.80}', of which {} gives {} values a row", name, version, width_of(*output)), kOneNumber);
  return std::nullopt;
}

std::vector<serving::ModelColumn> columns_of(const infer::Signature& signature) {
  std::vector<serving::ModelColumn> columns;
  for (const auto& port : signature.inputs) columns.push_back({port.name, "input", ""});
  for (const auto& port : signature.outputs) columns.push_back({port.name, "output", ""});
  return columns;
}

}  // namespace

// Before an endpoint or a version is there, nothing can be told; of one that cannot be loaded its endpoint tells.
Result<void> Service::check_left_out(const Definition& definition) {
  const auto endpoint = serving_.endpoint(definition.endpoint);
  const auto version = endpoint && endpoint->revision ? endpoint->revision->main_version() : 0;
  if (version == 0) return {};
  const auto& model = endpoint->config.model;
  const auto signature = serving_.signature(model, version);
  if (!signature) return {};
  const auto name = fmt::format("{}@{}", model, version);
  const auto columns = columns_of(*signature);
  std::vector<std::string> known;
  for (const auto& column : columns) known.push_back(column.name);

  for (const auto& column : definition.except) {
    if (role_of(columns, column).empty())
      return fail(Code::invalid, fmt::format("'drift.except' names '{:.80}', which {} neither takes nor gives", column, name), {},
                  fmt::format("its columns are {}", fmt::join(known, ", ")));
  }
  if (auto wrong = wrong_prediction(definition.prediction, *signature, name)) return std::unexpected(*std::move(wrong));
  for (const auto& rule : definition.rules) {
    if (rule.is_quality() || !role_of(columns, rule.column).empty()) continue;
    return fail(Code::invalid, fmt::format("alert '{}' looks at '{:.80}', which {} neither takes nor gives", rule.name, rule.column, name), {},
                did_you_mean(rule.column, known));
  }
  const auto reference = definition.label.empty() ? std::nullopt : TRY(registry_.evidence(model, version, "reference"));
  if (!reference || reference->sha256.empty()) return {};
  const auto rows = query::describe(engine_, TRY(blob::content_file(blobs_, reference->sha256, folder_ / "cache")), "parquet");
  if (!rows) return {};
  std::vector<std::string> others;
  for (const auto& column : rows->columns) {
    if (column.name == definition.label) return {};
    if (role_of(columns, column.name).empty()) others.push_back(column.name);
  }
  return fail(Code::invalid, fmt::format("'label' names '{:.80}', which is no column of the reference of {}", definition.label, name), {},
              did_you_mean(definition.label, others));
}

}  // namespace gyre::monitoring
