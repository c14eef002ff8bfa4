/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host in C, small enough to read: it drives the plugin it is linked with through
 * round trips, damaged archives and refused memory. Exits with 0 when all is well.
 */
#include "pressmark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pm_sink {
  uint8_t *bytes;
  uint64_t len, limit;
};

static int64_t live;      /* bytes allocated and not freed */
static int refuse_memory; /* answer alloc with null */
static int cancel;        /* answer progress with "stop" */
static int64_t option;    /* the value of every integer option */
static char error[200];

static void *host_alloc(void *ctx, uint64_t size, uint64_t align) {
  (void)ctx, (void)align;
  if (refuse_memory) return NULL;
  live += (int64_t)size;
  return malloc((size_t)size);
}
static void *host_alloc_zeroed(void *ctx, uint64_t size, uint64_t align) {
  void *block = host_alloc(ctx, size, align);
  return block == NULL ? NULL : memset(block, 0, (size_t)size);
}
static void *host_realloc(void *ctx, void *block, uint64_t old_size, uint64_t new_size,
                          uint64_t align) {
  (void)ctx, (void)align;
  if (refuse_memory) return NULL;
  live += (int64_t)(new_size - old_size);
  return realloc(block, (size_t)new_size);
}
static void host_free(void *ctx, void *block, uint64_t size, uint64_t align) {
  (void)ctx, (void)align;
  live -= (int64_t)size;
  free(block);
}
static pm_status host_write(void *ctx, pm_sink *sink, const void *data, uint64_t len) {
  (void)ctx;
  if (sink->limit - sink->len < len) return PM_ERR_SINK;
  memcpy(sink->bytes + sink->len, data, (size_t)len);
  sink->len += len;
  return PM_OK;
}
static uint8_t *host_reserve(void *ctx, pm_sink *sink, uint64_t len) {
  (void)ctx;
  return sink->limit - sink->len < len ? NULL : sink->bytes + sink->len;
}
static pm_status host_commit(void *ctx, pm_sink *sink, uint64_t used) {
  (void)ctx;
  sink->len += used;
  return PM_OK;
}
static pm_status host_add(void *ctx, pm_list *list, uint64_t first, uint64_t second) {
  (void)ctx, (void)list, (void)first, (void)second;
  return PM_OK;
}
static void host_log(void *ctx, int32_t level, pm_str message) {
  (void)ctx, (void)level, (void)message;
}
static void host_set_error(void *ctx, pm_str message) {
  (void)ctx;
  snprintf(error, sizeof error, "%.*s", (int)message.len, message.ptr);
}
static pm_status host_progress(void *ctx, uint64_t done, uint64_t total) {
  (void)ctx, (void)done, (void)total;
  return cancel ? PM_ERR_CANCELLED : PM_OK;
}
static void host_metric(void *ctx, pm_str name, pm_str unit, double value) {
  (void)ctx, (void)name, (void)unit, (void)value;
}
static void host_channel(void *ctx, pm_str name, uint64_t lookups, uint64_t hits) {
  (void)ctx, (void)name, (void)lookups, (void)hits;
}
static void host_series(void *ctx, pm_str name, double x, double y) {
  (void)ctx, (void)name, (void)x, (void)y;
}
static pm_status host_option_int(void *ctx, const char *name, int64_t *value) {
  (void)ctx, (void)name;
  *value = option;
  return PM_OK;
}
static pm_status host_option_float(void *ctx, const char *name, double *value) {
  (void)ctx, (void)name, (void)value;
  return PM_ERR_BAD_CALL;
}
static pm_status host_option_str(void *ctx, const char *name, pm_str *value) {
  (void)ctx, (void)name, (void)value;
  return PM_ERR_BAD_CALL;
}
static const void *host_get_extension(void *ctx, const char *id) {
  (void)ctx, (void)id;
  return NULL;
}

static const pm_host host = {
    sizeof(pm_host),   PM_ABI_MAJOR,   PM_ABI_MINOR,    NULL,
    host_alloc,        host_alloc_zeroed, host_realloc, host_free,
    host_write,        host_reserve,   host_commit,     host_add,
    host_add,          host_log,       host_set_error,  host_progress,
    host_metric,       host_channel,   host_series,     host_option_int,
    host_option_float, host_option_str, 0,              0,
    1,                 0,              host_get_extension,
};

