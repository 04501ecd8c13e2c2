#include <algorithm>
#include <charconv>
#include <memory>

#include "tracking/filter_syntax.h"

namespace gyre::tracking {
namespace {

constexpr int kMaxNodes = 1000;  // of one text
constexpr int kMaxDepth = 50;    // of brackets, signs and NOT

constexpr std::string_view kComparisons[] = {"=", "!=", "<", "<=", ">", ">="};

// By descent, one function a level of precedence. What is a condition and what is a value is not told apart here, but where the SQL
// is written: both may stand in brackets.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<std::unique_ptr<Node>> whole_filter() {
    TRY(advance());
    if (token_.kind == TokenKind::end) return nullptr;
    auto node = TRY(either());
    if (token_.kind != TokenKind::end)
      return fail_at(token_.column, fmt::format("expected AND or OR, found '{}'. Invalid clause(s) in filter string", token_.text));
    return std::make_unique<Node>(std::move(node));
  }

  Result<OrderItem> whole_order() {
    TRY(advance());
    OrderItem item{TRY(sum())};
    item.descending = is_word("desc");
    if (item.descending || is_word("asc")) TRY(advance());
    if (token_.kind != TokenKind::end) return fail_at(token_.column, fmt::format("expected ASC, DESC or the end, found '{}'", token_.text));
    return item;
  }

 private:
  Result<void> advance() {
    token_ = TRY(lexer_.next());
    return {};
  }
  bool is_word(std::string_view word) const { return token_.kind == TokenKind::word && lower(token_.text) == word; }
  bool is_symbol(std::string_view symbol) const { return token_.kind == TokenKind::symbol && token_.text == symbol; }

  Result<void> count() {
    if (++nodes_ > kMaxNodes) return fail_at(token_.column, fmt::format("more than {} parts", kMaxNodes));
    return {};
  }
  // One bracket, sign or NOT deeper.
  template <class Inner>
  Result<Node> deeper(Inner inner) {
    if (++depth_ > kMaxDepth) return fail_at(token_.column, fmt::format("brackets and NOT go deeper than {}", kMaxDepth));
    auto node = inner();
    --depth_;
    return node;
  }

  Result<Node> either() {
    auto left = TRY(both());
    while (is_word("or")) left = TRY(joined(Node::Kind::either, std::move(left), [&] { return both(); }));
    return left;
  }
  Result<Node> both() {
    auto left = TRY(inversion());
    while (is_word("and")) left = TRY(joined(Node::Kind::both, std::move(left), [&] { return inversion(); }));
    return left;
  }
  // A chain of one kind is one node, however long, so that no text makes a deep tree.
  template <class Right>
  Result<Node> joined(Node::Kind kind, Node left, Right right) {
    TRY(count());
    const auto column = token_.column;
    TRY(advance());
    auto part = TRY(right());
    if (left.kind != kind || left.negated) {
      Node chain{kind, column};
      chain.parts.push_back(std::move(left));
      left = std::move(chain);
    }
    left.parts.push_back(std::move(part));
    return left;
  }

  Result<Node> inversion() {
    if (!is_word("not")) return test();
    Node node{Node::Kind::inversion, token_.column};
    TRY(advance());
    node.parts.push_back(TRY(deeper([&] { return inversion(); })));
    return node;
  }

  Result<Node> test() {
    auto left = TRY(sum());
    TRY(count());
    Node node{Node::Kind::comparison, token_.column, lower(token_.text)};
    if (token_.kind == TokenKind::symbol && std::ranges::find(kComparisons, token_.text) != std::end(kComparisons)) {
      TRY(advance());
      node.parts = {std::move(left), TRY(sum())};
      return node;
    }
    if (is_word("is")) return null_test(std::move(left));
    node.negated = is_word("not");
    if (node.negated) TRY(advance());
    if (is_word("in")) return list(std::move(node), std::move(left));
    if (is_word("like") || is_word("ilike") || is_word("rlike")) {
      node.kind = Node::Kind::like;
      node.text = lower(token_.text);
      node.column = token_.column;
      TRY(advance());
      node.parts = {std::move(left), TRY(sum())};
      return node;
    }
    if (node.negated) return fail_at(token_.column, "expected IN, LIKE, ILIKE or RLIKE behind NOT");
    return left;  // a condition in brackets, or a value that the one who writes the SQL refuses
  }

