// From Parquet back to frames: the log can be read from its beginning, also where its segments are gone.
#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"
#include "serving/sealed_files.h"

namespace gyre::serving {

BOOST_DESCRIBE_STRUCT(SealedTensor, (), (name, type, extents, output))
BOOST_DESCRIBE_STRUCT(SealedFile, (), (name, rows, tensors, sha256))

namespace {

Result<infer::Values> empty_values(std::string_view word) {
  const auto type = infer::type_named(word);
  if (!type) return fail(Code::internal, fmt::format("a sealed file holds a tensor of the unknown type '{}'", word));
  return infer::empty_values(*type);
}

void append(infer::Values& values, const query::ColumnData& data, std::size_t row) {
  std::visit(
      [&]<class T>(std::vector<T>& list) {
        if constexpr (std::is_same_v<T, std::string>) {
          list.push_back(data.texts[row]);
        } else if constexpr (std::is_floating_point_v<T>) {
          list.push_back(static_cast<T>(data.reals[row]));
        } else {
          list.push_back(static_cast<T>(data.integers[row]));
        }
      },
      values);
}

enum Own : std::size_t { kId, kAt, kRequest, kRevision, kVersion, kRole, kOwnColumns };

class FrameMaker {
 public:
  FrameMaker(const SealedFile& file, std::vector<Frame>& frames) : file_(file), frames_(frames) {}

  Result<void> add(const query::Block& block, std::size_t row) {
    const auto& columns = block.columns;
    const auto at_ms = columns[kAt].integers[row] / 1000;
    if (!same_frame(columns, row, at_ms)) TRY(begin(columns, row, at_ms));
    auto& frame = frames_.back();
    frame.ids.push_back(columns[kId].texts[row]);
    std::size_t column = kOwnColumns, input = 0, output = 0;
    for (const auto& tensor : file_.tensors) {
      auto& values = (tensor.output ? frame.outputs[output++] : frame.inputs[input++]).values;
      for (std::size_t i = 0; i < tensor.width(); ++i) append(values, columns[column++], row);
    }
    ++frame.rows;
    return {};
  }

  void finish() {
    for (auto i = first_; i < frames_.size(); ++i) {
      for (auto* tensors : {&frames_[i].inputs, &frames_[i].outputs}) {
        for (auto& tensor : *tensors) tensor.shape.front() = frames_[i].rows;
      }
    }
  }

 private:
  bool same_frame(const std::vector<query::ColumnData>& columns, std::size_t row, TimeMs at_ms) const {
    if (frames_.size() == first_) return false;
    const auto& frame = frames_.back();
    return frame.request_id == columns[kRequest].texts[row] && frame.at_ms == at_ms && frame.version == columns[kVersion].integers[row];
  }

  Result<void> begin(const std::vector<query::ColumnData>& columns, std::size_t row, TimeMs at_ms) {
    Frame frame;
    frame.request_id = columns[kRequest].texts[row];
    frame.role = columns[kRole].texts[row];
    frame.at_ms = at_ms;
    frame.revision = columns[kRevision].integers[row];
    frame.version = columns[kVersion].integers[row];
    for (const auto& tensor : file_.tensors) {
      std::vector<std::int64_t> shape{0};
      shape.insert(shape.end(), tensor.extents.begin(), tensor.extents.end());
      (tensor.output ? frame.outputs : frame.inputs).push_back({tensor.name, std::move(shape), TRY(empty_values(tensor.type))});
    }
    frames_.push_back(std::move(frame));
    return {};
  }

  const SealedFile& file_;
  std::vector<Frame>& frames_;
  const std::size_t first_ = frames_.size();
};

}  // namespace

std::size_t SealedTensor::width() const {
  std::size_t width = 1;
  for (const auto extent : extents) width *= static_cast<std::size_t>(std::max<std::int64_t>(extent, 0));
  return width;
}

std::string encode_mark(const std::vector<SealedFile>& files) { return json::encode(files); }

Result<std::vector<SealedFile>> read_mark(const std::filesystem::path& mark) {
  auto files = json::decode_text<std::vector<SealedFile>>(TRY(read_file(mark)));
  if (!files) return fail(Code::internal, fmt::format("'{}' is damaged", mark.string()), files.error().message);
  return files;
}

Result<void> unseal(query::Engine& engine, const std::filesystem::path& folder, const SealedFile& file, std::vector<Frame>& frames) {
  std::string columns = "prediction_id, \"at\", request_id, revision, version, role";
  for (const auto& tensor : file.tensors) {
    for (std::size_t i = 0; i < tensor.width(); ++i) columns += ", " + query::quote_name(log_column(tensor.name, i, tensor.width()));
  }
  FrameMaker maker(file, frames);
  TRY(engine.run(
      fmt::format("SELECT {} FROM read_parquet({})", columns, query::quote((folder / file.name).string())), {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t row = 0; row < block.rows; ++row) TRY(maker.add(block, row));
        return {};
      }));
  maker.finish();
  return {};
}

}  // namespace gyre::serving
