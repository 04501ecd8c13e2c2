// The fields that a dataset's records were seen to have. Inside genai/ only.
#pragma once

#include "genai/genai.h"

namespace gyre::genai {

// `schema` with what these records add to it; the first type that a field was seen with stays.
json::Value grown(std::optional<json::Value> schema, const std::vector<RecordDraft>& drafts);

}  // namespace gyre::genai
