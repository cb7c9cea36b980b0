// The float32 half of the AVX2 table.
#define BONDLINE_SET avx2
#define BONDLINE_W 8
#define BONDLINE_ROWS_F32 6
#include "line/inference/kernels/body/f32_part.h"
