/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls answer with a status that is reserved. */
#include "library.h"

static pm_status encode_more(pm_instance *self, pm_bytes input, pm_sink *sink) {
  pm_status status = encode(self, input, sink);
  return status == PM_OK ? 1 : status;
}
static const pm_codec odd = {sizeof(pm_codec), 0, encode_more, decode, NULL};
static const void *get_odd(pm_instance *self, const char *id) {
  return get_interface(self, id) == &codec ? &odd : NULL;
}
static const pm_strategy store = {
    STRATEGY_TEXTS("defect.none"), 0, sizeof(pm_option_spec), NULL, interfaces, create, destroy,
    get_odd,
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }
static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
