-- One point a request, of ten metrics of one run in turn. BASE keeps the steps of one round apart from the next.
local numbered = tonumber(os.getenv("BASE"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function request()
  numbered = numbered + 1
  return wrk.format(nil, "/api/2.0/mlflow/runs/log-metric", nil, string.format(
    '{"run_id": "%s", "key": "metric-%d", "value": 0.%d, "timestamp": %d, "step": %d}',
    os.getenv("RUN"), numbered % 10, numbered, 1700000000000 + numbered, numbered))
end
