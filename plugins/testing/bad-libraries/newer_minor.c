/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Sound: a later minor version, whose tables have grown at the tail. */
#include "library.h"
typedef struct {
  pm_strategy known;
  uint64_t later[4];
} grown_strategy;

typedef struct {
  pm_plugin known;
  uint64_t later[4];
} grown_plugin;

static const grown_strategy store = {
    {sizeof(grown_strategy), 1, PM_CAP_LOSSLESS | PM_CAP_DETERMINISTIC | (UINT64_C(1) << 63),
     "defect.none", "Store", "1.0.0", "MIT OR Apache-2.0", "pressmark",
     "Stores its input as it is.", 0, sizeof(pm_option_spec), NULL, STRATEGY_CALLS},
    {1, 2, 3, 4},
};
static const pm_strategy *strategy(uint32_t index) { return index == 0 ? &store.known : NULL; }
static const grown_plugin plugin = {
    {PM_MAGIC, sizeof(grown_plugin), PM_ABI_MAJOR, PM_ABI_MINOR + 7, "defect", "1.0.0", "", 1, 0,
     strategy},
    {1, 2, 3, 4},
};
PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return &plugin.known; }
