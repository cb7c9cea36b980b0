#define BONDLINE_LANES 8
#define BONDLINE_KERNELS conduction_kernels_avx2
#define BONDLINE_KERNEL_NAME "avx2"
#include "numerics/conduction_kernels_body.h"
