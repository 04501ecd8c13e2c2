#include "genai/genai.h"

namespace gyre::genai {
namespace {

constexpr char kGenai[] = {
#embed "migrations/0001_genai.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"genai/0001_genai", {kGenai, sizeof kGenai}}};
  return kAll;
}

}  // namespace gyre::genai
