/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The plugin's table is smaller than that of 1.0. */
#include "library.h"

static const pm_strategy store = SOUND_STRATEGY("defect.none");
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }

static const pm_plugin plugin = {
    PM_MAGIC, sizeof(pm_plugin) - 8, PM_ABI_MAJOR, PM_ABI_MINOR, "defect", "1.0.0", "", 1, 0,
    strategy,
};
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
