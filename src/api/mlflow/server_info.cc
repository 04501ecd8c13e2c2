// What clients ask of the server itself.
#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

Result<net::Response> server_info(const net::Request&) {
  Writer writer;
  writer.begin_object();
  writer.field("store_type", "SqlStore");
  writer.field("workspaces_enabled", false);
  writer.field("trace_archival_enabled", false);
  writer.field("multipart_uploads_enabled", false);
  writer.field("multipart_downloads_enabled", false);
  writer.field("presigned_upload_run_id_supported", true);
  writer.field("presigned_upload_model_id_supported", true);
  writer.key("features_enabled");
  writer.begin_object();
  writer.field("gateway", false);
  writer.end_object();
  writer.end_object();
  return reply(writer);
}

// MLflow's page asks whether it may phone home. It may not.
Result<net::Response> telemetry_settings(const net::Request&) {
  return net::json_response(R"({"disable_ui_events":[],"disable_ui_telemetry":true,"ui_rollout_percentage":0})");
}
Result<net::Response> no_telemetry(const net::Request&) { return net::json_response(R"({"status":"disabled"})"); }
Result<net::Response> no_gateway_endpoints(const net::Request&) { return net::json_response(R"({"endpoints":[]})"); }

}  // namespace

void add_server_routes(net::Router& router) {
  for (const std::string prefix : {"/api/3.0/mlflow", "/ajax-api/3.0/mlflow"}) {
    router.add("GET", prefix + "/server-info", server_info, to_response);
    router.add("GET", prefix + "/ui-telemetry", telemetry_settings, to_response);
    router.add("POST", prefix + "/ui-telemetry", no_telemetry, to_response);
  }
  add(router, "GET", "/gateway-proxy", no_gateway_endpoints);
  add(router, "POST", "/gateway-proxy", no_gateway_endpoints);
}

}  // namespace gyre::mlflow
