// RNN, GRU and LSTM over sequences, in one or both directions, as ONNX's operators.md writes their equations.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

enum class Cell { rnn, gru, lstm };

Cell cell_of(const Node& node) {
  return node.op == "LSTM" ? Cell::lstm : node.op == "GRU" ? Cell::gru : Cell::rnn;
}
std::int64_t gates_of(Cell cell) {
  return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1;
}
std::int64_t directions_of(const Node& node) {
  return text_of(node, "direction", "forward") == "bidirectional" ? 2 : 1;
}

using Function = double (*)(double);
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
Function function_of(std::string_view name) {
  if (name == "Sigmoid") return sigmoid;
  if (name == "Tanh") return [](double x) { return std::tanh(x); };
  if (name == "Relu") return [](double x) { return x > 0 ? x : 0; };
  if (name == "Softsign") return [](double x) { return x / (1 + std::abs(x)); };
  if (name == "Softplus")
    return [](double x) { return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0); };
  return nullptr;
}
std::size_t functions_per_direction(Cell cell) {
  return cell == Cell::lstm ? 3 : cell == Cell::gru ? 2 : 1;
}
const std::vector<std::string>* named_functions(const Node& node) {
  const Attribute* found = node.find("activations");
  return found ? std::get_if<std::vector<std::string>>(found) : nullptr;
}
// Function k (f, g, h) of a direction.
Function function_at(const Node& node, Cell cell, std::int64_t direction, std::size_t k) {
  const auto* named = named_functions(node);
  if (named != nullptr && !named->empty())
    return function_of((*named)[static_cast<std::size_t>(direction) * functions_per_direction(cell) + k]);
  return function_of(cell != Cell::rnn && k == 0 ? "Sigmoid" : "Tanh");
}

bool check_functions(const Node& node, Cell cell, std::string* problem) {
  for (const char* name : {"activation_alpha", "activation_beta"})
    if (!reals_of(node, name).empty())
      return fail(problem, std::string("attribute ") + name + " is not supported");
  const auto* named = named_functions(node);
  if (named == nullptr || named->empty()) return true;
  if (named->size() != functions_per_direction(cell) * static_cast<std::size_t>(directions_of(node)))
    return fail(problem, "attribute activations has a wrong number of entries");
  for (const std::string& name : *named)
    if (function_of(name) == nullptr)
      return fail(problem, "attribute activations names \"" + name + "\", which is not supported");
  return true;
}

struct Sizes {
  std::int64_t steps, batch, width, hidden, directions;
  bool batch_first;
};

Sizes sizes_of(const Node& node, Ints x, Ints r) {
  const bool batch_first = node.integer("layout", 0) != 0;
  return {x[batch_first ? 1 : 0], x[batch_first ? 0 : 1], x[2], r[2], directions_of(node), batch_first};
}

bool check_shape(const InferCall& call, std::size_t i, const Shape& wanted, std::string* problem) {
  if (!has(call.in, i)) return true;
  if (i != 4 && !check_same(call, 0, i, problem)) return false;
  return call.in[i].shape == wanted ||
         fail(problem, "input " + std::to_string(i) + " has shape " + to_string(call.in[i].shape) + ", not " +
                           to_string(wanted));
}

bool infer_recurrent(const InferCall& call, Outputs* out, std::string* problem) {
  const Cell cell = cell_of(call.node);
  if (!check_inputs(call, 3, cell == Cell::lstm ? 8 : 6, problem) || !check_float(call, 0, problem) ||
      !check_rank(call, 0, 3, 3, problem) || !check_rank(call, 2, 3, 3, problem) ||
      !check_functions(call.node, cell, problem))
    return false;
  const std::string_view direction = text_of(call.node, "direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return fail(problem, "attribute direction is \"" + std::string(direction) + "\", which is not supported");
  const Sizes s = sizes_of(call.node, call.in[0].shape, call.in[2].shape);
  const std::int64_t gates = gates_of(cell), d = s.directions, h = s.hidden;
  if (call.node.integer("hidden_size", h) != h)
    return fail(problem, "attribute hidden_size differs from the weights");
  const Shape state = s.batch_first ? Shape{s.batch, d, h} : Shape{d, s.batch, h};
  if (!check_shape(call, 1, {d, gates * h, s.width}, problem) ||
      !check_shape(call, 2, {d, gates * h, h}, problem) ||
      !check_shape(call, 3, {d, 2 * gates * h}, problem) || !check_shape(call, 4, {s.batch}, problem) ||
      !check_shape(call, 5, state, problem) || !check_shape(call, 6, state, problem) ||
      !check_shape(call, 7, {d, 3 * h}, problem))
    return false;
  if (has(call.in, 4) && !check_type(call, 4, {DType::i32}, problem)) return false;
  const DType type = call.in[0].dtype;
  give(out, 0, type, s.batch_first ? Shape{s.batch, s.steps, d, h} : Shape{s.steps, d, s.batch, h});
  if (out->size() > 1) give(out, 1, type, state);
  if (out->size() > 2 && cell == Cell::lstm) give(out, 2, type, state);
  return true;
}

