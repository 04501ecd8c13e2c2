#include "tracking/metric_direction.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/case.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kLower[] = {"loss",    "error", "err",    "rmse",       "mse",     "mae",  "mape",   "smape",    "rmsle",
                                       "logloss", "nll",   "bce",    "perplexity", "ppl",     "ece",  "brier",  "wer",      "cer",
                                       "fid",     "kl",    "regret", "cost",       "latency", "miss", "misses", "deviance", "residual"};
constexpr std::string_view kHigher[] = {"auc",   "auroc", "auprc", "acc",         "accuracy",    "f1",     "fbeta", "precision",  "recall",
                                        "r2",    "map",   "ndcg",  "mrr",         "bleu",        "rouge",  "iou",   "dice",       "reward",
                                        "score", "hit",   "hits",  "sensitivity", "specificity", "psnr",   "ssim",  "throughput", "top1",
                                        "top5",  "kappa", "mcc",   "gini",        "jaccard",     "correct"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9'); }

// "testAUC", "val/log_loss", "meanSquaredError" -> its words in lower case.
std::vector<std::string> words_of(std::string_view key) {
  std::vector<std::string> words;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words.push_back(lower(word));
    word.clear();
  };
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!is_word(key[i]) || (i > 0 && is_upper(key[i]) && is_word(key[i - 1]) && !is_upper(key[i - 1]))) end();
    if (is_word(key[i])) word += key[i];
  }
  end();
  return words;
}

}  // namespace

std::string_view to_string(Better better) { return better == Better::higher ? "higher" : better == Better::lower ? "lower" : ""; }

Better better_of(std::string_view key) {
  const auto words = words_of(key);
  const auto any = [&](const auto& known) {
    return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::find(known, word) != std::end(known); });
  };
  return any(kLower) ? Better::lower : any(kHigher) ? Better::higher : Better::unknown;
}

}  // namespace gyre::tracking
