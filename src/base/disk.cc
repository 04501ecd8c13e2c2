#include "base/disk.h"

namespace gyre {

bool is_disk_full(const Error& error) {
  if (error.code != Code::unavailable) return false;
  return error.detail.contains("disk full") || (error.message.contains("disk") && error.message.contains("full"));
}

}  // namespace gyre
