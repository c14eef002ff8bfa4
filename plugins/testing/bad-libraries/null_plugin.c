/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The entry returns null. */
#include "library.h"

PM_EXPORT const pm_plugin *pressmark_plugin_v1(void) { return NULL; }
