#include "graph_script.h"

#include <algorithm>
#include <string>

#include "../../../tests/line/inference/support/builder.h"

namespace bondline::inference::fuzz {
namespace {

using Ints = std::vector<std::int64_t>;

class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : bytes_(bytes), make_(1, {}) {
    const Flavours flavour = static_cast<Flavours>(below(3));
    make_ =
        testing::QuantisedBuilder(byte(), {flavour == signed_both ? DType::i8 : DType::u8,
                                           flavour == unsigned_both ? DType::u8 : DType::i8, chance(128)});
    make_.graph.opset = 7 + below(15);
    const Shape shape = {1 + below(8) / 7, 1 + below(24), 1 + below(20), 1 + below(20)};
    put(make_.input(shape), shape);
  }

  Graph run() {
    for (int i = 0; i < 24 && !empty(); ++i) step();
    outputs_.push_back(known_.back().id);
    std::sort(outputs_.begin(), outputs_.end());
    outputs_.erase(std::unique(outputs_.begin(), outputs_.end()), outputs_.end());
    return make_.finish(outputs_);
  }

 private:
  enum Flavours { unsigned_signed, unsigned_both, signed_both };
  /// What the script believes of a value; right unless it was told to be wrong.
  struct Known {
    ValueId id;
    Shape shape;
  };

  bool empty() const { return at_ >= bytes_.size(); }
  std::uint8_t byte() { return empty() ? 0 : bytes_[at_++]; }
  int below(int n) { return byte() % n; }
  bool chance(int of_256) { return byte() < of_256; }
  void put(ValueId id, Shape shape) { known_.push_back({id, std::move(shape)}); }
  /// A recent value more often than an old one.
  const Known pick() {
    const std::size_t back = std::min<std::size_t>(byte() % 16, known_.size() - 1);
    return known_[known_.size() - 1 - back];
  }
  /// Now and then another number than the one that fits.
  std::int64_t about(std::int64_t right) {
    return std::max<std::int64_t>(1, byte() >= 250 ? right + below(5) - 2 : right);
  }
  /// Bounded: weights are made for it.
  static std::int64_t dim(const Known& x, std::size_t i) {
    return i < x.shape.size() ? std::clamp<std::int64_t>(x.shape[i], 1, 256) : 1;
  }
  ValueId ints(const Ints& v) { return make_.constant({static_cast<std::int64_t>(v.size())}, v); }
  ValueId floats(const std::vector<float>& v) {
    return make_.constant({static_cast<std::int64_t>(v.size())}, v);
  }

  struct Window {
    Ints kernel, strides, pads, dilations;
    std::vector<NamedAttribute> attributes;
  };
  Window window() {
    static const std::int64_t kKernels[] = {1, 1, 3, 3, 5, 2, 7, 4};
    Window w;
    w.kernel = {kKernels[below(8)], 0};
    w.kernel[1] = chance(220) ? w.kernel[0] : kKernels[below(8)];
    w.strides = {chance(160) ? 1 : 1 + below(3), 1};
    w.strides[1] = chance(220) ? w.strides[0] : 1 + below(3);
    w.dilations = {1, 1};
    if (chance(30)) w.dilations = {1 + below(3), 1 + below(3)};
    w.pads = {w.kernel[0] / 2, w.kernel[1] / 2, w.kernel[0] / 2, w.kernel[1] / 2};
    if (chance(40))
      for (auto& p : w.pads) p = below(9) - 1;
    w.attributes = {{"kernel_shape", w.kernel}, {"strides", w.strides}, {"pads", w.pads}};
    if (w.dilations != Ints{1, 1}) w.attributes.push_back({"dilations", w.dilations});
    if (chance(15)) {
      static const char* const kPads[] = {"SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"};
      w.attributes.push_back({"auto_pad", std::string(kPads[below(4)])});
    }
    return w;
  }
  static std::int64_t reached(std::int64_t size, const Window& w, std::size_t i) {
    const std::int64_t room = size + w.pads[i] + w.pads[i + 2] - w.dilations[i] * (w.kernel[i] - 1) - 1;
    return room < 0 ? 1 : room / w.strides[i] + 1;
  }

