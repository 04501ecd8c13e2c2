-- Posts the file BODY again and again.
local file = assert(io.open(os.getenv("BODY")))
wrk.method, wrk.body = "POST", file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