  Result<Node> null_test(Node left) {
    Node node{Node::Kind::null_test, token_.column};
    TRY(advance());
    node.negated = is_word("not");
    if (node.negated) TRY(advance());
    if (!is_word("null")) return fail_at(token_.column, "expected NULL or NOT NULL behind IS");
    TRY(advance());
    node.parts.push_back(std::move(left));
    return node;
  }

  Result<Node> list(Node node, Node left) {
    node.kind = Node::Kind::list;
    node.column = token_.column;
    node.parts.push_back(std::move(left));
    TRY(advance());
    if (!is_symbol("(")) return fail_at(token_.column, "expected ( behind IN");
    do {
      TRY(advance());
      TRY(count());
      node.parts.push_back(TRY(sum()));
    } while (is_symbol(","));
    if (!is_symbol(")")) return fail_at(token_.column, "expected , or ) in the list");
    TRY(advance());
    return node;
  }

  Result<Node> sum() {
    auto left = TRY(product());
    while (is_symbol("+") || is_symbol("-")) left = TRY(reckoned(std::move(left), [&] { return product(); }));
    return left;
  }
  Result<Node> product() {
    auto left = TRY(sign());
    while (is_symbol("*") || is_symbol("/")) left = TRY(reckoned(std::move(left), [&] { return sign(); }));
    return left;
  }
  template <class Right>
  Result<Node> reckoned(Node left, Right right) {
    TRY(count());
    if (++chained_ > kMaxDepth) return fail_at(token_.column, fmt::format("more than {} signs of arithmetic", kMaxDepth));
    Node node{Node::Kind::arithmetic, token_.column, token_.text};
    TRY(advance());
    node.parts = {std::move(left), TRY(right())};
    return node;
  }

  Result<Node> sign() {
    if (!is_symbol("-") && !is_symbol("+")) return atom();
    Node node{Node::Kind::negation, token_.column};
    const bool minus = is_symbol("-");
    TRY(advance());
    auto inner = TRY(deeper([&] { return sign(); }));
    if (inner.kind == Node::Kind::number) inner.number = minus ? -inner.number : inner.number;
    if (!minus || inner.kind == Node::Kind::number) return inner;
    node.parts.push_back(std::move(inner));
    return node;
  }

  Result<Node> atom() {
    const auto token = token_;
    if (is_symbol("(")) {
      TRY(advance());
      auto inner = TRY(deeper([&] { return either(); }));
      if (!is_symbol(")")) return fail_at(token_.column, fmt::format("expected ) for the ( of column {}, found '{}'", token.column, token_.text));
      TRY(advance());
      return inner;
    }
    if (token.kind == TokenKind::number) return number();
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted)
      return fail_at(token.column, fmt::format("expected a value or the name of an attribute, metric, param or tag, found '{}'", token.text));
    TRY(advance());
    if (is_symbol(".")) return field_of(token);
    if (token.kind == TokenKind::quoted) return Node{Node::Kind::text, token.column, token.text};
    if (lower(token.text) == "now" && is_symbol("(")) return now(token.column);
    return Node{Node::Kind::field, token.column, token.text};
  }

  Result<Node> number() {
    Node node{Node::Kind::number, token_.column, token_.text};
    const auto [end, error] = std::from_chars(token_.text.data(), token_.text.data() + token_.text.size(), node.number);
    if (error != std::errc() || end != token_.text.data() + token_.text.size())
      return fail_at(token_.column, fmt::format("expected a number, found '{}'", token_.text));
    TRY(advance());
    return node;
  }

  Result<Node> field_of(const Token& entity) {
    const auto key = TRY(lexer_.next_key());
    TRY(advance());
    return Node{Node::Kind::field, entity.column, key.text, lower(entity.text)};
  }

  Result<Node> now(std::size_t column) {
    TRY(advance());
    if (!is_symbol(")")) return fail_at(token_.column, "expected ) behind now(");
    TRY(advance());
    return Node{Node::Kind::now, column};
  }

  Lexer lexer_;
  Token token_;
  int nodes_ = 0, depth_ = 0, chained_ = 0;
};

}  // namespace

Result<std::unique_ptr<Node>> parse_filter(std::string_view text) { return Parser(text).whole_filter(); }
Result<OrderItem> parse_order(std::string_view text) { return Parser(text).whole_order(); }

}  // namespace gyre::tracking