#define CHECK(what)                                                        \
  do {                                                                     \
    if (!(what)) {                                                         \
      printf("line %d, stride %d: %s\n", __LINE__, (int)option, #what);    \
      exit(1);                                                             \
    }                                                                      \
  } while (0)

enum { ROOM = 1 << 20 };

/* One call on a fresh instance; `side` is the decoded length, or -1 to encode. */
static pm_status run(const pm_strategy *strategy, const uint8_t *data, uint64_t len, int64_t side,
                     struct pm_sink *sink) {
  pm_instance *instance = NULL;
  pm_bytes bytes;
  const pm_codec *codec;
  pm_status status = strategy->create(&host, &instance);
  if (status != PM_OK) return status;
  bytes.ptr = len == 0 ? NULL : data;
  bytes.len = len;
  codec = (const pm_codec *)strategy->get_interface(instance, PM_CODEC_1);
  CHECK(codec != NULL && codec->struct_size >= sizeof(pm_codec));
  CHECK(strategy->get_interface(instance, "pressmark.codec/2") == NULL);
  sink->len = 0;
  sink->limit = side < 0 ? ROOM : (uint64_t)side;
  status = side < 0 ? codec->encode(instance, bytes, sink)
                    : codec->decode(instance, bytes, (uint64_t)side, sink);
  CHECK(side >= 0 || codec->bound == NULL || sink->len <= codec->bound(instance, len));
  strategy->destroy(instance);
  CHECK(live == 0);
  return status;
}

static void round_trip(const pm_strategy *strategy, const uint8_t *data, uint64_t len) {
  static uint8_t archive[ROOM], decoded[ROOM];
  struct pm_sink encoded, back;
  uint64_t at;
  encoded.bytes = archive;
  back.bytes = decoded;
  CHECK(run(strategy, data, len, -1, &encoded) == PM_OK);
  CHECK(run(strategy, archive, encoded.len, (int64_t)len, &back) == PM_OK);
  CHECK(back.len == len && (len == 0 || memcmp(decoded, data, (size_t)len) == 0));
  /* Damaged archives end, and write no more than was announced. */
  for (at = 0; at < encoded.len; at += 1 + encoded.len / 50) {
    CHECK(run(strategy, archive, at, (int64_t)len, &back) <= PM_OK);
    archive[at] ^= (uint8_t)(1u << (at % 8));
    CHECK(run(strategy, archive, encoded.len, (int64_t)len, &back) <= PM_OK);
    archive[at] ^= (uint8_t)(1u << (at % 8));
  }
  CHECK(len == 0 || run(strategy, archive, encoded.len, (int64_t)len - 1, &back) < PM_OK);
}

int main(void) {
  static uint8_t data[100000];
  const pm_plugin *plugin = pressmark_plugin_v1();
  const pm_strategy *strategy = plugin->strategy(0);
  struct pm_sink sink;
  uint32_t i, state = 1;
  CHECK(plugin->magic == PM_MAGIC && plugin->struct_size >= sizeof(pm_plugin));
  CHECK(plugin->strategy(plugin->strategy_count) == NULL);
  for (option = strategy->options[0].int_min; option <= strategy->options[0].int_max;
       option = option * 2 + 1) {
    round_trip(strategy, data, 0);
    memset(data, 'a', sizeof data);
    round_trip(strategy, data, 1);
    round_trip(strategy, data, sizeof data);
    for (i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i / 7);
    round_trip(strategy, data, sizeof data);
    for (i = 0; i < sizeof data; i++) {
      state = state * 1664525u + 1013904223u;
      data[i] = (uint8_t)(state >> 24);
    }
    round_trip(strategy, data, sizeof data);
  }
  option = 1;
  sink.bytes = data;
  cancel = 1;
  CHECK(run(strategy, (const uint8_t *)"aaaa", 4, -1, &sink) == PM_ERR_CANCELLED);
  refuse_memory = 1;
  CHECK(run(strategy, (const uint8_t *)"aaaa", 4, -1, &sink) == PM_ERR_NO_MEMORY);
  return 0;
}
