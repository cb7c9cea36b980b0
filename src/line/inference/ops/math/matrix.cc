// MatMul, Gemm, Det. Sums run in float for float (row by row, so that the inner loop walks memory in order).
#include "line/inference/ops/math/matrix.h"

#include <cmath>
#include <utility>

namespace bondline::inference {

bool matmul_shape(const Shape& a, const Shape& b, Shape* out, std::string* problem) {
  if (a.empty() || b.empty()) return fail(problem, "a scalar cannot be multiplied as a matrix");
  Shape left = a, right = b;
  if (left.size() == 1) left.insert(left.begin(), 1);
  if (right.size() == 1) right.push_back(1);
  if (left.back() != right[right.size() - 2])
    return fail(problem, "shapes " + to_string(a) + " and " + to_string(b) + " do not fit for a product");
  Shape batch;
  if (!broadcast(Shape(left.begin(), left.end() - 2), Shape(right.begin(), right.end() - 2), &batch, problem))
    return false;
  if (a.size() > 1) batch.push_back(left[left.size() - 2]);
  if (b.size() > 1) batch.push_back(right.back());
  *out = std::move(batch);
  return true;
}

Product product_of(Ints a, Ints b, Ints out) {
  Product p;
  p.m = a.size() > 1 ? a[a.size() - 2] : 1;
  p.k = a.back();
  p.n = b.size() > 1 ? b.back() : 1;
  const std::size_t lost = (a.size() > 1 ? 1 : 0) + (b.size() > 1 ? 1 : 0);
  p.batch = out.first(out.size() - lost);
  const Ints batch_a = a.first(a.size() > 1 ? a.size() - 2 : 0),
             batch_b = b.first(b.size() > 1 ? b.size() - 2 : 0);
  p.step_a = broadcast_strides(batch_a, p.batch);
  p.step_b = broadcast_strides(batch_b, p.batch);
  for (std::size_t i = 0; i < p.batch.size(); ++i) {
    p.step_a[i] *= p.m * p.k;
    p.step_b[i] *= p.k * p.n;
  }
  return p;
}

namespace {

bool infer_matmul(const InferCall& call, Outputs* out, std::string* problem) {
  Shape shape;
  return check_inputs(call, 2, 2, problem) && check_number(call, 0, problem) &&
         check_same(call, 0, 1, problem) &&
         matmul_shape(call.in[0].shape, call.in[1].shape, &shape, problem) &&
         give(out, 0, call.in[0].dtype, std::move(shape));
}

// One row of sums in the type calculated in, so that 16-bit floats round once.
std::size_t scratch_matmul(const Node&, std::int64_t, std::span<const OpTensor> in,
                           std::span<const OpTensor>) {
  return static_cast<std::size_t>(in[1].shape.size() > 1 ? in[1].shape.back() : 1) * sizeof(std::uint64_t);
}

template <class A>
auto unsigned_if_integer(A x) {
  if constexpr (std::is_integral_v<A>)
    return static_cast<std::uint64_t>(x);
  else
    return x;
}

bool run_matmul(const OpCall& call, std::string*) {
  if (call.out[0].elements() == 0) return true;
  const Product p = product_of(call.in[0].shape, call.in[1].shape, call.out[0].shape);
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    using S = decltype(unsigned_if_integer(A{}));
    S* row = reinterpret_cast<S*>(call.scratch.data());
    T* y = call.out[0].as<T>();
    each_product(p, [&](std::int64_t begin_a, std::int64_t begin_b) {
      const T *a = call.in[0].as<const T>() + begin_a, *b = call.in[1].as<const T>() + begin_b;
      for (std::int64_t i = 0; i < p.m; ++i) {
        std::fill_n(row, p.n, S{0});
        for (std::int64_t k = 0; k < p.k; ++k) {
          const S x = unsigned_if_integer(static_cast<A>(a[i * p.k + k]));
          for (std::int64_t j = 0; j < p.n; ++j)
            row[j] += x * unsigned_if_integer(static_cast<A>(b[k * p.n + j]));
        }
        for (std::int64_t j = 0; j < p.n; ++j) *y++ = static_cast<T>(static_cast<A>(row[j]));
      }
    });
    return true;
  });
}

// Y = alpha A' B' + beta C.
bool infer_gemm(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 3, problem) || !check_number(call, 0, problem) ||
      !check_same(call, 0, 1, problem) || !check_rank(call, 0, 2, 2, problem) ||
      !check_rank(call, 1, 2, 2, problem))
    return false;
  const bool ta = call.node.integer("transA", 0) != 0, tb = call.node.integer("transB", 0) != 0;
  const Shape &a = call.in[0].shape, &b = call.in[1].shape;
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0])
    return fail(problem, "shapes " + to_string(a) + (ta ? " (transposed)" : "") + " and " + to_string(b) +
                             (tb ? " (transposed)" : "") + " do not fit for a product");
  Shape shape = {a[ta ? 1 : 0], b[tb ? 0 : 1]};
  if (has(call.in, 2)) {
    Shape wide;
    if (!check_same(call, 0, 2, problem) || !broadcast(shape, call.in[2].shape, &wide, problem)) return false;
    if (wide != shape)
      return fail(problem, "input 2 of shape " + to_string(call.in[2].shape) + " does not broadcast to " +
                               to_string(shape));
  }
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

