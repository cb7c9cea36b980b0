// The whole float32 half of a table: included once by each f32_*.cc.
#include "line/inference/kernels/body/conv_f32.h"
#include "line/inference/kernels/body/small_f32.h"
#include "line/inference/kernels/body/winograd.h"
#include "line/inference/kernels/isa/parts.h"

namespace bondline::inference::kernels {

void BONDLINE_PART(conv_f32)(const ConvTile& t) {
  conv_f32(t);
}
void BONDLINE_PART(depthwise_f32)(const DepthwiseRow& r) {
  depthwise_f32(r);
}
void BONDLINE_PART(finish_f32)(long n, const float* in, const float* residual, bool after,
                               const ActivationOf& act, float* out) {
  finish_f32(n, in, residual, after, act, out);
}
void BONDLINE_PART(pool_f32)(const Pool& p, const void* in, void* out, long first, long last) {
  pool_f32(p, in, out, first, last);
}
void BONDLINE_PART(elementwise_f32)(const Elementwise& e, const void* a, const void* b, void* out, long first,
                                    long last) {
  elementwise_f32(e, a, b, out, first, last);
}
void BONDLINE_PART(softmax)(const Softmax& s, const void* in, void* out, long first, long last) {
  softmax(s, in, out, first, last);
}
void BONDLINE_PART(dfl)(const Dfl& d, const void* in, float* out, long first, long last) {
  dfl(d, in, out, first, last);
}
void BONDLINE_PART(layer_norm)(const LayerNorm& l, const float* in, const float* gamma, const float* beta,
                               float* out, long first, long last) {
  layer_norm(l, in, gamma, beta, out, first, last);
}

void BONDLINE_PART(winograd_in)(long channels, const float* in, long row, long pixel, float* out,
                                long plane) {
  winograd_in(channels, in, row, pixel, out, plane);
}
void BONDLINE_PART(winograd_out)(long channels, const float* in, long plane, const float* bias, float* out,
                                 long pixel) {
  winograd_out(channels, in, plane, bias, out, pixel);
}
double BONDLINE_PART(peak_f32)(long repeats) {
  return peak_f32(repeats);
}
void BONDLINE_PART(read_all)(long bytes, const unsigned char* from) {
  read_all(bytes, from);
}

}  // namespace bondline::inference::kernels
