// The files of the built page.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gyre::page {

struct EmbeddedFile {
  std::string_view path;  // below web/dist: "index.html", "assets/index-Bx3kq0aZ.js", the same with ".br" or ".gz"
  const unsigned char* data;
  std::size_t size;
  std::string_view bytes() const { return {reinterpret_cast<const char*>(data), size}; }
};

// Generated; empty when the page was not built.
std::span<const EmbeddedFile> embedded_files();

}  // namespace gyre::page
