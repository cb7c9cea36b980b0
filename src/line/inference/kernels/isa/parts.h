// The float32 half of a set's table, named BONDLINE_SET(name).
#define BONDLINE_JOIN2(a, b) a##_##b
#define BONDLINE_JOIN(a, b) BONDLINE_JOIN2(a, b)
#define BONDLINE_PART(name) BONDLINE_JOIN(name, BONDLINE_SET)
#include "line/inference/kernels/tables.h"

namespace bondline::inference::kernels {

void BONDLINE_PART(conv_f32)(const ConvTile&);
void BONDLINE_PART(depthwise_f32)(const DepthwiseRow&);
void BONDLINE_PART(finish_f32)(long n, const float* in, const float* residual, bool after,
                               const ActivationOf&, float* out);
void BONDLINE_PART(pool_f32)(const Pool&, const void* in, void* out, long first, long last);
void BONDLINE_PART(elementwise_f32)(const Elementwise&, const void* a, const void* b, void* out, long first,
                                    long last);
void BONDLINE_PART(softmax)(const Softmax&, const void* in, void* out, long first, long last);
void BONDLINE_PART(dfl)(const Dfl&, const void* in, float* out, long first, long last);
void BONDLINE_PART(layer_norm)(const LayerNorm&, const float* in, const float* gamma, const float* beta,
                               float* out, long first, long last);
void BONDLINE_PART(winograd_in)(long channels, const float* in, long row, long pixel, float* out, long plane);
void BONDLINE_PART(winograd_out)(long channels, const float* in, long plane, const float* bias, float* out,
                                 long pixel);
double BONDLINE_PART(peak_f32)(long repeats);
void BONDLINE_PART(read_all)(long bytes, const unsigned char* from);

}  // namespace bondline::inference::kernels
