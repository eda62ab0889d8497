-- For wrk: posts the body that is its argument. At the end prints a line of JSON for suite/http_load.py.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function init(arguments)
  wrk.body = arguments[1]
end

function done(summary, latency)
  local errors = {}
  for _, name in ipairs({"connect", "read", "write", "timeout", "status"}) do
    table.insert(errors, string.format('"%s": %d', name, summary.errors[name]))
  end
  print(string.format('{"requests": %d, "us": %d, "p50": %d, "p99": %d, "errors": {%s}}', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), table.concat(errors, ", ")))
end
