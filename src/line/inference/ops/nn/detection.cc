// What detectors end with: NonMaxSuppression; and RoiAlign, which reads regions of a feature map.
#include <cmath>

#include "line/inference/ops/support.h"

namespace bondline::inference {

namespace {

struct Box {
  float top, left, bottom, right;
};

Box box_at(const OpTensor& boxes, std::int64_t i, bool centred) {
  const float* b = boxes.as<const float>() + 4 * i;
  if (centred) return {b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2};
  return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
}

float overlap(const Box& a, const Box& b) {
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top),
              width = std::min(a.right, b.right) - std::max(a.left, b.left);
  if (!(height > 0 && width > 0)) return 0;
  const float both = height * width;
  return both / ((a.bottom - a.top) * (a.right - a.left) + (b.bottom - b.top) * (b.right - b.left) - both);
}

// take(batch, class, box) for every box kept, best first within a class.
template <class Take>
void suppress(const Node& node, std::span<const OpTensor> in, Take take) {
  const std::int64_t batches = in[0].shape[0], count = in[0].shape[1], classes = in[1].shape[1];
  const std::int64_t most = has(in, 2) ? int_at(in[2], 0) : 0;
  const float limit = has(in, 3) ? static_cast<float>(real_at(in[3], 0)) : 0;
  const bool scored = has(in, 4);
  const float least = scored ? static_cast<float>(real_at(in[4], 0)) : 0;
  const bool centred = node.integer("center_point_box", 0) != 0;
  std::vector<std::int64_t> order, kept;
  for (std::int64_t n = 0; n < batches; ++n)
    for (std::int64_t c = 0; c < classes; ++c) {
      const float* score = in[1].as<const float>() + (n * classes + c) * count;
      order.clear();
      kept.clear();
      for (std::int64_t i = 0; i < count; ++i)
        if (!std::isnan(score[i]) && (!scored || score[i] > least)) order.push_back(i);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::int64_t a, std::int64_t b) { return score[a] > score[b]; });
      for (const std::int64_t i : order) {
        if (static_cast<std::int64_t>(kept.size()) >= most) break;
        const Box box = box_at(in[0], n * count + i, centred);
        const bool hidden = std::any_of(kept.begin(), kept.end(), [&](std::int64_t k) {
          return overlap(box, box_at(in[0], n * count + k, centred)) > limit;
        });
        if (hidden) continue;
        kept.push_back(i);
        take(n, c, i);
      }
    }
}

bool infer_suppression(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 2, 5, problem) || !check_rank(call, 0, 3, 3, problem) ||
      !check_rank(call, 1, 3, 3, problem))
    return false;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    if (!has(call.in, i)) continue;
    if (!check_type(call, i, {i == 2 ? DType::i64 : DType::f32}, problem)) return false;
    if (i > 1 && elements_of(call.in[i].shape) != 1)
      return fail(problem, "input " + std::to_string(i) + " must be one number");
  }
  const Shape &boxes = call.in[0].shape, &scores = call.in[1].shape;
  if (boxes[2] != 4 || boxes[0] != scores[0] || boxes[1] != scores[2])
    return fail(problem, "boxes of shape " + to_string(boxes) + " do not fit scores of " + to_string(scores));
  std::vector<OpTensor> in;
  for (const ValueType& type : call.in) {
    if (type.present() && type.constant == nullptr)
      return fail(problem, "the shape of its output depends on data");
    in.push_back(type.present()
                     ? OpTensor{type.dtype, type.shape,
                                type.constant->bytes ? const_cast<std::byte*>(
                                                           type.constant->bytes->data())  // NOLINT: read only
                                                     : nullptr}
                     : OpTensor{});
  }
  std::int64_t rows = 0;
  suppress(call.node, in, [&](std::int64_t, std::int64_t, std::int64_t) { ++rows; });
  return give(out, 0, DType::i64, {rows, 3});
}

bool run_suppression(const OpCall& call, std::string*) {
  auto* row = call.out[0].as<std::int64_t>();
  suppress(call.node, call.in, [&](std::int64_t n, std::int64_t c, std::int64_t i) {
    *row++ = n;
    *row++ = c;
    *row++ = i;
  });
  return true;
}

bool infer_roi(const InferCall& call, Outputs* out, std::string* problem) {
  if (!check_inputs(call, 3, 3, problem) || !check_float(call, 0, problem) ||
      !check_same(call, 0, 1, problem) || !check_type(call, 2, {DType::i64}, problem) ||
      !check_rank(call, 0, 4, 4, problem) || !check_rank(call, 1, 2, 2, problem))
    return false;
  const std::string_view mode = text_of(call.node, "mode", "avg"),
                         position = text_of(call.node, "coordinate_transformation_mode", "half_pixel");
  // Implementations disagree on what the maximum is taken of.
  if (mode != "avg")
    return fail(problem, "attribute mode is \"" + std::string(mode) + "\", which is not supported");
  if (position != "half_pixel" && position != "output_half_pixel")
    return fail(problem, "attribute coordinate_transformation_mode is \"" + std::string(position) +
                             "\", which is not supported");
  const std::int64_t regions = call.in[1].shape[0], height = call.node.integer("output_height", 1),
                     width = call.node.integer("output_width", 1);
  if (call.in[1].shape[1] != 4 || call.in[2].shape != Shape{regions})
    return fail(problem, "rois and batch_indices do not fit each other");
  constexpr std::int64_t kMost = 1 << 16;
  if (height < 1 || width < 1 || height > kMost || width > kMost)
    return fail(problem, "attribute output_height or output_width is out of range");
  const std::int64_t ratio = call.node.integer("sampling_ratio", 0);
  if (ratio < 0 || ratio > 1024) return fail(problem, "attribute sampling_ratio is out of range");
  return give(out, 0, call.in[0].dtype, {regions, call.in[0].shape[1], height, width});
}

