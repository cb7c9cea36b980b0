#define BONDLINE_LANES 4
#define BONDLINE_KERNELS conduction_kernels_portable
#define BONDLINE_KERNEL_NAME "portable"
#include "numerics/conduction_kernels_body.h"
