/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The strategy lists the codec, and answers null for it. */
#include "library.h"

static const void *get_nothing(pm_instance *self, const char *id) {
  (void)id;
  return self == NULL ? get_interface(self, id) : NULL;
}
static const pm_strategy store = {
    STRATEGY_TEXTS("defect.none"), 0, sizeof(pm_option_spec), NULL, interfaces, create, destroy,
    get_nothing,
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }
static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
