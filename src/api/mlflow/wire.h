// Between MLflow's JSON and the house's values.
#pragma once

#include <functional>

#include "api/mlflow/scalars.h"
#include "base/decode.h"
#include "net/router.h"

namespace gyre::mlflow {

// What a call expects of one argument. `whole` and `real` may come as text, as from a query or the R client.
enum class Kind { text, whole, real, truth, list, texts, any };
struct Expected {
  std::string_view name;
  Kind kind = Kind::text;
  bool required = false;
};
constexpr bool kRequired = true;

// The arguments of a call, from a JSON body or a query string. Lenient as MLflow's own server is: numbers may come as
// text, unknown fields are ignored. A value of another type is refused by the parameter's name.
class Args {
 public:
  static Result<Args> of(const net::Request& request);
  // With the arguments checked in this order, which decides what is told first.
  static Result<Args> of(const net::Request& request, std::initializer_list<Expected> expected);

  std::string text(std::string_view name) const;                   // "" when absent
  Result<std::string> required_text(std::string_view name) const;  // text alone: {"name": 5} is refused
  bool truth(std::string_view name) const;                         // false when absent
  std::optional<std::string> optional_text(std::string_view name) const;
  Result<std::int64_t> integer(std::string_view name, std::int64_t otherwise) const;
  Result<double> number(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  Result<const json::Array*> list(std::string_view name) const;  // empty when absent
  // The name of an enum value given by name or number.
  std::string choice(std::string_view name, std::initializer_list<std::string_view> names_from_1, std::string_view otherwise) const;
  Result<std::string> view(std::string_view name) const;  // ACTIVE_ONLY, DELETED_ONLY or ALL, by name or number
  std::string run_id() const;                             // run_id or run_uuid
  const json::Value& value() const { return value_; }

 private:
  json::Value value_;
};

using Writer = json::Writer;
net::Response reply(Writer& writer);
net::Response empty_reply();

}  // namespace gyre::mlflow