std::size_t scratch_recurrent(const Node& node, std::int64_t, std::span<const OpTensor> in,
                              std::span<const OpTensor>) {
  const auto hidden = static_cast<std::size_t>(in[2].shape[2]);
  return (static_cast<std::size_t>(gates_of(cell_of(node))) + 3) * hidden * sizeof(double) + 64;
}

// One sequence in one direction: weights of the direction, states as double.
template <class T>
struct Walk {
  const OpCall& call;
  Cell cell;
  Sizes s;
  std::int64_t direction;
  const T *w, *r, *bias, *peephole;  ///< the last two may be null
  double *gate, *state, *memory, *next;
  Function f, g, h;
  double clip;

  // Inputs of the gates; the cell state itself is not clipped (as in ONNX Runtime).
  double bounded(double x) const { return clip > 0 ? std::clamp(x, -clip, clip) : x; }
  double from_input(std::int64_t row, const T* x) const {
    double sum = bias ? static_cast<double>(bias[row]) : 0;
    for (std::int64_t k = 0; k < s.width; ++k)
      sum += static_cast<double>(w[row * s.width + k]) * static_cast<double>(x[k]);
    return sum;
  }
  double from_state(std::int64_t row, const double* given) const {
    double sum = bias ? static_cast<double>(bias[gates_of(cell) * s.hidden + row]) : 0;
    for (std::int64_t k = 0; k < s.hidden; ++k) sum += static_cast<double>(r[row * s.hidden + k]) * given[k];
    return sum;
  }
  double peep(std::int64_t i, std::int64_t k, double value) const {
    return peephole ? static_cast<double>(peephole[i * s.hidden + k]) * value : 0;
  }
  void step(const T* x) {
    const std::int64_t n = s.hidden;
    if (cell == Cell::gru) return gru(x);
    for (std::int64_t row = 0; row < gates_of(cell) * n; ++row)
      gate[row] = from_input(row, x) + from_state(row, state);
    for (std::int64_t k = 0; k < n; ++k) {
      if (cell == Cell::rnn) {
        next[k] = f(bounded(gate[k]));
        continue;
      }
      // Gates in the order input, output, forget, cell.
      const double i = f(bounded(gate[k] + peep(0, k, memory[k])));
      const double forget = call.node.integer("input_forget", 0) != 0
                                ? 1 - i
                                : f(bounded(gate[2 * n + k] + peep(2, k, memory[k])));
      memory[k] = forget * memory[k] + i * g(bounded(gate[3 * n + k]));
      next[k] = f(bounded(gate[n + k] + peep(1, k, memory[k]))) * h(memory[k]);
    }
    std::copy_n(next, n, state);
  }
  // Gates in the order update, reset, hidden.
  void gru(const T* x) {
    const std::int64_t n = s.hidden;
    const bool after = call.node.integer("linear_before_reset", 0) != 0;
    for (std::int64_t row = 0; row < 2 * n; ++row)
      gate[row] = f(bounded(from_input(row, x) + from_state(row, state)));
    for (std::int64_t k = 0; k < n; ++k) next[k] = gate[n + k] * state[k];
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t row = 2 * n + k;
      const double past = after ? gate[n + k] * from_state(row, state) : from_state(row, next);
      gate[row] = g(bounded(from_input(row, x) + past));
    }
    for (std::int64_t k = 0; k < n; ++k) state[k] = (1 - gate[k]) * gate[2 * n + k] + gate[k] * state[k];
  }
};

