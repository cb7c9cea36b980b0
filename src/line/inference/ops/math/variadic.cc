// Any number of broadcast operands (Max, Min, Sum, Mean), and Where.
#include <cmath>
#include <cstring>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

bool infer_all(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1u << 20, problem) || !check_number(call, 0, problem)) return false;
  Shape wide = call.in[0].shape;
  for (std::size_t i = 1; i < call.in.size(); ++i)
    if (!check_same(call, 0, i, problem) || !broadcast(wide, call.in[i].shape, &wide, problem)) return false;
  return give(out, 0, call.in[0].dtype, std::move(wide));
}

// y = in[0], then y = f(y, in[i]) one operand after the other, as ORT does.
template <class F>
bool fold(const OpCall& call, F f, bool mean) {
  const OpTensor& out = call.out[0];
  const Indices own = strides_of(out.shape);
  return with_number(out.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    T* y = out.as<T>();
    for (std::size_t k = 0; k < call.in.size(); ++k) {
      const T* x = call.in[k].template as<const T>();
      each_row(
          out.shape, own, broadcast_strides(call.in[k].shape, out.shape),
          [&](std::int64_t o, std::int64_t n, std::int64_t, std::int64_t, std::int64_t j, std::int64_t dj) {
            for (std::int64_t i = 0; i < n; ++i) {
              const A value = static_cast<A>(x[j + i * dj]);
              y[o + i] = static_cast<T>(k == 0 ? value : static_cast<A>(f(static_cast<A>(y[o + i]), value)));
            }
          });
    }
    if (mean)
      for (std::int64_t i = 0, n = out.elements(); i < n; ++i)
        y[i] = static_cast<T>(static_cast<A>(static_cast<A>(y[i]) / static_cast<A>(call.in.size())));
    return true;
  });
}

template <class A>
bool is_nan(A x) {
  if constexpr (std::is_floating_point_v<A>)
    return std::isnan(x);
  else
    return false;
}

bool run_max(const OpCall& call, std::string*) {
  return fold(
      call, [](auto a, auto b) { return is_nan(a) || a > b ? a : b; }, false);
}
bool run_min(const OpCall& call, std::string*) {
  return fold(
      call, [](auto a, auto b) { return is_nan(a) || a < b ? a : b; }, false);
}
bool run_sum(const OpCall& call, std::string*) {
  return fold(
      call, [](auto a, auto b) { return a + b; }, false);
}
bool run_mean(const OpCall& call, std::string*) {
  return fold(
      call, [](auto a, auto b) { return a + b; }, true);
}

bool infer_float_all(const InferCall& call, Outputs* out, std::string* problem) {
  return infer_all(call, out, problem) && check_float(call, 0, problem);
}

bool infer_where(const InferCall& call, Outputs* out, std::string* problem) {
  Shape wide;
  return check_inputs(call, 3, 3, problem) && check_type(call, 0, {DType::boolean}, problem) &&
         check_same(call, 1, 2, problem) && broadcast(call.in[0].shape, call.in[1].shape, &wide, problem) &&
         broadcast(wide, call.in[2].shape, &wide, problem) && give(out, 0, call.in[1].dtype, std::move(wide));
}

bool run_where(const OpCall& call, std::string*) {
  const OpTensor& out = call.out[0];
  const auto* condition = call.in[0].as<const std::uint8_t>();
  const Indices sc = broadcast_strides(call.in[0].shape, out.shape);
  return with_size(out.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (const bool wanted : {true, false}) {
      const OpTensor& from = call.in[wanted ? 1 : 2];
      each_row(out.shape, sc, broadcast_strides(from.shape, out.shape),
               [&](std::int64_t o, std::int64_t n, std::int64_t i, std::int64_t di, std::int64_t j,
                   std::int64_t dj) {
                 for (std::int64_t k = 0; k < n; ++k)
                   if ((condition[i + k * di] != 0) == wanted)
                     out.as<T>()[o + k] = from.as<const T>()[j + k * dj];
               });
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Max", 6, 21, infer_all, run_max},
                           {"", "Min", 6, 21, infer_all, run_min},
                           {"", "Sum", 6, 21, infer_float_all, run_sum},
                           {"", "Mean", 6, 21, infer_float_all, run_mean},
                           {"", "Where", 9, 21, infer_where, run_where}};

}  // namespace

std::span<const OpInfo> variadic_ops() {
  return kOps;
}

}  // namespace bondline::inference
