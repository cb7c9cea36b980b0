#define BONDLINE_LANES 16
#define BONDLINE_KERNELS conduction_kernels_avx512
#define BONDLINE_KERNEL_NAME "avx512"
#include "numerics/conduction_kernels_body.h"