  void step() {
    switch (below(24)) {
      case 0:
      case 1:
        return convolution();
      case 2:
      case 3:
      case 4:
        return quantised_convolution();
      case 5:
        return quantise();
      case 6:
        return activation();
      case 7:
      case 8:
        return binary();
      case 9:
        return concat();
      case 10:
        return split();
      case 11:
      case 12:
        return resize();
      case 13:
        return pool();
      case 14:
        return reshape();
      case 15:
        return transpose();
      case 16:
        return slice();
      case 17:
        return pad();
      case 18:
        return softmax();
      case 19:
        return product();
      case 20:
        return batch_norm();
      case 21:
        return up_convolution();
      case 22:
        return reduce();
      default:
        outputs_.push_back(pick().id);
    }
  }

  void convolution() {
    const Known x = pick();
    Window w = window();
    const std::int64_t in = about(dim(x, 1));
    const bool depthwise = chance(60);
    const std::int64_t group = depthwise ? in : chance(20) ? 1 + below(4) : 1;
    const std::int64_t out = depthwise && chance(200) ? in : 1 + below(40);
    w.attributes.push_back({"group", group});
    std::vector<ValueId> inputs = {
        x.id, make_.weights({out, std::max<std::int64_t>(1, in / group), w.kernel[0], w.kernel[1]}, 0.5f)};
    if (chance(200)) inputs.push_back(make_.weights({about(out)}, 1));
    put(make_.node("Conv", inputs, w.attributes),
        {dim(x, 0), out, reached(dim(x, 2), w, 0), reached(dim(x, 3), w, 1)});
  }

  float scale() {
    static const float kScales[] = {0.01f, 0.02f, 1 / 256.0f, 0.5f, 1e-8f, 3.0f, 1e30f, 0.05f};
    return kScales[chance(230) ? below(3) : below(8)];
  }

  void quantise() {
    const Known x = pick();
    put(make_.quantise(x.id, scale(), byte()), x.shape);
  }

  void quantised_convolution() {
    const Known x = pick();
    const float s = scale();
    const ValueId q = chance(128) ? make_.quantise(x.id, s, byte()) : x.id;
    const bool depthwise = chance(60);
    const std::int64_t in = dim(x, 1), out = depthwise ? in : 1 + below(40), kernel = 1 + 2 * below(3),
                       stride = 1 + below(4) / 3;
    const ValueId y = make_.conv8(q, s, about(in), out, kernel, stride, depthwise ? in : 1);
    const auto size = [&](std::int64_t n) { return (n - 1) / stride + 1; };
    put(chance(200) ? make_.quantise(y, scale(), byte()) : y,
        {dim(x, 0), out, size(dim(x, 2)), size(dim(x, 3))});
  }

  void activation() {
    static const char* const kOps[] = {
        "Relu", "Sigmoid", "Tanh",     "LeakyRelu",  "HardSwish", "HardSigmoid", "Elu",   "Softplus",
        "Exp",  "Log",     "Sqrt",     "Neg",        "Abs",       "Erf",         "Floor", "Ceil",
        "Clip", "Round",   "Identity", "Reciprocal", "Mish",      "Cast",        "Not",   "Gelu"};
    const Known x = pick();
    const std::string op = kOps[below(24)];
    std::vector<ValueId> inputs = {x.id};
    std::vector<NamedAttribute> attributes;
    if (op == "Clip" && make_.graph.opset >= 11) {
      inputs.push_back(chance(200) ? make_.scalar(static_cast<float>(below(5)) - 3) : kNone);
      if (chance(200)) inputs.push_back(make_.scalar(static_cast<float>(below(8))));
    }
    if (op == "Cast") attributes.push_back({"to", std::int64_t{below(14)}});
    if (op == "LeakyRelu" || op == "Elu")
      attributes.push_back({"alpha", static_cast<float>(below(20)) * 0.1f});
    put(make_.node(op, inputs, attributes), x.shape);
  }

