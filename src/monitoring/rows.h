// Shapes of rows and bodies that several files here share. Inside monitoring/ only.
#pragma once

#include "base/decode.h"
#include "monitoring/monitoring.h"

namespace gyre::monitoring {

BOOST_DESCRIBE_STRUCT(ColumnDrift, (), (column, output, category, n, measures))
BOOST_DESCRIBE_STRUCT(Quality, (), (n, rate, auc, log_loss, skill, brier, ece, auc_error))

struct WindowBody {
  std::vector<ColumnDrift> columns;
  Quality estimated;
};
BOOST_DESCRIBE_STRUCT(WindowBody, (), (columns, estimated))


std::string encode_counts(const std::vector<std::int64_t>& counts);
std::vector<std::int64_t> decode_counts(std::string_view bytes);

// Values of a tensor of one column as doubles; empty for text.
std::vector<double> as_numbers(const infer::Tensor& tensor);

}  // namespace gyre::monitoring
