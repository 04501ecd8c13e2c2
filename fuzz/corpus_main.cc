// Runs a fuzz target once on each file of the folders that are named.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

int main(int argc, char** argv) {
  std::size_t cases = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) {
      std::ifstream stream(file, std::ios::binary);
      const std::string content(std::istreambuf_iterator<char>(stream), {});
      std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that fails
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
      ++cases;
    }
  }
  std::printf("%zu cases\n", cases);
  return cases > 0 ? 0 : 1;
}
