// numpy.matmul's shapes, shared by the float, integer and quantized products.
#pragma once
#include "line/inference/ops/support.h"

namespace bondline::inference {

/// Shape of a product with broadcast batches and one-dimensional operands as row or column.
bool matmul_shape(const Shape& a, const Shape& b, Shape* out, std::string* problem);

/// One product m x k by k x n for every index of `batch`.
struct Product {
  std::int64_t m = 1, k = 1, n = 1;
  Ints batch;
  Indices step_a{}, step_b{};
};
Product product_of(Ints a, Ints b, Ints out);

/// f(begin of a, begin of b) for each product, in the order of the output.
template <class F>
void each_product(const Product& p, F f) {
  if (inference::product(p.batch) == 0) return;
  Indices at{};
  do {
    std::int64_t a = 0, b = 0;
    for (std::size_t d = 0; d < p.batch.size(); ++d) {
      a += at[d] * p.step_a[d];
      b += at[d] * p.step_b[d];
    }
    f(a, b);
  } while (advance(&at, p.batch, p.batch.size()));
}

}  // namespace bondline::inference