std::size_t scratch_gemm(const Node&, std::int64_t, std::span<const OpTensor>,
                         std::span<const OpTensor> out) {
  return static_cast<std::size_t>(out[0].shape[1]) * sizeof(std::uint64_t);
}

bool run_gemm(const OpCall& call, std::string*) {
  const bool ta = call.node.integer("transA", 0) != 0, tb = call.node.integer("transB", 0) != 0;
  const float alpha = call.node.real("alpha", 1), beta = call.node.real("beta", 1);
  const std::int64_t m = call.out[0].shape[0], n = call.out[0].shape[1], depth = call.in[0].shape[ta ? 0 : 1];
  const bool add = has(call.in, 2);
  const Indices sc = add ? broadcast_strides(call.in[2].shape, call.out[0].shape) : Indices{};
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    A* row = reinterpret_cast<A*>(call.scratch.data());
    const T *a = call.in[0].as<const T>(), *b = call.in[1].as<const T>();
    const T* c = add ? call.in[2].as<const T>() : nullptr;
    for (std::int64_t i = 0; i < m; ++i) {
      std::fill_n(row, n, A{0});
      if (tb) {
        for (std::int64_t j = 0; j < n; ++j) {
          A sum = 0;
          for (std::int64_t k = 0; k < depth; ++k)
            sum = static_cast<A>(sum + static_cast<A>(a[ta ? k * m + i : i * depth + k]) *
                                           static_cast<A>(b[j * depth + k]));
          row[j] = sum;
        }
      } else {
        for (std::int64_t k = 0; k < depth; ++k) {
          const A x = static_cast<A>(a[ta ? k * m + i : i * depth + k]);
          for (std::int64_t j = 0; j < n; ++j)
            row[j] = static_cast<A>(row[j] + x * static_cast<A>(b[k * n + j]));
        }
      }
      for (std::int64_t j = 0; j < n; ++j) {
        A value = static_cast<A>(alpha * row[j]);
        if (add) value = static_cast<A>(value + beta * static_cast<A>(c[i * sc[0] + j * sc[1]]));
        call.out[0].as<T>()[i * n + j] = static_cast<T>(value);
      }
    }
    return true;
  });
}

bool infer_det(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 2, kMaxRank, problem))
    return false;
  const Shape& shape = call.in[0].shape;
  if (shape.back() != shape[shape.size() - 2]) return fail(problem, "the matrices must be square");
  return give(out, 0, call.in[0].dtype, Shape(shape.begin(), shape.end() - 2));
}

std::size_t scratch_det(const Node&, std::int64_t, std::span<const OpTensor> in, std::span<const OpTensor>) {
  return static_cast<std::size_t>(in[0].shape.back() * in[0].shape.back()) * sizeof(double);
}

// Gaussian elimination with partial pivoting, in double.
bool run_det(const OpCall& call, std::string*) {
  const std::int64_t n = call.in[0].shape.back();
  auto* w = reinterpret_cast<double*>(call.scratch.data());
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t matrix = 0, count = call.out[0].elements(); matrix < count; ++matrix) {
      for (std::int64_t i = 0; i < n * n; ++i)
        w[i] = static_cast<double>(static_cast<Arithmetic<T>>(call.in[0].as<const T>()[matrix * n * n + i]));
      double det = 1;
      for (std::int64_t c = 0; c < n && det != 0; ++c) {
        std::int64_t pivot = c;
        for (std::int64_t r = c + 1; r < n; ++r)
          if (std::abs(w[r * n + c]) > std::abs(w[pivot * n + c])) pivot = r;
        if (pivot != c) {
          for (std::int64_t j = 0; j < n; ++j) std::swap(w[c * n + j], w[pivot * n + j]);
          det = -det;
        }
        det *= w[c * n + c];
        if (det == 0) break;
        for (std::int64_t r = c + 1; r < n; ++r) {
          const double factor = w[r * n + c] / w[c * n + c];
          for (std::int64_t j = c; j < n; ++j) w[r * n + j] -= factor * w[c * n + j];
        }
      }
      call.out[0].as<T>()[matrix] = static_cast<T>(static_cast<Arithmetic<T>>(det));
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "MatMul", 1, 21, infer_matmul, run_matmul, scratch_matmul},
                           {"", "Gemm", 1, 21, infer_gemm, run_gemm, scratch_gemm},
                           {"", "Det", 11, 21, infer_det, run_det, scratch_det}};

}  // namespace

std::span<const OpInfo> matrix_ops() {
  return kOps;
}

}  // namespace bondline::inference
