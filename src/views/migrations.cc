#include "views/views.h"

namespace gyre::views {
namespace {

constexpr char kViews[] = {
#embed "migrations/0001_views.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"views/0001_views", {kViews, sizeof kViews}}};
  return kAll;
}

}  // namespace gyre::views
