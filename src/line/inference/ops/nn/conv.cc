// Conv and ConvTranspose of any number of spatial dimensions, groups, strides, dilations and pads.
#include "line/inference/ops/nn/window.h"

namespace bondline::inference {

namespace {

Ints kernel_of(Ints weights) {
  return weights.subspan(2);
}

bool check_conv(const InferCall& call, std::string* problem) {
  if (!check_inputs(call, 2, 3, problem) || !check_float(call, 0, problem) ||
      !check_same(call, 0, 1, problem) || !check_rank(call, 0, 3, kMaxRank, problem))
    return false;
  if (call.in[1].shape.size() != call.in[0].shape.size())
    return fail(problem, "weights of shape " + to_string(call.in[1].shape) + " for an input of shape " +
                             to_string(call.in[0].shape));
  const Ints given = ints_of(call.node, "kernel_shape");
  if (!given.empty() &&
      !std::equal(given.begin(), given.end(), call.in[1].shape.begin() + 2, call.in[1].shape.end()))
    return fail(problem,
                "attribute kernel_shape differs from the weights' shape " + to_string(call.in[1].shape));
  if (has(call.in, 2) && !check_same(call, 0, 2, problem)) return false;
  return true;
}

bool infer_conv(const InferCall& call, Outputs* out, std::string* problem) {
  Window w;
  if (!check_conv(call, problem)) return false;
  const Shape &x = call.in[0].shape, &k = call.in[1].shape;
  const std::int64_t group = call.node.integer("group", 1);
  if (group < 1 || k[0] % group != 0 || group > x[1] || x[1] != k[1] * group)
    return fail(problem, "weights of shape " + to_string(k) + " in " + std::to_string(group) +
                             " groups do not fit " + std::to_string(x[1]) + " channels");
  if (has(call.in, 2) && call.in[2].shape != Shape{k[0]})
    return fail(problem, "bias must have one entry per output channel");
  if (!read_window(call.node, x, kernel_of(k), false, &w, problem)) return false;
  Shape shape = {x[0], k[0]};
  shape.insert(shape.end(), w.out.begin(), w.out.begin() + static_cast<std::ptrdiff_t>(w.dims));
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

// One output plane of sums, so that the inner loop runs along rows of input and output.
std::size_t scratch_conv(const Node&, std::int64_t, std::span<const OpTensor>,
                         std::span<const OpTensor> out) {
  return static_cast<std::size_t>(product(out[0].shape, 2, out[0].shape.size())) * sizeof(double);
}

// sums += weight * input row, for the output columns whose tap lies inside the input.
template <class T, class A>
void add_tap(const Window& w, const T* x, A weight, const Indices& tap, A* sums) {
  const std::size_t last = w.dims - 1;
  const std::int64_t step = w.stride[last], shift = tap[last] * w.dilation[last] - w.before[last];
  const std::int64_t columns = w.out[last];
  const std::int64_t begin = shift >= 0 ? 0 : (-shift + step - 1) / step;
  const std::int64_t room = w.in[last] - 1 - shift;
  const std::int64_t end = room < 0 ? 0 : std::min(columns, room / step + 1);
  Indices at{};
  std::int64_t row = 0;
  do {
    std::int64_t offset = 0;
    bool inside = true;
    for (std::size_t d = 0; d < last && inside; ++d) {
      const std::int64_t i = at[d] * w.stride[d] - w.before[d] + tap[d] * w.dilation[d];
      inside = i >= 0 && i < w.in[d];
      offset = offset * w.in[d] + i;
    }
    if (inside) {
      const T* from = x + offset * w.in[last] + shift;
      A* to = sums + row * columns;
      if (step == 1)
        for (std::int64_t c = begin; c < end; ++c) to[c] += weight * static_cast<A>(from[c]);
      else
        for (std::int64_t c = begin; c < end; ++c) to[c] += weight * static_cast<A>(from[c * step]);
    }
    ++row;
  } while (advance(&at, w.out_shape(), last));
}

bool run_conv(const OpCall& call, std::string* problem) {
  Window w;
  const Ints x = call.in[0].shape, k = call.in[1].shape;
  if (!read_window(call.node, x, kernel_of(k), false, &w, problem)) return false;
  const std::int64_t group = call.node.integer("group", 1), outputs = k[0], per_group = k[1];
  const std::int64_t in_size = w.in_size(), out_size = w.out_size(), taps = w.taps();
  if (call.out[0].elements() == 0) return true;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    A* sums = reinterpret_cast<A*>(call.scratch.data());
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (std::int64_t m = 0; m < outputs; ++m) {
        std::fill_n(sums, out_size, has(call.in, 2) ? static_cast<A>(call.in[2].as<const T>()[m]) : A{0});
        const std::int64_t first = m / (outputs / group) * per_group;
        for (std::int64_t c = 0; c < per_group; ++c) {
          const T* plane = call.in[0].as<const T>() + (n * x[1] + first + c) * in_size;
          const T* weights = call.in[1].as<const T>() + (m * per_group + c) * taps;
          Indices tap{};
          do add_tap(w, plane, static_cast<A>(*weights++), tap, sums);
          while (advance(&tap, w.kernel_shape(), w.dims));
        }
        T* y = call.out[0].as<T>() + (n * outputs + m) * out_size;
        for (std::int64_t i = 0; i < out_size; ++i) y[i] = static_cast<T>(sums[i]);
      }
    return true;
  });
}

// ConvTranspose: the window slides over the output.
struct Spread {
  std::size_t dims = 0;
  Indices in{}, out{}, kernel{}, stride{}, dilation{}, before{};
};

bool read_spread(const Node& node, Ints input, Ints kernel, Spread* s, std::string* problem) {
  s->dims = kernel.size();
  const Ints strides = ints_of(node, "strides"), dilations = ints_of(node, "dilations"),
             pads = ints_of(node, "pads");
  const Ints extra = ints_of(node, "output_padding"), wanted = ints_of(node, "output_shape");
  const auto count = s->dims;
  const auto wrong = [&](Ints list, std::size_t n) { return !list.empty() && list.size() != n; };
  if (wrong(strides, count) || wrong(dilations, count) || wrong(pads, 2 * count) || wrong(extra, count) ||
      (wrong(wanted, count) && wanted.size() != count + 2))
    return fail(problem,
                "strides, dilations, pads, output_padding or output_shape has a wrong number of entries");
  const std::string_view mode = text_of(node, "auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "VALID" && mode != "NOTSET")
    return fail(problem, "attribute auto_pad is not supported");
  for (std::size_t d = 0; d < count; ++d) {
    s->in[d] = input[d + 2];
    s->kernel[d] = kernel[d];
    s->stride[d] = strides.empty() ? 1 : strides[d];
    s->dilation[d] = dilations.empty() ? 1 : dilations[d];
    const std::int64_t add = extra.empty() ? 0 : extra[d];
    if (s->stride[d] < 1 || s->dilation[d] < 1 || s->kernel[d] < 1 || add < 0 || s->stride[d] > 1 << 20 ||
        s->dilation[d] > 1 << 20 || add > 1 << 20)
      return fail(problem, "strides, dilations or output_padding is out of range");
    if (same && wanted.empty() && (s->kernel[d] - 1) * s->dilation[d] + 1 < s->stride[d])
      return fail(problem,
                  "attribute auto_pad with a kernel smaller than its stride is not supported: "
                  "implementations differ");
    const std::int64_t full = (s->in[d] - 1) * s->stride[d] + add + (s->kernel[d] - 1) * s->dilation[d] + 1;
    if (!wanted.empty() || same) {
      s->out[d] = wanted.empty() ? s->in[d] * s->stride[d] : wanted[wanted.size() - count + d];
      const std::int64_t total = std::max<std::int64_t>(full - s->out[d], 0);
      s->before[d] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      s->before[d] = mode == "VALID" || pads.empty() ? 0 : pads[d];
      s->out[d] = full - s->before[d] - (mode == "VALID" || pads.empty() ? 0 : pads[d + count]);
    }
    if (s->out[d] < 0) return fail(problem, "pads are larger than the output");
  }
  return true;
}

bool infer_transposed(const InferCall& call, Outputs* out, std::string* problem) {
  Spread s;
  if (!check_conv(call, problem)) return false;
  const Shape &x = call.in[0].shape, &k = call.in[1].shape;
  const std::int64_t group = call.node.integer("group", 1);
  if (group < 1 || k[0] != x[1] || x[1] % group != 0 || k[1] > (std::int64_t{1} << 31) / group)
    return fail(problem, "weights of shape " + to_string(k) + " in " + std::to_string(group) +
                             " groups do not fit " + std::to_string(x[1]) + " channels");
  if (has(call.in, 2) && call.in[2].shape != Shape{k[1] * group})
    return fail(problem, "bias must have one entry per output channel");
  if (!read_spread(call.node, x, kernel_of(k), &s, problem)) return false;
  Shape shape = {x[0], k[1] * group};
  shape.insert(shape.end(), s.out.begin(), s.out.begin() + static_cast<std::ptrdiff_t>(s.dims));
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

bool run_transposed(const OpCall& call, std::string* problem) {
  Spread s;
  const Ints x = call.in[0].shape, k = call.in[1].shape;
  if (!read_spread(call.node, x, kernel_of(k), &s, problem)) return false;
  const Ints in_shape(s.in.data(), s.dims), out_shape(s.out.data(), s.dims), kernel(s.kernel.data(), s.dims);
  const std::int64_t group = call.node.integer("group", 1), per_group = k[1], inputs = x[1] / group;
  const std::int64_t in_size = product(in_shape), out_size = product(out_shape), taps = product(kernel);
  if (call.out[0].elements() == 0) return true;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    A* sums = reinterpret_cast<A*>(call.scratch.data());
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (std::int64_t m = 0; m < per_group * group; ++m) {
        std::fill_n(sums, out_size, has(call.in, 2) ? static_cast<A>(call.in[2].as<const T>()[m]) : A{0});
        const std::int64_t g = m / per_group;
        for (std::int64_t c = g * inputs; c < (g + 1) * inputs && in_size > 0; ++c) {
          const T* plane = call.in[0].as<const T>() + (n * x[1] + c) * in_size;
          const T* weights = call.in[1].as<const T>() + (c * per_group + m % per_group) * taps;
          Indices at{};
          do {
            const A value = static_cast<A>(*plane++);
            const T* weight = weights;
            Indices tap{};
            do {
              std::int64_t offset = 0;
              bool inside = true;
              for (std::size_t d = 0; d < s.dims && inside; ++d) {
                const std::int64_t i = at[d] * s.stride[d] - s.before[d] + tap[d] * s.dilation[d];
                inside = i >= 0 && i < s.out[d];
                offset = offset * s.out[d] + i;
              }
              if (inside) sums[offset] += value * static_cast<A>(*weight);
              ++weight;
            } while (advance(&tap, kernel, s.dims));
          } while (advance(&at, in_shape, s.dims));
        }
        T* y = call.out[0].as<T>() + (n * per_group * group + m) * out_size;
        for (std::int64_t i = 0; i < out_size; ++i) y[i] = static_cast<T>(sums[i]);
      }
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Conv", 1, 21, infer_conv, run_conv, scratch_conv},
                           {"", "ConvTranspose", 1, 21, infer_transposed, run_transposed, scratch_conv}};

}  // namespace

std::span<const OpInfo> conv_ops() {
  return kOps;
}

}  // namespace bondline::inference
