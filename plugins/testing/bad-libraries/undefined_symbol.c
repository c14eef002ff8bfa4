/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The library needs a function that nothing provides. */
#include "library.h"

static const pm_strategy store = SOUND_STRATEGY("defect.none");
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store : NULL; }

static const pm_plugin plugin = SOUND_PLUGIN(1, strategy);
extern void function_that_nothing_provides(void);
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) {
  function_that_nothing_provides();
  return &plugin;
}
