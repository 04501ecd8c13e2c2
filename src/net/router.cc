#include "net/router.h"

#include <algorithm>

namespace gyre::net {

// A tree by path segment. A literal child is tried before the parameter, the parameter before the rest.
struct Router::Node {
  struct Route {
    Handler handler;
    ErrorMapper on_error;
    RouteOptions options;
    std::string pattern;
    std::vector<std::string> names;  // of its parameters, in order
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::map<std::string, Route, std::less<>> by_method;       // routes that end here
  std::map<std::string, Route, std::less<>> rest_by_method;  // routes that take all that follows
};

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const auto end = path.find('/');
    segments.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

struct Search {
  std::string_view method;
  const std::vector<std::string_view>& segments;
  std::vector<std::string_view> values;
  const Router::Node::Route* found = nullptr;
  std::vector<std::string>* allowed;

  bool take(const std::map<std::string, Router::Node::Route, std::less<>>& routes) {
    auto at = routes.find(method);
    if (at == routes.end() && method == "HEAD") at = routes.find("GET");
    if (at != routes.end()) return found = &at->second, true;
    if (allowed) {
      for (const auto& [known, route] : routes) allowed->push_back(known);
    }
    return false;
  }

  bool descend(const Router::Node& node, std::size_t depth) {
    if (depth == segments.size()) return take(node.by_method);
    const auto segment = segments[depth];
    if (const auto literal = node.literals.find(segment); literal != node.literals.end() && descend(*literal->second, depth + 1)) return true;
    if (node.parameter && !segment.empty()) {
      values.push_back(segment);
      if (descend(*node.parameter, depth + 1)) return true;
      values.pop_back();
    }
    if (node.rest_by_method.empty()) return false;
    const char* end = segments.back().data() + segments.back().size();
    values.emplace_back(segment.data(), static_cast<std::size_t>(end - segment.data()));
    if (take(node.rest_by_method)) return true;
    values.pop_back();
    return false;
  }
};

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler, ErrorMapper on_error, RouteOptions options) {
  Node::Route route{std::move(handler), std::move(on_error), std::move(options), std::string(pattern), {}};
  Node* node = root_.get();
  for (const auto segment : segments_of(pattern)) {
    if (segment.starts_with('*')) {
      route.names.emplace_back(segment.substr(1));
      node->rest_by_method[std::string(method)] = std::move(route);
      return;
    }
    if (segment.starts_with(':')) {
      route.names.emplace_back(segment.substr(1));
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      auto& child = node->literals[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  node->by_method[std::string(method)] = std::move(route);
}

void Router::wrap(const std::function<Handler(std::string_view, const Handler&)>& with) {
  const auto visit = [&](const auto& self, Node& node) -> void {
    for (auto* routes : {&node.by_method, &node.rest_by_method}) {
      for (auto& [method, route] : *routes) route.handler = with(route.pattern, route.handler);
    }
    for (auto& [name, child] : node.literals) self(self, *child);
    if (node.parameter) self(self, *node.parameter);
  };
  visit(visit, *root_);
}

std::vector<std::string> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> found;  // pattern, method
  const auto gather = [&](const auto& self, const Node& node) -> void {
    for (const auto* routes : {&node.by_method, &node.rest_by_method}) {
      for (const auto& [method, route] : *routes) found.emplace_back(route.pattern, method);
    }
    for (const auto& [name, child] : node.literals) self(self, *child);
    if (node.parameter) self(self, *node.parameter);
  };
  gather(gather, *root_);
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (const auto& [pattern, method] : found) names.push_back(method + " " + pattern);
  return names;
}

std::optional<Router::Match> Router::match(std::string_view method, std::string_view path, std::vector<std::string>* allowed) const {
  if (!path.starts_with('/')) return std::nullopt;
  const auto segments = segments_of(path);
  Search search{method, segments, {}, nullptr, allowed};
  if (!search.descend(*root_, 0)) return std::nullopt;
  if (allowed) allowed->clear();
  Match match{&search.found->handler, &search.found->on_error, &search.found->options, {}, search.found->pattern};
  for (std::size_t i = 0; i < search.values.size(); ++i) match.parameters.emplace(search.found->names[i], search.values[i]);
  return match;
}

}  // namespace gyre::net
