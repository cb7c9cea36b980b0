// Cast, CastLike, Identity, Dropout: the same elements, perhaps of another type.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

// TensorProto.DataType as Cast's attribute has it.
DType dtype_of_number(std::int64_t number) {
  constexpr DType kTypes[] = {DType::undefined, DType::f32, DType::u8,  DType::i8,     DType::u16,
                              DType::i16,       DType::i32, DType::i64, DType::string, DType::boolean,
                              DType::f16,       DType::f64, DType::u32, DType::u64,    DType::undefined,
                              DType::undefined, DType::bf16};
  return number >= 0 && number < static_cast<std::int64_t>(std::size(kTypes)) ? kTypes[number]
                                                                              : DType::undefined;
}

bool infer_cast(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 1, problem)) return false;
  const DType to = dtype_of_number(call.node.integer("to", 0));
  if (to == DType::undefined) return fail(problem, "attribute to names a type that is not supported");
  return give(out, 0, to, call.in[0].shape);
}

bool infer_cast_like(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 2, 2, problem) && give(out, 0, call.in[1].dtype, call.in[0].shape);
}

// Float to integer cuts towards zero; what does not fit wraps as on x86 (ORT converts with the plain C++
// cast), but by defined steps: out of int64's range and NaN become its smallest value.
template <class To, class From>
To convert(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if constexpr (std::is_same_v<To, std::uint64_t>) {
      if (x >= From(9223372036854775808.0) && x < From(18446744073709551616.0)) return static_cast<To>(x);
    }
    const bool fits = x > From(-9223372036854775808.0) && x < From(9223372036854775808.0);
    return static_cast<To>(fits ? static_cast<std::int64_t>(x) : std::numeric_limits<std::int64_t>::min());
  } else {
    return static_cast<To>(x);
  }
}

template <class From>
bool cast_from(const OpTensor& in, const OpTensor& out) {
  const std::int64_t n = out.elements();
  const From* x = in.as<const From>();
  if (out.dtype == DType::boolean) {
    for (std::int64_t i = 0; i < n; ++i)
      out.as<std::uint8_t>()[i] = static_cast<Arithmetic<From>>(x[i]) != 0 ? 1 : 0;
    return true;
  }
  return with_number(out.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t i = 0; i < n; ++i)
      out.as<T>()[i] = static_cast<T>(convert<Arithmetic<T>>(static_cast<Arithmetic<From>>(x[i])));
    return true;
  });
}

// The shortest decimal that reads back as the same number, in the element's own precision.
template <class Number>
std::string shortest(Number x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "INF" : "-INF";
  char buffer[400];
  const auto [end, wrong] = std::to_chars(buffer, buffer + sizeof buffer, x);
  return wrong == std::errc() ? std::string(buffer, end) : "";
}

std::string number_text(double x, DType type) {
  if (!is_float(type)) return std::to_string(static_cast<std::int64_t>(x));
  return type == DType::f64 ? shortest(x) : shortest(static_cast<float>(x));
}

bool cast_to_text(const OpTensor& in, const OpTensor& out) {
  const std::int64_t n = out.elements();
  for (std::int64_t i = 0; i < n; ++i) {
    std::string& text = out.as<std::string>()[i];
    if (in.dtype == DType::string)
      text = in.as<const std::string>()[i];
    else if (in.dtype == DType::i64)
      text = std::to_string(in.as<const std::int64_t>()[i]);
    else if (in.dtype == DType::u64)
      text = std::to_string(in.as<const std::uint64_t>()[i]);
    else
      text = number_text(real_at(in, i), in.dtype);
  }
  return true;
}

bool cast_from_text(const OpTensor& in, const OpTensor& out, std::string* problem) {
  const std::int64_t n = out.elements();
  for (std::int64_t i = 0; i < n; ++i) {
    const std::string& text = in.as<const std::string>()[i];
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return fail(problem, "\"" + text.substr(0, 40) + "\" is not a number");
    std::int64_t whole = 0;
    const auto [stop, wrong] = std::from_chars(text.data(), text.data() + text.size(), whole);
    const bool exact = wrong == std::errc() && stop == text.data() + text.size();
    if (out.dtype == DType::boolean) {
      out.as<std::uint8_t>()[i] = value != 0 ? 1 : 0;
      continue;
    }
    with_number(out.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      out.as<T>()[i] = static_cast<T>(exact ? convert<Arithmetic<T>>(whole) : convert<Arithmetic<T>>(value));
      return true;
    });
  }
  return true;
}

bool run_cast(const OpCall& call, std::string* problem) {
  const OpTensor &in = call.in[0], &out = call.out[0];
  if (out.dtype == DType::string) return cast_to_text(in, out);
  if (in.dtype == DType::string) return cast_from_text(in, out, problem);
  if (in.dtype == out.dtype) {
    if (out.elements() > 0)
      std::memcpy(out.data, in.data, static_cast<std::size_t>(out.elements()) * size_of(out.dtype));
    return true;
  }
  if (in.dtype == DType::boolean) return cast_from<std::uint8_t>(in, out);
  return with_number(in.dtype, [&](auto tag) { return cast_from<typename decltype(tag)::type>(in, out); });
}

bool infer_identity(const InferCall& call, Outputs* out, std::string* problem) {
  return check_inputs(call, 1, 1, problem) && give(out, 0, call.in[0].dtype, call.in[0].shape);
}

// Dropout at inference hands its input through; the mask says that nothing was dropped. Training mode with a
// ratio is random and refused; with ratio 0 it is the same as inference.
bool infer_dropout(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 1, 3, problem) || !check_float(call, 0, problem)) return false;
  if (has(call.in, 2)) {
    const Tensor* training = call.in[2].constant;
    if (training == nullptr) return fail(problem, "needs input 2 (training_mode) to be a constant");
    const bool on = training->elements() == 1 && *training->data<std::uint8_t>() != 0;
    double ratio = 0.5;
    if (has(call.in, 1)) {
      std::vector<double> value;
      if (!constant_reals(call, 1, "ratio", &value, problem)) return false;
      ratio = value.size() == 1 ? value[0] : 0.5;
    }
    if (on && ratio != 0) return fail(problem, "training_mode drops at random, which is not supported");
  }
  give(out, 0, call.in[0].dtype, call.in[0].shape);
  const DType mask = call.opset < 10 ? call.in[0].dtype : DType::boolean;
  return out->size() < 2 || give(out, 1, mask, call.in[0].shape);
}

bool run_dropout(const OpCall& call, std::string* problem) {
  if (!run_cast(OpCall{call.node, call.opset, call.in.first(1), call.out.first(1), {}}, problem))
    return false;
  if (call.out.size() < 2 || !call.out[1].present()) return true;
  const std::int64_t n = call.out[1].elements();
  if (call.out[1].dtype == DType::boolean) {
    std::fill_n(call.out[1].as<std::uint8_t>(), n, std::uint8_t{1});
    return true;
  }
  return with_float(call.out[1].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::fill_n(call.out[1].as<T>(), n, static_cast<T>(1.0f));
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Cast", 6, 21, infer_cast, run_cast},
                           {"", "CastLike", 15, 21, infer_cast_like, run_cast},
                           {"", "Identity", 1, 21, infer_identity, run_cast},
                           {"", "Dropout", 1, 21, infer_dropout, run_dropout}};

}  // namespace

std::span<const OpInfo> cast_ops() {
  return kOps;
}

}  // namespace bondline::inference
