// MLflow's calls about what GenAI applications are judged by.
#pragma once

#include "api/mlflow/routes.h"
#include "genai/genai.h"

namespace gyre::mlflow {

void add_genai_routes(net::Router& router, genai::Service& genai);

void add_eval_dataset_routes(net::Router& router, genai::Service& genai);
void add_eval_record_routes(net::Router& router, genai::Service& genai);
void add_scorer_routes(net::Router& router, genai::Service& genai);
void add_issue_routes(net::Router& router, genai::Service& genai);

using GenaiHandler = Result<net::Response> (*)(genai::Service&, const net::Request&);
// `path` behind /api/3.0/mlflow, on both prefixes.
void add_genai(net::Router& router, genai::Service& genai, std::string_view method, std::string_view path, GenaiHandler handler);

}  // namespace gyre::mlflow
