#include <algorithm>
#include <charconv>
#include <memory>

#include "tracking/filter_hints.h"
#include "tracking/filter_words.h"

namespace gyre::tracking {
namespace {

constexpr int kMaxNodes = 1000;  // of one text
constexpr int kMaxDepth = 50;    // of brackets, signs and NOT

constexpr std::string_view kComparisons[] = {"=", "!=", "<", "<=", ">", ">="};
constexpr std::string_view kStatistics[] = {"last", "min", "max", "count"};

bool is_condition(const Node& node) {
  using enum Node::Kind;
  return node.kind == comparison || node.kind == like || node.kind == list || node.kind == null_test || node.kind == inversion || node.kind == both ||
         node.kind == either;
}

// By descent, one function a level of precedence. What is a condition and what is a value is not told apart here, but where the SQL
// is written: both may stand in brackets.
class Parser {
 public:
  explicit Parser(std::string_view text, Expectation* noted = nullptr) : words_(text, noted) {}

  Parsed<std::unique_ptr<Node>> whole_filter() {
    TRY(words_.advance());
    if (words_.at_end() && !words_.being_written()) return nullptr;
    auto node = TRY(either());
    if (!words_.at_end()) return fail_at(token().column, fmt::format("expected AND or OR, found '{}'. Invalid clause(s) in filter string", token().text));
    return std::make_unique<Node>(std::move(node));
  }

  Parsed<OrderItem> whole_order() {
    TRY(words_.advance());
    OrderItem item{TRY(sum())};
    item.descending = words_.is_word("desc");
    if (item.descending || words_.is_word("asc")) TRY(words_.advance());
    if (!words_.at_end()) return fail_at(token().column, fmt::format("expected ASC, DESC or the end, found '{}'", token().text));
    return item;
  }

  Parsed<Node> whole_column() {
    TRY(words_.advance());
    auto node = TRY(sum());
    if (!words_.at_end()) return fail_at(token().column, fmt::format("expected the end, found '{}'", token().text));
    return node;
  }

 private:
  const Token& token() const { return words_.token(); }

  Parsed<void> count() {
    if (++nodes_ > kMaxNodes) return fail_at(token().column, fmt::format("more than {} parts", kMaxNodes));
    return {};
  }
  // One bracket, sign or NOT deeper.
  template <class Inner>
  Parsed<Node> deeper(Inner inner) {
    if (++depth_ > kMaxDepth) return fail_at(token().column, fmt::format("brackets and NOT go deeper than {}", kMaxDepth));
    auto node = inner();
    --depth_;
    return node;
  }

  Parsed<Node> either() {
    auto left = TRY(both());
    while (words_.is_word("or")) left = TRY(joined(Node::Kind::either, std::move(left), [&] { return both(); }));
    return left;
  }
  Parsed<Node> both() {
    auto left = TRY(inversion());
    while (words_.is_word("and")) left = TRY(joined(Node::Kind::both, std::move(left), [&] { return inversion(); }));
    return left;
  }
  // A chain of one kind is one node, however long, so that no text makes a deep tree.
  template <class Right>
  Parsed<Node> joined(Node::Kind kind, Node left, Right right) {
    TRY(count());
    const auto column = token().column;
    TRY(words_.advance());
    auto part = TRY(right());
    if (left.kind != kind || left.negated) {
      Node chain{kind, column};
      chain.parts.push_back(std::move(left));
      left = std::move(chain);
    }
    left.parts.push_back(std::move(part));
    return left;
  }

  Parsed<Node> inversion() {
    if (!words_.is_word("not")) return test();
    Node node{Node::Kind::inversion, token().column};
    TRY(words_.advance());
    node.parts.push_back(TRY(deeper([&] { return inversion(); })));
    return node;
  }

  Parsed<Node> test() {
    auto left = TRY(sum());
    TRY(count());
    Node node{Node::Kind::comparison, token().column, lower(token().text)};
    if (is_condition(left)) return left;  // in brackets
    if (std::ranges::any_of(kComparisons, [&](std::string_view sign) { return words_.is_symbol(sign); })) {
      TRY(words_.advance());
      auto right = TRY(compared_with(left));
      node.parts = {std::move(left), std::move(right)};
      return node;
    }
    if (words_.is_word("is")) return null_test(std::move(left));
    node.negated = words_.is_word("not");
    if (node.negated) TRY(words_.advance());
    if (words_.is_word("in")) return list(std::move(node), std::move(left));
    if (words_.is_word("like") || words_.is_word("ilike") || words_.is_word("rlike")) {
      node.kind = Node::Kind::like;
      node.text = lower(token().text);
      node.column = token().column;
      TRY(words_.advance());
      auto right = TRY(compared_with(left));
      node.parts = {std::move(left), std::move(right)};
      return node;
    }
    if (node.negated) return fail_at(token().column, "expected IN, LIKE, ILIKE or RLIKE behind NOT");
    words_.lone_value(true);
    return left;  // a value in brackets, or one that the one who writes the SQL refuses
  }

  Parsed<Node> compared_with(const Node& left) {
    words_.lone_value(false);
    words_.beside(&left);
    auto right = sum();
    words_.beside(nullptr);
    return right;
  }

  Parsed<Node> null_test(Node left) {
    Node node{Node::Kind::null_test, token().column};
    words_.lone_value(false);
    TRY(words_.advance());
    node.negated = words_.is_word("not");
    if (node.negated) TRY(words_.advance());
    if (!words_.is_word("null")) return fail_at(token().column, "expected NULL or NOT NULL behind IS");
    TRY(words_.advance());
    node.parts.push_back(std::move(left));
    return node;
  }

