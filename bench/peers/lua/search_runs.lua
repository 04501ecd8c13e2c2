-- The first hundred runs by one metric, with a filter on another.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function request()
  return wrk.format(nil, "/api/2.0/mlflow/runs/search", nil,
    '{"experiment_ids": ["0"], "filter": "metrics.m1 > 0.5", "order_by": ["metrics.m2 DESC"], "max_results": 100}')
end
