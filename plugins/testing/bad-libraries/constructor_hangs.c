/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The library never ends loading. */
#include "library.h"

static const pm_strategy store = SOUND_STRATEGY("defect.none");
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }

static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
__attribute__((constructor)) static void hang(void) {
  volatile int forever = 1;
  while (forever) {
  }
}
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin; }
