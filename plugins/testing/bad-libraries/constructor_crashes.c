/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The library crashes while it is loaded: looking at a file runs it. */
#include "library.h"

static const pm_strategy store = SOUND_STRATEGY("defect.none");
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }

static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
__attribute__((constructor)) static void crash(void) { *(volatile int *)(uintptr_t)8 = 1; }
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
