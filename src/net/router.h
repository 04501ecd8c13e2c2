// From a method and a path to a function.
#pragma once

#include "net/message.h"

namespace gyre::net {

enum class BodyMode { whole, stream };

struct RouteOptions {
  BodyMode body = BodyMode::whole;
  std::size_t max_body_bytes = 16 << 20;  // whole bodies; a larger one is 413
  // Whether a request of a small whole body takes less time to handle than to hand to a worker, and never waits: then it is
  // handled on the thread that has read it. Nothing: never.
  std::function<bool(const Request&)> is_quick = {};
};

// Built before the server starts, then only read.
class Router {
 public:
  // Patterns: "/api/v1/models/:name/versions/:version" (one segment each) and a last "*rest" (all that follows, with
  // slashes). A literal segment wins over a parameter, a parameter over a rest.
  void add(std::string_view method, std::string_view pattern, Handler handler, ErrorMapper on_error, RouteOptions options = {});

  // Each handler is from now on what `with` makes of it.
  void wrap(const std::function<Handler(std::string_view pattern, const Handler& handler)>& with);

  struct Match {
    const Handler* handler;
    const ErrorMapper* on_error;
    const RouteOptions* options;
    std::map<std::string, std::string, std::less<>> parameters;
    std::string_view pattern;  // for metrics: bounded in number, unlike paths
  };
  // `path` is percent-decoded. Nothing: 404. A known path with another method: `allowed` lists them for the 405.
  std::optional<Match> match(std::string_view method, std::string_view path, std::vector<std::string>* allowed = nullptr) const;

  // "GET /api/v1/models/:name", by path.
  std::vector<std::string> routes() const;

  struct Node;
  Router();
  ~Router();

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace gyre::net
