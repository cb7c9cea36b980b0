/* One inference from C. Links the inference runtime and base, nothing else.
 *   cmake --build build/release --target example_infer_c
 *   build/release/bin/example_infer_c model.blm [input.f32]
 * The input is raw numbers in the layout the model names; without it zeros are used. */
#include <stdio.h>
#include <stdlib.h>

#include "line/inference/runtime/bondline_inference.h"

enum { kMost = 16 };

static void* buffer(bl_port port) {
  void* memory = aligned_alloc(64, (port.bytes + 64) / 64 * 64);
  if (memory == NULL) exit(3);
  for (size_t i = 0; i < port.bytes; ++i) ((unsigned char*)memory)[i] = 0;
  return memory;
}

int main(int argc, char** argv) {
  char why[512] = "";
  if (argc < 2) return fprintf(stderr, "usage: %s model.blm [input.f32]\n", argv[0]), 2;
  bl_model* model = bl_model_load(argv[1], why, sizeof why);
  if (model == NULL) return fprintf(stderr, "%s\n", why), 2;
  bl_stream* stream = bl_stream_make(model, 1, why, sizeof why);
  if (stream == NULL) return fprintf(stderr, "%s\n", why), 2;

  void *in[kMost], *out[kMost];
  const size_t inputs = bl_model_inputs(model), outputs = bl_model_outputs(model);
  if (inputs > kMost || outputs > kMost) return fprintf(stderr, "too many ports for an example\n"), 2;
  for (size_t i = 0; i < inputs; ++i) in[i] = buffer(bl_model_input(model, i));
  for (size_t i = 0; i < outputs; ++i) out[i] = buffer(bl_model_output(model, i));
  if (argc > 2 && inputs > 0) {
    FILE* file = fopen(argv[2], "rb");
    const size_t bytes = bl_model_input(model, 0).bytes;
    if (file == NULL || fread(in[0], 1, bytes, file) != bytes)
      return fprintf(stderr, "%s is no %zu bytes\n", argv[2], bytes), 2;
    fclose(file);
  }

  /* A camera's frame is worth 50 ms: a run that ends later is counted. */
  const bl_status status = bl_stream_run_within(stream, (const void* const*)in, out, 50 * 1000 * 1000);
  printf("status %d, late %llu\n", (int)status, (unsigned long long)bl_stream_counters(stream).late);
  for (size_t i = 0; i < outputs; ++i) {
    const bl_port port = bl_model_output(model, i);
    printf("%s %s [", port.name, port.dtype);
    for (size_t d = 0; d < port.rank; ++d) printf("%s%lld", d ? ", " : "", (long long)port.shape[d]);
    printf("] first %g\n", port.bytes >= 4 ? ((float*)out[i])[0] : 0.0);
    free(out[i]);
  }
  for (size_t i = 0; i < inputs; ++i) free(in[i]);
  bl_stream_free(stream);
  bl_model_free(model);
  return status == BL_DONE || status == BL_LATE ? 0 : 1;
}
