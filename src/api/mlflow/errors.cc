// The one place where Gyre's codes become MLflow's.
#include "api/mlflow/routes.h"
#include "base/disk.h"
#include "base/json_writer.h"

namespace gyre::mlflow {
namespace {

struct Words {
  int status;
  std::string_view error_code;
};

Words words_for(const Error& error) {
  switch (error.code) {
    case Code::invalid: return {400, "INVALID_PARAMETER_VALUE"};
    case Code::unauthenticated: return {401, "UNAUTHENTICATED"};
    case Code::denied: return {403, "PERMISSION_DENIED"};
    case Code::not_found: return {404, "RESOURCE_DOES_NOT_EXIST"};
    case Code::conflict: return {400, "RESOURCE_ALREADY_EXISTS"};
    case Code::exhausted: return {429, "REQUEST_LIMIT_EXCEEDED"};
    case Code::unavailable: return is_disk_full(error) ? Words{507, "INTERNAL_ERROR"} : Words{503, "TEMPORARILY_UNAVAILABLE"};
    case Code::cancelled: return {499, "CANCELLED"};
    case Code::internal: return {500, "INTERNAL_ERROR"};
  }
  std::unreachable();
}

}  // namespace

net::Response to_response(const Error& error, const net::Request&) {
  const auto [status, error_code] = words_for(error);
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", error_code);
  writer.field("message", error.fix.empty() ? error.message : error.message + " (" + error.fix + ")");
  writer.end_object();
  return net::json_response(writer.take(), status);
}

}  // namespace gyre::mlflow