  void binary() {
    static const char* const kOps[] = {"Add", "Mul", "Add", "Sub", "Div", "Max", "Min", "Pow", "Mul", "Less"};
    const Known x = pick();
    const std::string op = kOps[below(10)];
    ValueId other = kNone;
    switch (below(5)) {
      case 0:
        other = make_.scalar(static_cast<float>(below(9)) - 4);
        break;
      case 1:
        other = make_.weights({1, about(dim(x, 1)), 1, 1}, 2);
        break;
      case 2:
        other = make_.weights({about(x.shape.empty() ? 1 : dim(x, x.shape.size() - 1))}, 2);
        break;
      default:
        for (std::size_t i = known_.size(); i-- > 0 && other == kNone;)
          if (known_[i].shape == x.shape && known_[i].id != x.id) other = known_[i].id;
        if (other == kNone) other = pick().id;
    }
    const bool swapped = chance(60);
    put(make_.node(op, swapped ? std::vector<ValueId>{other, x.id} : std::vector<ValueId>{x.id, other}),
        x.shape);
  }

  void concat() {
    const Known x = pick();
    Shape shape = x.shape;
    const int axis = chance(200) ? 1 : below(5) - 1;
    const auto place = static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(shape.size()) : axis);
    std::vector<ValueId> inputs = {x.id};
    for (int more = 1 + below(3); more > 0; --more) {
      const Known y = pick();
      bool fits = y.shape.size() == shape.size() && place < shape.size();
      for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = i == place || y.shape[i] == shape[i];
      const Known& taken = fits || chance(5) ? y : x;
      inputs.push_back(taken.id);
      if (place < shape.size()) shape[place] += dim(taken, place);
    }
    put(make_.node("Concat", inputs, {{"axis", std::int64_t{axis}}}), shape);
  }

  void split() {
    const Known x = pick();
    const std::size_t axis = chance(220) ? 1 : static_cast<std::size_t>(below(4));
    const std::int64_t whole = dim(x, axis), first = std::max<std::int64_t>(1, whole * below(8) / 8);
    const Ints sizes = {first, about(whole - first)};
    std::vector<ValueId> inputs = {x.id};
    std::vector<NamedAttribute> attributes = {{"axis", static_cast<std::int64_t>(axis)}};
    if (make_.graph.opset >= 13)
      inputs.push_back(ints(sizes));
    else
      attributes.push_back({"split", sizes});
    const auto parts = make_.nodes("Split", inputs, 2, attributes);
    for (std::size_t i = 0; i < 2; ++i) {
      Shape shape = x.shape;
      if (axis < shape.size()) shape[axis] = sizes[i];
      put(parts[i], shape);
    }
  }

