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
    case Code::invalid:
      return {400, "INVALID_PARAMETER_VALUE"};
    case Code::unauthenticated:
      return {401, "UNAUTHENTICATED"};
    case Code::denied:
      return {403, "PERMISSION_DENIED"};
    case Code::not_found:
      return {404, "RESOURCE_DOES_NOT_EXIST"};
    case Code::conflict:
      return {400, "RESOURCE_ALREADY_EXISTS"};
    case Code::exhausted:
      return {429, "REQUEST_LIMIT_EXCEEDED"};
    case Code::unavailable:
      return is_disk_full(error) ? Words{507, "INTERNAL_ERROR"} : Words{503, "TEMPORARILY_UNAVAILABLE"};
    case Code::cancelled:
      return {499, "CANCELLED"};
    case Code::internal:
      return {500, "INTERNAL_ERROR"};
  }
  std::unreachable();
}

// What 3.x clients sort errors by, beside the code.
std::string_view error_class(std::string_view error_code) {
  if (error_code == "RESOURCE_DOES_NOT_EXIST") return "RESOURCE_NOT_FOUND";
  if (error_code == "BAD_REQUEST") return "INVALID_PARAMETER_VALUE";
  if (error_code == "INTERNAL_ERROR" || error_code == "INVALID_STATE") return "CLIENT_INTERNAL_ERROR";
  return error_code;
}

}  // namespace

net::Response refusal(int status, std::string_view error_code, std::string_view message) {
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", error_code);
  writer.field("message", message);
  writer.field("sqlstate", status < 500 ? "KAM00" : "XXM00");
  writer.field("error_class", error_class(error_code));
  writer.end_object();
  return net::json_response(writer.take(), status);
}

net::Response to_response(const Error& error, const net::Request&) {
  const auto [status, error_code] = words_for(error);
  return refusal(status, error_code, error.fix.empty() ? error.message : error.message + " (" + error.fix + ")");
}

}  // namespace gyre::mlflow
