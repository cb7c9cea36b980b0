// The float32 half of the portable table.
#define BONDLINE_SET portable
#define BONDLINE_W 4
#define BONDLINE_ROWS_F32 4
#include "line/inference/kernels/body/f32_part.h"
