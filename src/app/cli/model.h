// What the commands on models share.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

struct ModelVersion {
  std::string model, version;
};
// "flights-late@3", "flights-late@v3" or "flights-late@champion": the server looks an alias up.
Result<ModelVersion> model_version(std::string_view reference);

// A picture of which version served when, for people.
void print_served(const json::Value& served);

Result<int> promote_version(const Invocation& call);  // model promote
Result<int> set_alias(const Invocation& call);        // model alias

}  // namespace gyre::cli
