// What was reckoned lately, within a bound of memory. Inside tracking/ only.
#pragma once

#include <list>
#include <map>
#include <memory>

#include "base/guarded.h"

namespace gyre::tracking {

// Thread-safe. Values are shared and never change; those that were asked for longest ago go first.
template <class Key, class Value>
class Recent {
 public:
  explicit Recent(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // Null where it is not known.
  std::shared_ptr<const Value> find(const Key& key) {
    return kept_.with([&](Kept& kept) -> std::shared_ptr<const Value> {
      const auto at = kept.places.find(key);
      if (at == kept.places.end()) return nullptr;
      kept.entries.splice(kept.entries.begin(), kept.entries, at->second);
      return at->second->value;
    });
  }

  // `bytes`: about what it takes. One that takes more than all may is not kept.
  void put(const Key& key, std::shared_ptr<const Value> value, std::size_t bytes) {
    if (bytes > most_bytes_) return;
    kept_.with([&](Kept& kept) {
      if (const auto at = kept.places.find(key); at != kept.places.end()) kept.remove(at->second);
      while (!kept.entries.empty() && kept.bytes + bytes > most_bytes_) kept.remove(std::prev(kept.entries.end()));
      kept.entries.push_front({key, std::move(value), bytes});
      kept.places[key] = kept.entries.begin();
      kept.bytes += bytes;
    });
  }

 private:
  struct Entry {
    Key key;
    std::shared_ptr<const Value> value;
    std::size_t bytes = 0;
  };
  using Entries = std::list<Entry>;
  struct Kept {
    Entries entries;  // the one asked for last at the front
    std::map<Key, typename Entries::iterator> places;
    std::size_t bytes = 0;
    void remove(typename Entries::iterator entry) {
      bytes -= entry->bytes;
      places.erase(entry->key);
      entries.erase(entry);
    }
  };

  const std::size_t most_bytes_;
  Guarded<Kept> kept_;
};

}  // namespace gyre::tracking
