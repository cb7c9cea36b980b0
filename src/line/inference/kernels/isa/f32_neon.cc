// The float32 half of the NEON table.
#define BONDLINE_SET neon
#define BONDLINE_W 4
#define BONDLINE_ROWS_F32 8
#include "line/inference/kernels/body/f32_part.h"