  void resize() {
    static const char* const kModes[] = {"nearest", "nearest", "linear", "cubic"};
    static const char* const kPlaces[] = {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel",
                                          "tf_crop_and_resize"};
    static const char* const kRounding[] = {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"};
    const Known x = pick();
    static const float kScales[] = {2, 2, 1, 3, 0.5f, 1.5f, 0.3f, 4};
    const float sy = kScales[below(8)], sx = chance(200) ? sy : kScales[below(8)];
    const bool old = make_.graph.opset < 11;
    std::vector<NamedAttribute> attributes = {{"mode", std::string(kModes[below(4)])}};
    Shape shape = x.shape;
    if (shape.size() == 4) {
      shape[2] = std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<float>(shape[2]) * sy));
      shape[3] = std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<float>(shape[3]) * sx));
    }
    std::vector<ValueId> inputs = {x.id};
    if (!old) {
      attributes.push_back(
          {"coordinate_transformation_mode", std::string(kPlaces[chance(150) ? 1 : below(5)])});
      attributes.push_back({"nearest_mode", std::string(kRounding[chance(150) ? 0 : below(4)])});
      inputs.push_back(kNone);
    }
    if (!old && chance(60)) {
      inputs.push_back(kNone);
      inputs.push_back(ints(shape));
    } else {
      inputs.push_back(floats({1, chance(10) ? 2.0f : 1.0f, sy, sx}));
    }
    put(make_.node(old && make_.graph.opset < 10 ? "Upsample" : "Resize", inputs, attributes), shape);
  }

  void pool() {
    const Known x = pick();
    const int which = below(5);
    if (which == 4) {
      put(make_.node(chance(200) ? "GlobalAveragePool" : "GlobalMaxPool", {x.id}),
          {dim(x, 0), dim(x, 1), 1, 1});
      return;
    }
    Window w = window();
    const bool average = which < 2;
    if (make_.graph.opset >= 10) w.attributes.push_back({"ceil_mode", std::int64_t{below(4) / 3}});
    if (average) w.attributes.push_back({"count_include_pad", std::int64_t{below(2)}});
    put(make_.node(average ? "AveragePool" : "MaxPool", {x.id}, w.attributes),
        {dim(x, 0), dim(x, 1), reached(dim(x, 2), w, 0), reached(dim(x, 3), w, 1)});
  }

  void reshape() {
    const Known x = pick();
    const std::int64_t n = dim(x, 0), c = dim(x, 1), rest = dim(x, 2) * dim(x, 3);
    Shape shape;
    switch (below(5)) {
      case 0:
        shape = {n, c, rest};
        break;
      case 1:
        shape = {n, c * rest};
        break;
      case 2:
        shape = {n, c % 2 == 0 ? 2 : 1, c % 2 == 0 ? c / 2 : c, dim(x, 2), dim(x, 3)};
        break;
      case 3:
        shape = {n, c, dim(x, 3), dim(x, 2)};
        break;
      default:
        for (int i = 0; i < 1 + below(4); ++i) shape.push_back(below(12) - 1);
    }
    put(make_.node("Reshape", {x.id, ints(shape)}), shape);
  }

  void transpose() {
    const Known x = pick();
    Ints order(x.shape.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    Shape shape;
    for (const std::int64_t i : order) shape.push_back(x.shape[static_cast<std::size_t>(i)]);
    put(make_.node("Transpose", {x.id}, {{"perm", order}}), shape);
  }

  void slice() {
    const Known x = pick();
    const int axis = below(4), from = below(6) - 1, to = chance(128) ? 1000 : below(20) - 4,
              by = chance(60) ? below(5) - 2 : 1;
    Shape shape = x.shape;
    if (static_cast<std::size_t>(axis) < shape.size()) {
      auto& size = shape[static_cast<std::size_t>(axis)];
      const std::int64_t end = std::min<std::int64_t>(to, size);
      size = std::max<std::int64_t>(1, (end - from + std::max(1, by) - 1) / std::max(1, by));
    }
    if (make_.graph.opset >= 10)
      put(make_.node("Slice", {x.id, ints({from}), ints({to}), ints({axis}), ints({by})}), shape);
    else
      put(make_.node("Slice", {x.id}, {{"starts", Ints{from}}, {"ends", Ints{to}}, {"axes", Ints{axis}}}),
          shape);
  }

  void pad() {
    static const char* const kModes[] = {"constant", "constant", "reflect", "edge"};
    const Known x = pick();
    Ints pads(2 * x.shape.size());
    Shape shape = x.shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i < 2 && !chance(10)) continue;
      pads[i] = below(4);
      pads[i + shape.size()] = below(5) - 1;
      shape[i] = std::max<std::int64_t>(1, shape[i] + pads[i] + pads[i + shape.size()]);
    }
    std::vector<NamedAttribute> attributes = {{"mode", std::string(kModes[below(4)])}};
    std::vector<ValueId> inputs = {x.id};
    if (make_.graph.opset >= 11) {
      inputs.push_back(ints(pads));
      if (chance(128)) inputs.push_back(make_.scalar(static_cast<float>(below(3))));
    } else {
      attributes.push_back({"pads", pads});
    }
    put(make_.node("Pad", inputs, attributes), shape);
  }

  void softmax() {
    const Known x = pick();
    put(make_.node(chance(200) ? "Softmax" : "LogSoftmax", {x.id}, {{"axis", std::int64_t{below(6)} - 2}}),
        x.shape);
  }

  void product() {
    const Known x = pick();
    const std::int64_t k = about(x.shape.empty() ? 1 : dim(x, x.shape.size() - 1)), n = 1 + below(20);
    Shape shape = x.shape;
    if (!shape.empty()) shape.back() = n;
    if (shape.size() == 2 && chance(128)) {
      const bool turned = chance(128);
      std::vector<ValueId> inputs = {x.id, make_.weights(turned ? Shape{n, k} : Shape{k, n}, 1)};
      if (chance(200)) inputs.push_back(make_.weights({n}, 1));
      put(make_.node("Gemm", inputs, {{"transB", std::int64_t{turned}}}), shape);
    } else {
      put(make_.node("MatMul", {x.id, make_.weights({k, n}, 1)}), shape);
    }
  }

  void batch_norm() {
    const Known x = pick();
    const std::int64_t c = about(dim(x, 1));
    const auto weights = [&] { return make_.weights({c}, 1); };
    const ValueId variance = make_.constant({c}, std::vector<float>(static_cast<std::size_t>(c), 0.5f));
    put(make_.node("BatchNormalization", {x.id, weights(), weights(), weights(), variance}), x.shape);
  }

  void up_convolution() {
    const Known x = pick();
    const std::int64_t in = about(dim(x, 1)), out = 1 + below(16), kernel = 1 + below(4),
                       stride = 1 + below(3), pad = below(3);
    const auto size = [&](std::int64_t n) {
      return std::max<std::int64_t>(1, (n - 1) * stride + kernel - 2 * pad);
    };
    put(make_.node("ConvTranspose", {x.id, make_.weights({in, out, kernel, kernel}, 0.5f)},
                   {{"kernel_shape", Ints{kernel, kernel}},
                    {"strides", Ints{stride, stride}},
                    {"pads", Ints{pad, pad, pad, pad}}}),
        {dim(x, 0), out, size(dim(x, 2)), size(dim(x, 3))});
  }

  void reduce() {
    static const char* const kOps[] = {"ReduceMean", "ReduceMax", "ReduceL2", "ReduceProd"};
    const Known x = pick();
    const int axis = below(5) - 1;
    const bool keep = chance(128);
    Shape shape = x.shape;
    const int place = axis < 0 ? axis + static_cast<int>(shape.size()) : axis;
    if (place >= 0 && place < static_cast<int>(shape.size())) {
      if (keep)
        shape[static_cast<std::size_t>(place)] = 1;
      else
        shape.erase(shape.begin() + place);
    }
    put(chance(200)
            ? make_.node(kOps[below(4)], {x.id}, {{"axes", Ints{axis}}, {"keepdims", std::int64_t{keep}}})
            : make_.node("ArgMax", {x.id}, {{"axis", std::int64_t{axis}}, {"keepdims", std::int64_t{keep}}}),
        shape);
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  testing::QuantisedBuilder make_;
  std::vector<Known> known_;
  std::vector<ValueId> outputs_;
};

}  // namespace

Graph graph_from_script(std::span<const std::uint8_t> script) {
  return Script(script).run();
}

}  // namespace bondline::inference::fuzz
