// Rates of the convolution kernels on the layer shapes of four networks, one thread, against the peak
// measured in the same run (registers only, no memory). Best of many short windows: the figure for an
// undisturbed core.
//   bench_inference_kernels [--isa NAME] [--net NAME] [--seconds S] [--table] [--residual]
// --table: int8 outputs pass through a table; --residual: a plane is added to them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "line/inference/kernels/kernels.h"

namespace {

using namespace bondline::inference::kernels;

struct Layer {
  const char* name;
  int h, w, in_c, out_c, kernel, stride;
  bool depthwise;
  int times;  ///< layers of this shape in the network
};
struct Net {
  const char* name;
  std::vector<Layer> layers;
};

// Shapes of the published topologies (torchvision ResNet v1.5, MobileNetV2 1.0, ultralytics yolov8n at 640,
// YuNet).
const std::vector<Net>& nets() {
  static const std::vector<Net> kNets = {
      {"resnet50",
       {{"7x7/2 3-64 @224", 224, 224, 3, 64, 7, 2, false, 1},
        {"1x1 64-64 @56", 56, 56, 64, 64, 1, 1, false, 1},
        {"3x3 64-64 @56", 56, 56, 64, 64, 3, 1, false, 3},
        {"1x1 64-256 @56", 56, 56, 64, 256, 1, 1, false, 4},
        {"1x1 256-64 @56", 56, 56, 256, 64, 1, 1, false, 2},
        {"1x1 256-128 @56", 56, 56, 256, 128, 1, 1, false, 1},
        {"3x3/2 128-128 @56", 56, 56, 128, 128, 3, 2, false, 1},
        {"1x1/2 256-512 @56", 56, 56, 256, 512, 1, 2, false, 1},
        {"1x1 128-512 @28", 28, 28, 128, 512, 1, 1, false, 4},
        {"1x1 512-128 @28", 28, 28, 512, 128, 1, 1, false, 3},
        {"3x3 128-128 @28", 28, 28, 128, 128, 3, 1, false, 3},
        {"1x1 512-256 @28", 28, 28, 512, 256, 1, 1, false, 1},
        {"3x3/2 256-256 @28", 28, 28, 256, 256, 3, 2, false, 1},
        {"1x1/2 512-1024 @28", 28, 28, 512, 1024, 1, 2, false, 1},
        {"1x1 256-1024 @14", 14, 14, 256, 1024, 1, 1, false, 6},
        {"1x1 1024-256 @14", 14, 14, 1024, 256, 1, 1, false, 5},
        {"3x3 256-256 @14", 14, 14, 256, 256, 3, 1, false, 5},
        {"1x1 1024-512 @14", 14, 14, 1024, 512, 1, 1, false, 1},
        {"3x3/2 512-512 @14", 14, 14, 512, 512, 3, 2, false, 1},
        {"1x1/2 1024-2048 @14", 14, 14, 1024, 2048, 1, 2, false, 1},
        {"1x1 512-2048 @7", 7, 7, 512, 2048, 1, 1, false, 3},
        {"1x1 2048-512 @7", 7, 7, 2048, 512, 1, 1, false, 2},
        {"3x3 512-512 @7", 7, 7, 512, 512, 3, 1, false, 2},
        {"fc 2048-1000", 1, 1, 2048, 1000, 1, 1, false, 1}}},
      {"resnet18",
       {{"7x7/2 3-64 @224", 224, 224, 3, 64, 7, 2, false, 1},
        {"3x3 64-64 @56", 56, 56, 64, 64, 3, 1, false, 4},
        {"3x3/2 64-128 @56", 56, 56, 64, 128, 3, 2, false, 1},
        {"1x1/2 64-128 @56", 56, 56, 64, 128, 1, 2, false, 1},
        {"3x3 128-128 @28", 28, 28, 128, 128, 3, 1, false, 3},
        {"3x3/2 128-256 @28", 28, 28, 128, 256, 3, 2, false, 1},
        {"1x1/2 128-256 @28", 28, 28, 128, 256, 1, 2, false, 1},
        {"3x3 256-256 @14", 14, 14, 256, 256, 3, 1, false, 3},
        {"3x3/2 256-512 @14", 14, 14, 256, 512, 3, 2, false, 1},
        {"1x1/2 256-512 @14", 14, 14, 256, 512, 1, 2, false, 1},
        {"3x3 512-512 @7", 7, 7, 512, 512, 3, 1, false, 3},
        {"fc 512-1000", 1, 1, 512, 1000, 1, 1, false, 1}}},
      {"mobilenet_v2", {{"3x3/2 3-32 @224", 224, 224, 3, 32, 3, 2, false, 1},
                        {"dw3 32 @112", 112, 112, 32, 32, 3, 1, true, 1},
                        {"1x1 32-16 @112", 112, 112, 32, 16, 1, 1, false, 1},
                        {"1x1 16-96 @112", 112, 112, 16, 96, 1, 1, false, 1},
                        {"dw3/2 96 @112", 112, 112, 96, 96, 3, 2, true, 1},
                        {"1x1 96-24 @56", 56, 56, 96, 24, 1, 1, false, 1},
                        {"1x1 24-144 @56", 56, 56, 24, 144, 1, 1, false, 2},
                        {"dw3 144 @56", 56, 56, 144, 144, 3, 1, true, 1},
                        {"1x1 144-24 @56", 56, 56, 144, 24, 1, 1, false, 1},
                        {"dw3/2 144 @56", 56, 56, 144, 144, 3, 2, true, 1},
                        {"1x1 144-32 @28", 28, 28, 144, 32, 1, 1, false, 1},
                        {"1x1 32-192 @28", 28, 28, 32, 192, 1, 1, false, 3},
                        {"dw3 192 @28", 28, 28, 192, 192, 3, 1, true, 2},
                        {"1x1 192-32 @28", 28, 28, 192, 32, 1, 1, false, 2},
                        {"dw3/2 192 @28", 28, 28, 192, 192, 3, 2, true, 1},
                        {"1x1 192-64 @14", 14, 14, 192, 64, 1, 1, false, 1},
                        {"1x1 64-384 @14", 14, 14, 64, 384, 1, 1, false, 4},
                        {"dw3 384 @14", 14, 14, 384, 384, 3, 1, true, 4},
                        {"1x1 384-64 @14", 14, 14, 384, 64, 1, 1, false, 3},
                        {"1x1 384-96 @14", 14, 14, 384, 96, 1, 1, false, 1},
                        {"1x1 96-576 @14", 14, 14, 96, 576, 1, 1, false, 3},
                        {"dw3 576 @14", 14, 14, 576, 576, 3, 1, true, 2},
                        {"1x1 576-96 @14", 14, 14, 576, 96, 1, 1, false, 2},
                        {"dw3/2 576 @14", 14, 14, 576, 576, 3, 2, true, 1},
                        {"1x1 576-160 @7", 7, 7, 576, 160, 1, 1, false, 1},
                        {"1x1 160-960 @7", 7, 7, 160, 960, 1, 1, false, 3},
                        {"dw3 960 @7", 7, 7, 960, 960, 3, 1, true, 3},
                        {"1x1 960-160 @7", 7, 7, 960, 160, 1, 1, false, 2},
                        {"1x1 960-320 @7", 7, 7, 960, 320, 1, 1, false, 1},
                        {"1x1 320-1280 @7", 7, 7, 320, 1280, 1, 1, false, 1},
                        {"fc 1280-1000", 1, 1, 1280, 1000, 1, 1, false, 1}}},
      {"yolov8n",
       {{"3x3/2 3-16 @640", 640, 640, 3, 16, 3, 2, false, 1},
        {"3x3/2 16-32 @320", 320, 320, 16, 32, 3, 2, false, 1},
        {"1x1 32-32 @160", 160, 160, 32, 32, 1, 1, false, 1},
        {"3x3 16-16 @160", 160, 160, 16, 16, 3, 1, false, 2},
        {"1x1 48-32 @160", 160, 160, 48, 32, 1, 1, false, 1},
        {"3x3/2 32-64 @160", 160, 160, 32, 64, 3, 2, false, 1},
        {"1x1 64-64 @80", 80, 80, 64, 64, 1, 1, false, 1},
        {"3x3 32-32 @80", 80, 80, 32, 32, 3, 1, false, 6},
        {"1x1 128-64 @80", 80, 80, 128, 64, 1, 1, false, 1},
        {"3x3/2 64-128 @80", 80, 80, 64, 128, 3, 2, false, 1},
        {"1x1 128-128 @40", 40, 40, 128, 128, 1, 1, false, 1},
        {"3x3 64-64 @40", 40, 40, 64, 64, 3, 1, false, 10},
        {"1x1 256-128 @40", 40, 40, 256, 128, 1, 1, false, 1},
        {"3x3/2 128-256 @40", 40, 40, 128, 256, 3, 2, false, 1},
        {"1x1 256-256 @20", 20, 20, 256, 256, 1, 1, false, 1},
        {"3x3 128-128 @20", 20, 20, 128, 128, 3, 1, false, 4},
        {"1x1 384-256 @20", 20, 20, 384, 256, 1, 1, false, 2},
        {"3x3 64-64 @80", 80, 80, 64, 64, 3, 1, false, 2},
        {"3x3 64-80 @80", 80, 80, 64, 80, 3, 1, false, 1},
        {"3x3 80-80 @80", 80, 80, 80, 80, 3, 1, false, 1},
        {"1x1 80-80 @80", 80, 80, 80, 80, 1, 1, false, 1}}},
      {"yunet",
       {{"3x3/2 3-16 @320", 320, 320, 3, 16, 3, 2, false, 1},
        {"1x1 16-16 @160", 160, 160, 16, 16, 1, 1, false, 1},
        {"dw3 16 @160", 160, 160, 16, 16, 3, 1, true, 1},
        {"1x1 16-16 @80", 80, 80, 16, 16, 1, 1, false, 1},
        {"dw3 16 @80", 80, 80, 16, 16, 3, 1, true, 2},
        {"1x1 16-64 @80", 80, 80, 16, 64, 1, 1, false, 1},
        {"dw3 64 @80", 80, 80, 64, 64, 3, 1, true, 2},
        {"1x1 64-64 @40", 40, 40, 64, 64, 1, 1, false, 8},
        {"dw3 64 @40", 40, 40, 64, 64, 3, 1, true, 8}}}};
  return kNets;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

using Bytes = std::unique_ptr<unsigned char, decltype(&std::free)>;
Bytes bytes(std::size_t n) {
  const std::size_t rounded = (n + 127) / 64 * 64;
  Bytes b(static_cast<unsigned char*>(std::aligned_alloc(64, rounded)), &std::free);
  std::memset(b.get(), 1, rounded);
  return b;
}

ConvShape shape_of(const Layer& l) {
  ConvShape s;
  const int pad = l.kernel / 2, oh = (l.h + 2 * pad - l.kernel) / l.stride + 1,
            ow = (l.w + 2 * pad - l.kernel) / l.stride + 1;
  s.in = dense(1, l.h, l.w, l.in_c);
  s.out = dense(1, oh, ow, l.out_c);
  s.groups = l.depthwise ? l.in_c : 1;
  s.kernel_h = s.kernel_w = l.kernel;
  s.stride_h = s.stride_w = l.stride;
  s.pad_top = s.pad_left = pad;
  return s;
}

struct Result {
  double time;
  const char* variant;
  double peak;  ///< operations per second of registers alone, windows between the runs
};

double peak_of(const ConvInt8& c) {
  return peak_int8_ops(c.isa, 0);
}
double peak_of(const ConvF32& c) {
  return peak_f32_flops(c.isa, 0);
}

template <class Conv>
Result best_time(const Conv& conv, const ConvBuffers& b, double seconds) {
  const Bytes scratch = bytes(scratch_bytes(conv));
  Result best{1e9, variant_name(conv), 0};
  const double end = now() + seconds;
  do {
    best.peak = std::max(best.peak, peak_of(conv));
    const double t0 = now();
    run(conv, b, 0, work_items(conv), scratch.get());
    best.time = std::min(best.time, now() - t0);
  } while (now() < end);
  return best;
}

void keep_better(Result& best, const Result& other) {
  const double peak = std::max(best.peak, other.peak);
  if (other.time < best.time) best = other;
  best.peak = peak;
}

struct Extras {
  bool table = false, residual = false;
};

Result time_int8(const Layer& l, Isa isa, double seconds, Extras extras) {
  ConvInt8 c;
  c.shape = shape_of(l);
  c.isa = isa;
  c.in_zero = 7;
  c.residual_at = c.shape.out;
  c.table = extras.table;
  c.residual = extras.residual;
  c.add.ratio_q = 0.71f;
  c.add.ratio_r = 0.53f;
  const auto per = static_cast<std::size_t>(c.shape.in.c / c.shape.groups * l.kernel * l.kernel);
  std::vector<std::int8_t> w(per * static_cast<std::size_t>(l.out_c));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::int8_t>(i * 37 % 251);
  const std::vector<float> m(static_cast<std::size_t>(l.out_c), 1e-4f);
  const Bytes in = bytes(static_cast<std::size_t>(span_of(c.shape.in))),
              out = bytes(static_cast<std::size_t>(span_of(c.shape.out)));
  for (std::int64_t i = 0; i < span_of(c.shape.in); ++i)
    in.get()[i] = static_cast<unsigned char>(i * 73 % 255);
  const Bytes added = bytes(static_cast<std::size_t>(span_of(c.residual_at)));
  std::vector<std::uint8_t> lookup(256, 5);
  Result best{1e9, "", 0};
  for (c.variant = 0; c.variant < variants(c); ++c.variant) {
    const Bytes packed = bytes(packed_bytes(c));
    pack(c, {w.data(), nullptr, m.data()}, packed.get());
    keep_better(best, best_time(c, {in.get(), packed.get(), out.get(), added.get(), lookup.data()}, seconds));
  }
  return best;
}

Result time_f32(const Layer& l, Isa isa, double seconds) {
  ConvF32 c;
  c.shape = shape_of(l);
  c.isa = isa;
  c.residual_at = c.shape.out;
  c.activation.kind = Activation::relu;
  const auto per = static_cast<std::size_t>(c.shape.in.c / c.shape.groups * l.kernel * l.kernel);
  std::vector<float> w(per * static_cast<std::size_t>(l.out_c));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i * 37 % 251) * 0.01f - 1;
  const Bytes in = bytes(4 * static_cast<std::size_t>(span_of(c.shape.in))),
              out = bytes(4 * static_cast<std::size_t>(span_of(c.shape.out)));
  for (std::int64_t i = 0; i < span_of(c.shape.in); ++i)
    reinterpret_cast<float*>(in.get())[i] = static_cast<float>(i * 73 % 255) * 0.01f;
  Result best{1e9, "", 0};
  for (c.variant = 0; c.variant < variants(c); ++c.variant) {
    const Bytes packed = bytes(packed_bytes(c));
    pack(c, {w.data(), nullptr}, packed.get());
    keep_better(best, best_time(c, {in.get(), packed.get(), out.get(), nullptr, nullptr}, seconds));
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  Isa isa = best_isa();
  std::string only;
  double seconds = 0.03;
  Extras extras;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--table" || key == "--residual") {
      (key == "--table" ? extras.table : extras.residual) = true;
      continue;
    }
    if (i + 1 == argc) return 2;
    const std::string value = argv[++i];
    if (key == "--net")
      only = value;
    else if (key == "--seconds")
      seconds = std::atof(value.c_str());
    else if (key == "--isa" && isa_named(value) && runs_here(*isa_named(value)))
      isa = *isa_named(value);
    else
      return std::fprintf(stderr, "unknown option or set: %s %s\n", key.c_str(), value.c_str()), 2;
  }
  std::printf("set %s, read bandwidth L1 %.0f L2 %.0f memory %.0f GB/s\n", std::string(name_of(isa)).c_str(),
              read_bandwidth(16 << 10) * 1e-9, read_bandwidth(256 << 10) * 1e-9,
              read_bandwidth(64 << 20) * 1e-9);
  for (const Net& net : nets()) {
    if (!only.empty() && only != net.name) continue;
    double total[2] = {0, 0}, macs = 0, at_peak[2] = {0, 0};
    std::printf("\n%s\n%-22s %8s %8s %6s %-14s %8s %8s %6s\n", net.name, "layer (times)", "int8 us", "Gop/s",
                "% peak", "variant", "f32 us", "Gop/s", "% peak");
    for (const Layer& l : net.layers) {
      const double ops = 2.0 * static_cast<double>(macs_of(shape_of(l)));
      const Result a = time_int8(l, isa, seconds, extras), b = time_f32(l, isa, seconds);
      const double peak8 = a.peak, peak32 = b.peak;
      std::printf("%-18s x%-2d %8.1f %8.0f %5.0f%% %-14s %8.1f %8.0f %5.0f%% %s\n", l.name, l.times,
                  a.time * 1e6, ops / a.time * 1e-9, 100 * ops / a.time / peak8, a.variant, b.time * 1e6,
                  ops / b.time * 1e-9, 100 * ops / b.time / peak32, b.variant);
      total[0] += l.times * a.time;
      total[1] += l.times * b.time;
      at_peak[0] += l.times * ops / peak8;
      at_peak[1] += l.times * ops / peak32;
      macs += l.times * ops / 2;
    }
    std::printf("%-22s %8.0f %8.0f %5.0f%% %-14s %8.0f %8.0f %5.0f%%   (%.0f MMAC)\n", "sum", total[0] * 1e6,
                2 * macs / total[0] * 1e-9, 100 * at_peak[0] / total[0], "", total[1] * 1e6,
                2 * macs / total[1] * 1e-9, 100 * at_peak[1] / total[1], macs * 1e-6);
  }
}
