/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An option's kind is one that this version does not know. */
#include "library.h"

static const pm_option_spec options[] = {
    {"level", "How hard to try.", "", 99, 0, 1, 1, 9, 0, 0, 0, NULL, NULL},
};
static const pm_strategy store = {
    STRATEGY_TEXTS("defect.none"), 1, sizeof(pm_option_spec), options, STRATEGY_CALLS,
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }
static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
