/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_alloc - one allocation fails, chosen by its number
 *
 * For programs linked with t_alloc_link_args: allocations of the code under test are counted by wrapped functions.
 */
#ifndef T_ALLOC_H
#define T_ALLOC_H

#include <stdbool.h>

extern long t_alloc_countdown; /* 0 = off; 1 = the next one fails */
extern bool t_alloc_failed;    /* set when one did; the test clears it */

#endif
