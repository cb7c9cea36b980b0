/* The inference runtime for C (C11). Every function that can fail returns NULL or a status; the reason is in
 * the caller's text buffer (NUL-terminated, cut to size). A model may be shared by threads; a stream may not.
 * A null model, stream or buffer is a failure like any other, not a crash.
 *
 *   bl_model* model = bl_model_load("yunet.blm", why, sizeof why);
 *   bl_stream* stream = bl_stream_make(model, 2, why, sizeof why);
 *   bl_stream_run(stream, inputs, outputs);
 */
#ifndef BONDLINE_INFERENCE_H
#define BONDLINE_INFERENCE_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct bl_model bl_model;
typedef struct bl_stream bl_stream;

/* Maps and checks a compiled model. NULL: `why` says what is wrong. */
bl_model* bl_model_load(const char* path, char* why, size_t why_bytes);
/* Streams keep what they need of a model; it may be freed before them. */
void bl_model_free(bl_model* model);

size_t bl_model_inputs(const bl_model* model);
size_t bl_model_outputs(const bl_model* model);

typedef struct {
  const char* name;     /* lives as long as the model */
  const char* dtype;    /* "float32", "uint8", ... */
  const int64_t* shape; /* `rank` sizes */
  size_t rank;
  size_t bytes;
} bl_port;
/* Input or output `i`; zeros when there is none. */
bl_port bl_model_input(const bl_model* model, size_t i);
bl_port bl_model_output(const bl_model* model, size_t i);

/* An arena and `threads` threads, the caller's included (1 to the usable cores). */
bl_stream* bl_stream_make(const bl_model* model, int threads, char* why, size_t why_bytes);
void bl_stream_free(bl_stream* stream);

typedef enum { BL_DONE = 0, BL_LATE = 1, BL_DROPPED = 2, BL_FAILED = 3 } bl_status;

/* One inference on dense buffers of bl_port.bytes each. Allocates nothing. */
bl_status bl_stream_run(bl_stream* stream, const void* const* inputs, void* const* outputs);
/* The same with a deadline in nanoseconds from now: dropped if it has passed (<= 0), late if it ends later.
 */
bl_status bl_stream_run_within(bl_stream* stream, const void* const* inputs, void* const* outputs,
                               int64_t nanoseconds);

typedef struct {
  uint64_t runs, late, dropped, failed;
} bl_counters;
bl_counters bl_stream_counters(const bl_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
