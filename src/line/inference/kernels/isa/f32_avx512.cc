// The float32 half of the AVX-512 table.
#define BONDLINE_SET avx512
#define BONDLINE_W 16
#define BONDLINE_ROWS_F32 14
#include "line/inference/kernels/body/f32_part.h"
