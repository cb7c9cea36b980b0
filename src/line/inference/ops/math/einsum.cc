// Einsum: the equation is read once for shapes and again, without allocating, for every run.
#include <cctype>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

constexpr std::size_t kMostTerms = 8;
constexpr int kEllipsis = 64;  ///< labels from here on stand for the dimensions of "..."

struct Term {
  std::array<int, kMaxRank> label{};
  std::size_t rank = 0;
};

struct Equation {
  std::array<Term, kMostTerms> in;
  Term out;
  std::size_t terms = 0;
  std::array<std::int64_t, 128> size{};  ///< by label; 0: not used (a used size may be 0 as well, see `used`)
  std::array<bool, 128> used{};
};

bool add_label(Term* term, int label) {
  if (term->rank == kMaxRank) return false;
  term->label[term->rank++] = label;
  return true;
}

// rank: of the tensor, SIZE_MAX for the output; dots: rank of the ellipsis, found from inputs.
bool read_term(std::string_view text, std::size_t rank, std::size_t* dots, Term* term, std::string* problem) {
  std::size_t letters = 0;
  for (const char c : text) letters += std::isalpha(static_cast<unsigned char>(c)) != 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 3) == "...") {
      if (rank != SIZE_MAX) {
        if (rank < letters) return fail(problem, "equation has more letters than its operand has dimensions");
        *dots = std::max(*dots, rank - letters);
      }
      const std::size_t own = rank == SIZE_MAX ? *dots : rank - letters;
      // Ellipses of different rank line up at their ends, as broadcasting does.
      for (std::size_t d = 0; d < own; ++d)
        if (!add_label(term, kEllipsis + static_cast<int>(own - 1 - d)))
          return fail(problem, "rank is too high");
      i += 2;
      continue;
    }
    if (std::isalpha(static_cast<unsigned char>(text[i])) == 0)
      return fail(problem, "equation holds the character '" + std::string(1, text[i]) + "'");
    const int label =
        std::islower(static_cast<unsigned char>(text[i])) != 0 ? text[i] - 'a' : text[i] - 'A' + 26;
    if (!add_label(term, label)) return fail(problem, "rank is too high");
  }
  if (rank != SIZE_MAX && term->rank != rank)
    return fail(problem, "equation has another number of dimensions than its operand");
  return true;
}

