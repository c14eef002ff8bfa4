/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The plugin counts a strategy that it does not have. */
#include "library.h"

static const pm_strategy store = SOUND_STRATEGY("defect.none");
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }

static const pm_plugin plugin = SOUND_PLUGIN(2, strategy);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
