/* SPDX-License-Identifier: Apache-2.0 */
/* words - names of the case format by the values of world.h, each list ended by NULL */
#ifndef CF_WORLD_WORDS_H
#define CF_WORLD_WORDS_H

#include "world/world.h"

extern const char *const cf_what_names[], *const cf_point_names[], *const cf_certificate_names[];

#endif