template <class T>
bool run_typed(const OpCall& call, std::string* problem) {
  const Cell cell = cell_of(call.node);
  const Sizes s = sizes_of(call.node, call.in[0].shape, call.in[2].shape);
  const std::int64_t gates = gates_of(cell), n = s.hidden;
  auto* memory = reinterpret_cast<double*>(call.scratch.data());
  for (const std::size_t i : {0u, 1u, 2u})
    if (has(call.out, i)) std::fill_n(call.out[i].as<T>(), call.out[i].elements(), T(0.0f));
  for (std::int64_t d = 0; d < s.directions; ++d)
    for (std::int64_t b = 0; b < s.batch; ++b) {
      Walk<T> walk{call,
                   cell,
                   s,
                   d,
                   call.in[1].as<const T>() + d * gates * n * s.width,
                   call.in[2].as<const T>() + d * gates * n * n,
                   has(call.in, 3) ? call.in[3].as<const T>() + d * 2 * gates * n : nullptr,
                   has(call.in, 7) ? call.in[7].as<const T>() + d * 3 * n : nullptr,
                   memory,
                   memory + gates * n,
                   memory + (gates + 1) * n,
                   memory + (gates + 2) * n,
                   function_at(call.node, cell, d, 0),
                   nullptr,
                   nullptr,
                   static_cast<double>(call.node.real("clip", 0))};
      if (cell != Cell::rnn) walk.g = function_at(call.node, cell, d, 1);
      if (cell == Cell::lstm) walk.h = function_at(call.node, cell, d, 2);
      const std::int64_t place = (s.batch_first ? b * s.directions + d : d * s.batch + b) * n;
      for (std::int64_t k = 0; k < n; ++k) {
        walk.state[k] = has(call.in, 5) ? static_cast<double>(call.in[5].as<const T>()[place + k]) : 0;
        walk.memory[k] = has(call.in, 6) ? static_cast<double>(call.in[6].as<const T>()[place + k]) : 0;
      }
      const std::int64_t length = has(call.in, 4) ? call.in[4].as<const std::int32_t>()[b] : s.steps;
      if (length < 0 || length > s.steps)
        return fail(problem, "sequence_lens holds " + std::to_string(length));
      const bool backwards = d == 1 || text_of(call.node, "direction", "forward") == "reverse";
      for (std::int64_t t = 0; t < length; ++t) {
        const std::int64_t at = backwards ? length - 1 - t : t;
        walk.step(call.in[0].as<const T>() + (s.batch_first ? b * s.steps + at : at * s.batch + b) * s.width);
        const std::int64_t row =
            s.batch_first ? (b * s.steps + at) * s.directions + d : (at * s.directions + d) * s.batch + b;
        if (has(call.out, 0))
          for (std::int64_t k = 0; k < n; ++k)
            call.out[0].as<T>()[row * n + k] = T(static_cast<Arithmetic<T>>(walk.state[k]));
      }
      for (std::int64_t k = 0; k < n; ++k) {
        if (has(call.out, 1)) call.out[1].as<T>()[place + k] = T(static_cast<Arithmetic<T>>(walk.state[k]));
        if (has(call.out, 2)) call.out[2].as<T>()[place + k] = T(static_cast<Arithmetic<T>>(walk.memory[k]));
      }
    }
  return true;
}

bool run_recurrent(const OpCall& call, std::string* problem) {
  return with_float(call.in[0].dtype,
                    [&](auto tag) { return run_typed<typename decltype(tag)::type>(call, problem); });
}

constexpr OpInfo kOps[] = {{"", "RNN", 7, 21, infer_recurrent, run_recurrent, scratch_recurrent},
                           {"", "GRU", 7, 21, infer_recurrent, run_recurrent, scratch_recurrent},
                           {"", "LSTM", 7, 21, infer_recurrent, run_recurrent, scratch_recurrent}};

}  // namespace

std::span<const OpInfo> recurrent_ops() {
  return kOps;
}

}  // namespace bondline::inference