// Positions in float, as implementations have them: samples may lie on the image's very edge.
template <class T>
double bilinear(const T* image, std::int64_t height, std::int64_t width, float y, float x) {
  if (!(y >= -1 && y <= static_cast<float>(height) && x >= -1 && x <= static_cast<float>(width))) return 0;
  y = std::max(y, 0.0f);
  x = std::max(x, 0.0f);
  const auto low = [](float* v, std::int64_t size) {
    const auto whole = static_cast<std::int64_t>(*v);
    if (whole < size - 1) return whole;
    *v = static_cast<float>(size - 1);
    return size - 1;
  };
  const std::int64_t i = low(&y, height), j = low(&x, width);
  const std::int64_t below = std::min(i + 1, height - 1), right = std::min(j + 1, width - 1);
  const double u = static_cast<double>(y - static_cast<float>(i)),
               v = static_cast<double>(x - static_cast<float>(j));
  const auto at = [&](std::int64_t a, std::int64_t b) { return static_cast<double>(image[a * width + b]); };
  return (1 - u) * ((1 - v) * at(i, j) + v * at(i, right)) +
         u * ((1 - v) * at(below, j) + v * at(below, right));
}

// He et al. 2017 (Mask R-CNN), section 3: the mean of samples in every bin.
bool run_roi(const OpCall& call, std::string* problem) {
  const Ints x = call.in[0].shape, y = call.out[0].shape;
  const float scale = call.node.real("spatial_scale", 1);
  const std::int64_t ratio = call.node.integer("sampling_ratio", 0);
  const bool half =
      call.opset >= 16 && text_of(call.node, "coordinate_transformation_mode", "half_pixel") == "half_pixel";
  const float shift = half ? 0.5f : 0;
  if (call.out[0].elements() == 0) return true;
  if (x[2] * x[3] == 0) return fail(problem, "the image is empty");
  constexpr float kMostSamples = 1024;
  return with_float(call.in[0].dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (std::int64_t r = 0; r < y[0]; ++r) {
      const std::int64_t batch = call.in[2].as<const std::int64_t>()[r];
      if (batch < 0 || batch >= x[0]) return fail(problem, "batch_indices holds " + std::to_string(batch));
      float edge[4];
      for (int k = 0; k < 4; ++k)
        edge[k] = static_cast<float>(real_at(call.in[1], r * 4 + k)) * scale - shift;
      float width = edge[2] - edge[0], height = edge[3] - edge[1];
      if (!half) width = std::max(width, 1.0f), height = std::max(height, 1.0f);
      const float bin_h = height / static_cast<float>(y[2]), bin_w = width / static_cast<float>(y[3]);
      const auto samples = [&](float bin) {
        return ratio > 0 ? ratio : static_cast<std::int64_t>(std::clamp(std::ceil(bin), 0.0f, kMostSamples));
      };
      if (!(bin_h <= kMostSamples && bin_w <= kMostSamples))
        return fail(problem, "a region is too large or not a number");
      const std::int64_t rows = samples(bin_h), columns = samples(bin_w);
      const auto count = static_cast<double>(std::max<std::int64_t>(rows * columns, 1));
      for (std::int64_t c = 0; c < x[1]; ++c)
        for (std::int64_t i = 0; i < y[2]; ++i)
          for (std::int64_t j = 0; j < y[3]; ++j) {
            double sum = 0;
            const auto place = [](float begin, std::int64_t bin, float size, std::int64_t k, std::int64_t n) {
              return begin + static_cast<float>(bin) * size +
                     (static_cast<float>(k) + 0.5f) * size / static_cast<float>(n);
            };
            const T* image = call.in[0].as<const T>() + (batch * x[1] + c) * x[2] * x[3];
            for (std::int64_t a = 0; a < rows; ++a)
              for (std::int64_t b = 0; b < columns; ++b)
                sum += bilinear(image, x[2], x[3], place(edge[1], i, bin_h, a, rows),
                                place(edge[0], j, bin_w, b, columns));
            call.out[0].as<T>()[((r * x[1] + c) * y[2] + i) * y[3] + j] =
                T(static_cast<Arithmetic<T>>(sum / count));
          }
    }
    return true;
  });
}

constexpr OpInfo kOps[] = {
    {"", "NonMaxSuppression", 10, 21, infer_suppression, run_suppression, nullptr, false},
    {"", "RoiAlign", 10, 21, infer_roi, run_roi}};

}  // namespace

std::span<const OpInfo> detection_ops() {
  return kOps;
}

}  // namespace bondline::inference
