-- A new run a request, as MLflow's own client makes them.
local numbered = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function request()
  numbered = numbered + 1
  return wrk.format(nil, "/api/2.0/mlflow/runs/create", nil, string.format(
    '{"experiment_id": "%s", "start_time": 1700000000000, "run_name": "run-%d", "tags": [{"key": "mlflow.user", "value": "bench"}]}',
    os.getenv("EXPERIMENT"), numbered))
end
