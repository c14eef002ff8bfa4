/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * delta.c - a complete pressmark plugin in C, from the header alone.
 *
 * Build:
 *   cc -std=c99 -O2 -Wall -Wextra -fPIC -shared -fvisibility=hidden \
 *      -I plugins/abi/include plugins/examples/delta.c -o example_delta.so
 *
 * The strategy `example.delta` replaces each byte by its difference to the byte
 * `stride` places before, then codes runs of equal differences in the manner of
 * PackBits (Apple, 1984). It suits tables of fixed-width numbers and padded text.
 *
 * What encode writes is a sequence of packets, each a control byte c and then
 *   c < 128   c + 1 differences as they are
 *   c >= 128  one difference, which stands c - 125 times (3 to 130)
 */
#include "pressmark.h"

#include <string.h>

enum { MIN_RUN = 3, MAX_RUN = 130, MAX_LITERALS = 128, MAX_STRIDE = 64, BUFFER = 4096 };
enum { PROGRESS_STEP = 1 << 14 };

/* A strategy at work: made by create, freed by destroy. */
struct pm_instance {
  const pm_host *host;
  uint64_t stride;
  uint64_t used; /* bytes in buffer */
  uint8_t buffer[BUFFER];
};

static pm_str text(const char *s) {
  pm_str str;
  str.ptr = s;
  str.len = strlen(s);
  return str;
}

/* Says why, and gives the status back. */
static pm_status fail(pm_instance *self, pm_status status, const char *why) {
  self->host->set_error(self->host->ctx, text(why));
  return status;
}

/* The sink takes a call into the host: gather bytes before it. */
static pm_status flush(pm_instance *self, pm_sink *sink) {
  uint64_t used = self->used;
  self->used = 0;
  return used == 0 ? PM_OK : self->host->write(self->host->ctx, sink, self->buffer, used);
}

static pm_status put(pm_instance *self, pm_sink *sink, uint8_t byte) {
  if (self->used == BUFFER) {
    pm_status status = flush(self, sink);
    if (status != PM_OK) return status;
  }
  self->buffer[self->used++] = byte;
  return PM_OK;
}

static uint8_t difference(const pm_instance *self, pm_bytes input, uint64_t at) {
  uint8_t before = at < self->stride ? 0 : input.ptr[at - self->stride];
  return (uint8_t)(input.ptr[at] - before);
}

/* How many equal differences begin at `at`; 0 at the end of the input. */
static uint64_t run_at(const pm_instance *self, pm_bytes input, uint64_t at) {
  uint64_t len = 0;
  while (len < MAX_RUN && at + len < input.len &&
         difference(self, input, at + len) == difference(self, input, at))
    len++;
  return len;
}

static pm_status encode(pm_instance *self, pm_bytes input, pm_sink *sink) {
  const pm_host *host = self->host;
  uint64_t at = 0, in_runs = 0, packets = 0, next_progress = 0;
  pm_status status = PM_OK;
  self->used = 0;
  while (at < input.len) {
    uint64_t i, len = run_at(self, input, at);
    if (at >= next_progress) {
      status = host->progress(host->ctx, at, input.len);
      if (status != PM_OK) return status;
      next_progress = at + PROGRESS_STEP;
    }
    if (len >= MIN_RUN) {
      status = put(self, sink, (uint8_t)(len + 125));
      if (status == PM_OK) status = put(self, sink, difference(self, input, at));
      in_runs += len;
    } else {
      /* Literals, up to the next run worth a packet of its own. */
      len = 0;
      while (len < MAX_LITERALS && at + len < input.len &&
             run_at(self, input, at + len) < MIN_RUN)
        len++;
      status = put(self, sink, (uint8_t)(len - 1));
      for (i = 0; i < len && status == PM_OK; i++)
        status = put(self, sink, difference(self, input, at + i));
    }
    if (status != PM_OK) return status;
    at += len;
    packets++;
  }
  host->metric(host->ctx, text("packets"), text("packets"), (double)packets);
  host->channel(host->ctx, text("runs"), input.len, in_runs);
  return flush(self, sink);
}

