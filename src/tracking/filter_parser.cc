#include <algorithm>
#include <charconv>
#include <memory>

#include "tracking/filter_hints.h"
#include "tracking/filter_syntax.h"

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
  // `noted` takes what is asked for at the end of a text that is being written.
  explicit Parser(std::string_view text, Expectation* noted = nullptr) : lexer_(text), noted_(noted) {}

  Result<std::unique_ptr<Node>> whole_filter() {
    TRY(advance());
    if (token_.kind == TokenKind::end && !noted_) return nullptr;
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

  Result<Node> whole_column() {
    TRY(advance());
    auto node = TRY(sum());
    if (token_.kind != TokenKind::end) return fail_at(token_.column, fmt::format("expected the end, found '{}'", token_.text));
    return node;
  }

 private:
  Result<void> advance() {
    auto token = lexer_.next();
    if (noted_) return advance_to_end(std::move(token));
    token_ = TRY(std::move(token));
    return {};
  }
  // What touches the end of a text that is being written may become another word yet: the end stands before it.
  Result<void> advance_to_end(Result<Token> token) {
    if (!token && !lexer_.open_quote()) return std::unexpected(std::move(token).error());
    token_ = token ? *std::move(token) : *lexer_.open_quote();
    const bool open = !token || ((token_.kind == TokenKind::word || token_.kind == TokenKind::number) && lexer_.at_end() && !lexer_.ends_quoted());
    if (open) token_.kind = TokenKind::end;
    if (token_.kind != TokenKind::end) return {};
    noted_->column = token_.column;
    noted_->prefix = open ? token_.text : "";
    noted_->quoted = !token;
    return {};
  }
  void note(std::string_view word) const {
    if (!noted_ || token_.kind != TokenKind::end || (lone_value_ && (word == "and" || word == "or"))) return;
    noted_->words.emplace_back(word);
  }
  void note_value() const {
    if (!noted_ || token_.kind != TokenKind::end) return;
    noted_->value = true;
    if (beside_) noted_->beside = *beside_;
  }

  bool is_word(std::string_view word) const {
    note(word);
    return token_.kind == TokenKind::word && lower(token_.text) == word;
  }
  bool is_symbol(std::string_view symbol) const {
    note(symbol);
    return token_.kind == TokenKind::symbol && token_.text == symbol;
  }

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
    if (is_condition(left)) return left;  // in brackets
    if (std::ranges::any_of(kComparisons, [&](std::string_view sign) { return is_symbol(sign); })) {
      TRY(advance());
      auto right = TRY(compared_with(left));
      node.parts = {std::move(left), std::move(right)};
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
      auto right = TRY(compared_with(left));
      node.parts = {std::move(left), std::move(right)};
      return node;
    }
    if (node.negated) return fail_at(token_.column, "expected IN, LIKE, ILIKE or RLIKE behind NOT");
    lone_value_ = true;
    return left;  // a value in brackets, or one that the one who writes the SQL refuses
  }

  Result<Node> compared_with(const Node& left) {
    lone_value_ = false;
    beside_ = &left;
    auto right = sum();
    beside_ = nullptr;
    return right;
  }

  Result<Node> null_test(Node left) {
    Node node{Node::Kind::null_test, token_.column};
    lone_value_ = false;
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
      auto item = TRY(compared_with(node.parts.front()));
      node.parts.push_back(std::move(item));
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
    note_value();
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted)
      return fail_at(token.column, fmt::format("expected a value or the name of an attribute, metric, param or tag, found '{}'", token.text));
    TRY(advance());
    if (token_.kind == TokenKind::symbol && token_.text == ".") return field_of(token);
    if (token.kind == TokenKind::quoted) return Node{Node::Kind::text, token.column, token.text};
    if (token_.kind != TokenKind::symbol || token_.text != "(") return Node{Node::Kind::field, token.column, token.text};
    if (lower(token.text) == "now") return now(token.column);
    if (std::ranges::find(kStatistics, lower(token.text)) != std::end(kStatistics)) return statistic(token);
    return Node{Node::Kind::field, token.column, token.text};
  }

  Result<Node> number() {
    Node node{Node::Kind::number, token_.column, token_.text};
    const auto [end, error] = std::from_chars(token_.text.data(), token_.text.data() + token_.text.size(), node.number);
    if (error != std::errc() || end != token_.text.data() + token_.text.size())
      return fail_at(token_.column, fmt::format("expected a number, found '{}'", token_.text), number_hint(token_.text));
    TRY(advance());
    return node;
  }

  Result<Node> field_of(const Token& entity) {
    const auto key = lexer_.next_key();
    const bool whole = key && lexer_.ends_quoted();
    if (noted_ && lexer_.reached_end() && !whole) return key_at_end(entity);
    if (!key) return std::unexpected(key.error());
    TRY(advance());
    return Node{Node::Kind::field, entity.column, key->text, lower(entity.text)};
  }

  Result<Node> key_at_end(const Token& entity) {
    const auto& key = lexer_.written_key();
    *noted_ = {.column = key.column, .prefix = key.text, .quoted = false, .value = false, .entity = lower(entity.text), .words = {}, .beside = {}};
    return fail_at(key.column, "expected a key behind the point");
  }

  Result<Node> statistic(const Token& name) {
    Node node{Node::Kind::statistic, name.column, lower(name.text)};
    TRY(advance());
    auto of = TRY(atom());
    if (of.kind != Node::Kind::field || (of.entity != "metric" && of.entity != "metrics"))
      return fail_at(of.column, fmt::format("expected a metric in {}(...), as in {}(metrics.loss)", node.text, node.text));
    if (!is_symbol(")")) return fail_at(token_.column, fmt::format("expected ) for the ( behind {}", node.text));
    TRY(advance());
    node.parts.push_back(std::move(of));
    return node;
  }

  Result<Node> now(std::size_t column) {
    TRY(advance());
    if (!is_symbol(")")) return fail_at(token_.column, "expected ) behind now(");
    TRY(advance());
    return Node{Node::Kind::now, column};
  }

  Lexer lexer_;
  Expectation* const noted_;
  Token token_;
  const Node* beside_ = nullptr;  // the other side of the comparison that is read
  bool lone_value_ = false;       // a value stands where a condition may: it is no condition yet
  int nodes_ = 0, depth_ = 0, chained_ = 0;
};

}  // namespace

Result<std::unique_ptr<Node>> parse_filter(std::string_view text) { return Parser(text).whole_filter(); }
Result<OrderItem> parse_order(std::string_view text) { return Parser(text).whole_order(); }
Result<Node> parse_column(std::string_view text) { return Parser(text).whole_column(); }

Expectation expected_at_end(std::string_view text, TextKind kind) {
  Expectation noted{.column = text.size() + 1, .prefix = {}, .quoted = false, .value = false, .entity = {}, .words = {}, .beside = {}};
  Parser parser(text, &noted);
  if (kind == TextKind::filter) (void)parser.whole_filter();
  if (kind == TextKind::order) (void)parser.whole_order();
  if (kind == TextKind::column) (void)parser.whole_column();
  return noted;
}

}  // namespace gyre::tracking