  Parsed<Node> list(Node node, Node left) {
    node.kind = Node::Kind::list;
    node.column = token().column;
    node.parts.push_back(std::move(left));
    TRY(words_.advance());
    if (!words_.is_symbol("(")) return fail_at(token().column, "expected ( behind IN");
    do {
      TRY(words_.advance());
      TRY(count());
      auto item = TRY(compared_with(node.parts.front()));
      node.parts.push_back(std::move(item));
    } while (words_.is_symbol(","));
    if (!words_.is_symbol(")")) return fail_at(token().column, "expected , or ) in the list");
    TRY(words_.advance());
    return node;
  }

  Parsed<Node> sum() {
    auto left = TRY(product());
    while (words_.is_symbol("+") || words_.is_symbol("-")) left = TRY(reckoned(std::move(left), [&] { return product(); }));
    return left;
  }
  Parsed<Node> product() {
    auto left = TRY(sign());
    while (words_.is_symbol("*") || words_.is_symbol("/")) left = TRY(reckoned(std::move(left), [&] { return sign(); }));
    return left;
  }
  template <class Right>
  Parsed<Node> reckoned(Node left, Right right) {
    TRY(count());
    if (++chained_ > kMaxDepth) return fail_at(token().column, fmt::format("more than {} signs of arithmetic", kMaxDepth));
    Node node{Node::Kind::arithmetic, token().column, token().text};
    TRY(words_.advance());
    node.parts = {std::move(left), TRY(right())};
    return node;
  }

  Parsed<Node> sign() {
    if (!words_.is_symbol("-") && !words_.is_symbol("+")) return atom();
    Node node{Node::Kind::negation, token().column};
    const bool minus = words_.is_symbol("-");
    TRY(words_.advance());
    auto inner = TRY(deeper([&] { return sign(); }));
    if (inner.kind == Node::Kind::number) inner.number = minus ? -inner.number : inner.number;
    if (!minus || inner.kind == Node::Kind::number) return inner;
    node.parts.push_back(std::move(inner));
    return node;
  }

  Parsed<Node> atom() {
    const auto first = token();
    if (words_.is_symbol("(")) {
      TRY(words_.advance());
      auto inner = TRY(deeper([&] { return either(); }));
      if (!words_.is_symbol(")")) return fail_at(token().column, fmt::format("expected ) for the ( of column {}, found '{}'", first.column, token().text));
      TRY(words_.advance());
      return inner;
    }
    if (first.kind == TokenKind::number) return number();
    words_.expect_value();
    if (first.kind != TokenKind::word && first.kind != TokenKind::quoted)
      return fail_at(first.column, fmt::format("expected a value or the name of an attribute, metric, param or tag, found '{}'", first.text));
    TRY(words_.advance());
    if (token().kind == TokenKind::symbol && token().text == ".") return field_of(first);
    if (first.kind == TokenKind::quoted) return Node{Node::Kind::text, first.column, first.text};
    if (token().kind != TokenKind::symbol || token().text != "(") return Node{Node::Kind::field, first.column, first.text};
    if (lower(first.text) == "now") return now(first.column);
    if (std::ranges::find(kStatistics, lower(first.text)) != std::end(kStatistics)) return statistic(first);
    return Node{Node::Kind::field, first.column, first.text};
  }

  Parsed<Node> number() {
    Node node{Node::Kind::number, token().column, token().text};
    const auto [end, error] = std::from_chars(token().text.data(), token().text.data() + token().text.size(), node.number);
    if (error != std::errc() || end != token().text.data() + token().text.size())
      return fail_at(token().column, fmt::format("expected a number, found '{}'", token().text), number_hint(token().text));
    TRY(words_.advance());
    return node;
  }

  Parsed<Node> field_of(const Token& entity) {
    auto key = TRY(words_.key_of(entity));
    return Node{Node::Kind::field, entity.column, std::move(key), lower(entity.text)};
  }

  Parsed<Node> statistic(const Token& name) {
    Node node{Node::Kind::statistic, name.column, lower(name.text)};
    TRY(words_.advance());
    auto of = TRY(atom());
    if (of.kind != Node::Kind::field || (of.entity != "metric" && of.entity != "metrics"))
      return fail_at(of.column, fmt::format("expected a metric in {}(...), as in {}(metrics.loss)", node.text, node.text));
    if (!words_.is_symbol(")")) return fail_at(token().column, fmt::format("expected ) for the ( behind {}", node.text));
    TRY(words_.advance());
    node.parts.push_back(std::move(of));
    return node;
  }

  Parsed<Node> now(std::size_t column) {
    TRY(words_.advance());
    if (!words_.is_symbol(")")) return fail_at(token().column, "expected ) behind now(");
    TRY(words_.advance());
    return Node{Node::Kind::now, column};
  }

  Words words_;
  int nodes_ = 0, depth_ = 0, chained_ = 0;
};

}  // namespace

Parsed<std::unique_ptr<Node>> parse_filter(std::string_view text) { return Parser(text).whole_filter(); }
Parsed<OrderItem> parse_order(std::string_view text) { return Parser(text).whole_order(); }
Parsed<Node> parse_column(std::string_view text) { return Parser(text).whole_column(); }

Expectation expected_at_end(std::string_view text, TextKind kind) {
  Expectation noted{.column = text.size() + 1, .prefix = {}, .quoted = false, .value = false, .entity = {}, .words = {}, .beside = {}};
  Parser parser(text, &noted);
  if (kind == TextKind::filter) (void)parser.whole_filter();
  if (kind == TextKind::order) (void)parser.whole_order();
  if (kind == TextKind::column) (void)parser.whole_column();
  return noted;
}

}  // namespace gyre::tracking
