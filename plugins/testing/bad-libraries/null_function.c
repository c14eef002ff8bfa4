/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The codec's table has no encode. */
#include "library.h"

static const pm_codec half = {sizeof(pm_codec), 0, NULL, decode, NULL};
static const void *get_half(pm_instance *self, const char *id) {
  return get_interface(self, id) == &codec ? &half : NULL;
}
static const pm_strategy store = {
    STRATEGY_TEXTS("defect.none"), 0, sizeof(pm_option_spec), NULL, interfaces, create, destroy,
    get_half,
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }
static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
