/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The strategy's table is smaller than that of 1.0. */
#include "library.h"

static const pm_strategy store = {
    sizeof(pm_strategy) - 8, 1, PM_CAP_LOSSLESS, "defect.none", "Store", "1.0.0",
    "MIT OR Apache-2.0", "pressmark", "Stores its input as it is.", 0, sizeof(pm_option_spec),
    NULL, STRATEGY_CALLS,
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }
static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
