// What other trackers left in files: logs of records, lines of metrics, meta.yaml, and our own packed records.
#include "exchange/mlruns.h"
#include "exchange/packing.h"
#include "exchange/tensorboard.h"
#include "exchange/wandb.h"
#include "exchange/wandb_log.h"
#include "fuzz/fuzz.h"

using namespace gyre;

namespace {

void read_wandb(std::string_view bytes) {
  exchange::WandbReading reading;
  const auto take = [&](std::string_view record) {
    return reading.take(record, [](std::string_view, const tracking::AdoptedPoint&) { return Result<void>(); });
  };
  const auto end = exchange::each_wandb_record(bytes, take);
  if (end) fuzz::require(end->bytes <= bytes.size(), "the sound part is within the file");
  fuzz::require(take(bytes).has_value(), "a record of any bytes is passed over");
}

void read_events(std::string_view bytes) {
  exchange::TensorboardReading reading;
  const auto take = [&](std::string_view event) { return reading.take(event, [](std::string_view, const tracking::AdoptedPoint&) { return Result<void>(); }); };
  const auto sound = exchange::each_tfrecord(bytes, take);
  fuzz::require(sound && *sound <= bytes.size(), "the sound part is within the file");
  fuzz::require(take(bytes).has_value(), "an event of any bytes is passed over");
}

void read_packed(std::string_view bytes) {
  const auto records = exchange::unpack_records(bytes);
  if (!records) return;
  const auto packed = exchange::pack_records(*records);
  const auto again = exchange::unpack_records(packed);
  fuzz::require(again && exchange::pack_records(*again) == packed, "what is unpacked is packed and unpacked alike");
}

}  // namespace

// The first byte chooses the reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = fuzz::text_of(data + 1, size - 1);
  switch (data[0]) {
    case 'w':
      read_wandb(bytes);
      break;
    case 't':
      read_events(bytes);
      break;
    case 'l':
      (void)exchange::read_metric_line(bytes);
      break;
    case 'y':
      (void)exchange::read_meta(bytes);
      break;
    case 'p':
      read_packed(bytes);
      break;
    default:
      break;
  }
  return 0;
}
