#include "exchange/journey.h"

#include <algorithm>
#include <thread>

#include "exchange/sender.h"

namespace gyre::exchange {

bool Report::is_whole() const {
  return differences.empty() && std::ranges::all_of(lines, [](const Line& line) { return line.there == line.here && line.taken.differs == 0; });
}

Result<Report> move_all(Source& source, Destination& destination, const Watcher& watcher) {
  Report report;
  Parcels parcels;
  Sender sender(destination, report);
  Result<void> sent;
  std::thread sending([&] {
    while (auto parcel = parcels.take()) {
      if (sent) sent = sender.send(std::move(*parcel));
      if (!sent) parcels.stop();
      watcher(report);
    }
    if (sent) sent = sender.finish();
  });
  ParcelMaker packer(parcels);
  auto read = source.read(packer);
  if (read)
    read = packer.finish();
  else
    (void)packer.finish();  // what was told before the trouble is moved
  parcels.end();
  sending.join();
  TRY(sent);
  if (!read) return std::unexpected(read.error());
  return report;
}

}  // namespace gyre::exchange
