/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the defective libraries share: one sound strategy, `defect.none`, that stores
 * its input as it is. Each library includes this file and gets one thing wrong.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "pressmark.h"

#include <string.h>

struct pm_instance {
  const pm_host *host;
};

static pm_status encode(pm_instance *self, pm_bytes input, pm_sink *sink) {
  return self->host->write(self->host->ctx, sink, input.ptr, input.len);
}

static pm_status decode(pm_instance *self, pm_bytes archive, uint64_t decoded_len,
                        pm_sink *sink) {
  (void)decoded_len;
  return self->host->write(self->host->ctx, sink, archive.ptr, archive.len);
}

static const pm_codec codec = {sizeof(pm_codec), 0, encode, decode, NULL};

static pm_status create(const pm_host *host, pm_instance **instance) {
  *instance = (pm_instance *)host->alloc(host->ctx, sizeof **instance, sizeof(void *));
  if (*instance == NULL) return PM_ERR_NO_MEMORY;
  (*instance)->host = host;
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

static const char *const interfaces[] = {PM_CODEC_1, NULL};

/* The fields of a sound strategy up to its options. */
#define STRATEGY_TEXTS(id) \
  sizeof(pm_strategy), 1, PM_CAP_LOSSLESS | PM_CAP_DETERMINISTIC, id, "Store", "1.0.0", \
      "MIT OR Apache-2.0", "pressmark", "Stores its input as it is."
#define STRATEGY_CALLS interfaces, create, destroy, get_interface
#define SOUND_STRATEGY(id) \
  { STRATEGY_TEXTS(id), 0, sizeof(pm_option_spec), NULL, STRATEGY_CALLS }

#define SOUND_PLUGIN(count, strategy) \
  { PM_MAGIC, sizeof(pm_plugin), PM_ABI_MAJOR, PM_ABI_MINOR, "defect", "1.0.0", "", count, 0, \
    strategy }

#endif
