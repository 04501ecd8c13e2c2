-- 1,000 points a request: of one metric (SHAPE=curve), or one each of 1,000 metrics (SHAPE=wide).
local numbered, wide = tonumber(os.getenv("BASE")), os.getenv("SHAPE") == "wide"
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local function point(i)
  local step = wide and numbered or numbered * 1000 + i
  return string.format('{"key": "%s", "value": 0.%d, "timestamp": %d, "step": %d}',
    wide and "metric-" .. i or "loss", i * 7919 % 100003, 1700000000000 + numbered * 1000 + i, step)
end

function request()
  numbered = numbered + 1
  local points = {}
  for i = 1, 1000 do points[i] = point(i) end
  return wrk.format(nil, "/api/2.0/mlflow/runs/log-batch", nil, string.format(
    '{"run_id": "%s", "metrics": [%s]}', os.getenv("RUN"), table.concat(points, ", ")))
end