static pm_status decode(pm_instance *self, pm_bytes archive, uint64_t decoded_len,
                        pm_sink *sink) {
  const pm_host *host = self->host;
  uint8_t history[MAX_STRIDE] = {0};
  uint64_t at = 0, done = 0, next_progress = 0;
  self->used = 0;
  while (at < archive.len) {
    uint8_t control = archive.ptr[at++];
    int is_run = control >= 128;
    uint64_t i, len = is_run ? control - 125u : control + 1u;
    /* The archive may be damaged: trust neither its packets nor decoded_len. */
    if (archive.len - at < (is_run ? 1 : len))
      return fail(self, PM_ERR_BAD_INPUT, "the archive ends within a packet");
    if (decoded_len - done < len)
      return fail(self, PM_ERR_BAD_INPUT, "the archive holds more bytes than were announced");
    for (i = 0; i < len; i++) {
      uint8_t *before = &history[(done + i) % self->stride];
      pm_status status;
      *before = (uint8_t)(*before + archive.ptr[is_run ? at : at + i]);
      status = put(self, sink, *before);
      if (status != PM_OK) return status;
    }
    at += is_run ? 1 : len;
    done += len;
    if (done >= next_progress) {
      pm_status status = host->progress(host->ctx, done, decoded_len);
      if (status != PM_OK) return status;
      next_progress = done + PROGRESS_STEP;
    }
  }
  if (done != decoded_len)
    return fail(self, PM_ERR_BAD_INPUT, "the archive holds fewer bytes than were announced");
  return flush(self, sink);
}

/* One control byte per 128 literals at worst. */
static uint64_t bound(pm_instance *self, uint64_t input_len) {
  (void)self;
  return input_len + input_len / MAX_LITERALS + 1;
}

static const pm_codec codec = {sizeof(pm_codec), 0, encode, decode, bound};

static pm_status create(const pm_host *host, pm_instance **instance) {
  int64_t stride = 0;
  pm_instance *self;
  pm_status status = host->option_int(host->ctx, "stride", &stride);
  if (status != PM_OK) return status;
  self = (pm_instance *)host->alloc(host->ctx, sizeof *self, sizeof(void *));
  if (self == NULL) return PM_ERR_NO_MEMORY;
  self->host = host;
  self->stride = (uint64_t)stride;
  self->used = 0;
  *instance = self;
  return PM_OK;
}

static void destroy(pm_instance *self) {
  const pm_host *host = self->host;
  host->free(host->ctx, self, sizeof *self, sizeof(void *));
}

static const void *get_interface(pm_instance *self, const char *id) {
  (void)self;
  return strcmp(id, PM_CODEC_1) == 0 ? &codec : NULL;
}

/* The constant tables: read by the host without a call. Fields in the order of the
 * header, for C++ compilers want no names here. */
static const pm_option_spec options[] = {{
    "stride",
    "Bytes from each byte to the one it is subtracted from: the width of a record.",
    "bytes",
    PM_OPTION_INT,
    0,
    1, 1, MAX_STRIDE, /* default, min, max */
    0, 0, 0,
    NULL, NULL,
}};

static const char *const interfaces[] = {PM_CODEC_1, NULL};

static const pm_strategy delta = {
    sizeof(pm_strategy),
    1, /* format_version */
    PM_CAP_LOSSLESS | PM_CAP_DETERMINISTIC | PM_CAP_CONCURRENT | PM_CAP_HOST_MEMORY,
    "example.delta",
    "Delta and run lengths",
    "1.0.0",
    "MIT OR Apache-2.0",
    "pressmark",
    "Differences of bytes a stride apart, runs of equal ones in the manner of PackBits.",
    sizeof options / sizeof options[0],
    sizeof(pm_option_spec),
    options,
    interfaces,
    create,
    destroy,
    get_interface,
};

static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &delta : NULL; }

static const pm_plugin plugin = {
    PM_MAGIC,        sizeof(pm_plugin), PM_ABI_MAJOR, PM_ABI_MINOR,
    "example_delta", "1.0.0",           "",           1,
    0,               strategy,
};

/* The one export. */
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