template <class Tensors>
bool read_equation(const Node& node, const Tensors& in, Equation* e, std::string* problem) {
  std::string_view text = text_of(node, "equation", "");
  const std::size_t arrow = text.find("->");
  std::string_view left = text.substr(0, arrow);
  std::size_t dots = 0;
  while (true) {
    const std::size_t comma = left.find(',');
    if (e->terms == in.size() || e->terms == kMostTerms)
      return fail(problem, "equation has another number of terms than there are inputs");
    if (!read_term(left.substr(0, comma), in[e->terms].shape.size(), &dots, &e->in[e->terms], problem))
      return false;
    ++e->terms;
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  if (e->terms != in.size())
    return fail(problem, "equation has another number of terms than there are inputs");
  std::array<int, 128> count{};
  for (std::size_t t = 0; t < e->terms; ++t)
    for (std::size_t d = 0; d < e->in[t].rank; ++d) {
      const auto label = static_cast<std::size_t>(e->in[t].label[d]);
      const std::int64_t size = in[t].shape[d];
      if (e->used[label] && e->size[label] != size && e->size[label] != 1 && size != 1)
        return fail(problem, "a letter of the equation stands for " + std::to_string(e->size[label]) +
                                 " and " + std::to_string(size));
      if (!e->used[label] || e->size[label] == 1) e->size[label] = size;
      e->used[label] = true;
      ++count[label];
    }
  if (arrow != std::string_view::npos) {
    if (!read_term(text.substr(arrow + 2), SIZE_MAX, &dots, &e->out, problem)) return false;
    for (std::size_t d = 0; d < e->out.rank; ++d)
      if (!e->used[static_cast<std::size_t>(e->out.label[d])])
        return fail(problem, "the equation's output has a letter that no input has");
    return true;
  }
  for (std::size_t d = dots; d-- > 0;)
    if (!add_label(&e->out, kEllipsis + static_cast<int>(d))) return fail(problem, "rank is too high");
  // Implicit output: letters that occur once, capitals before small ones as in ASCII.
  for (const int begin : {26, 0})
    for (int label = begin; label < begin + 26; ++label)
      if (count[static_cast<std::size_t>(label)] == 1 && !add_label(&e->out, label))
        return fail(problem, "rank is too high");
  return true;
}

bool infer_einsum(const InferCall& call, Outputs* out, std::string* problem) {
  Equation e;
  if (!check_inputs(call, 1, kMostTerms, problem) || !check_number(call, 0, problem)) return false;
  for (std::size_t i = 1; i < call.in.size(); ++i)
    if (!check_same(call, 0, i, problem)) return false;
  if (!read_equation(call.node, call.in, &e, problem)) return false;
  std::size_t labels = 0;
  for (const bool used : e.used) labels += used;
  if (labels > kMaxRank) return fail(problem, "equation has more than 12 letters");
  Shape shape;
  for (std::size_t d = 0; d < e.out.rank; ++d)
    shape.push_back(e.size[static_cast<std::size_t>(e.out.label[d])]);
  return give(out, 0, call.in[0].dtype, std::move(shape));
}

// All labels as one loop nest: the output's first, then those summed over.
struct Nest {
  std::size_t outer = 0, rank = 0;
  Indices shape{};
  std::array<Indices, kMostTerms> step{};
};

Nest nest_of(const Equation& e, std::span<const OpTensor> in) {
  Nest nest;
  std::array<std::size_t, 128> place{};
  std::array<bool, 128> placed{};
  const auto add = [&](int label) {
    const auto l = static_cast<std::size_t>(label);
    if (placed[l]) return;
    placed[l] = true;
    place[l] = nest.rank;
    nest.shape[nest.rank++] = e.size[l];
  };
  for (std::size_t d = 0; d < e.out.rank; ++d) add(e.out.label[d]);
  nest.outer = nest.rank;
  for (std::size_t t = 0; t < e.terms; ++t)
    for (std::size_t d = 0; d < e.in[t].rank; ++d) add(e.in[t].label[d]);
  for (std::size_t t = 0; t < e.terms; ++t) {
    const Indices own = strides_of(in[t].shape);
    for (std::size_t d = 0; d < e.in[t].rank; ++d)
      if (in[t].shape[d] != 1) nest.step[t][place[static_cast<std::size_t>(e.in[t].label[d])]] += own[d];
  }
  return nest;
}

bool run_einsum(const OpCall& call, std::string* problem) {
  Equation e;
  if (!read_equation(call.node, call.in, &e, problem)) return false;
  const Nest nest = nest_of(e, call.in);
  if (call.out[0].elements() == 0) return true;
  const Ints inner_shape(nest.shape.data() + nest.outer, nest.rank - nest.outer);
  return with_number(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using A = Arithmetic<T>;
    using S = std::conditional_t<std::is_floating_point_v<A>, A, std::uint64_t>;
    Indices at{};
    T* y = call.out[0].as<T>();
    do {
      S sum = 0;
      Indices inner{};
      if (product(inner_shape) != 0) do {
          S term = 1;
          for (std::size_t t = 0; t < e.terms; ++t) {
            std::int64_t offset = 0;
            for (std::size_t d = 0; d < nest.outer; ++d) offset += at[d] * nest.step[t][d];
            for (std::size_t d = 0; d < inner_shape.size(); ++d)
              offset += inner[d] * nest.step[t][nest.outer + d];
            term = static_cast<S>(term * static_cast<S>(static_cast<A>(call.in[t].as<const T>()[offset])));
          }
          sum = static_cast<S>(sum + term);
        } while (advance(&inner, inner_shape, inner_shape.size()));
      *y++ = static_cast<T>(static_cast<A>(sum));
    } while (advance(&at, nest.shape, nest.outer));
    return true;
  });
}

constexpr OpInfo kOps[] = {{"", "Einsum", 12, 21, infer_einsum, run_einsum}};

}  // namespace

std::span<const OpInfo> einsum_ops() {
  return kOps;
}

}  // namespace bondline::inference
