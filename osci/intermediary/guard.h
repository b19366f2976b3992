/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard - counts events per name, and says who had too many
 *
 * For failed decryptions per address (a padding oracle needs thousands) and for orders per client.  At @max events
 * within @window the name is refused until @window after the last of them.  At most IM_GUARD_NAMES names are known; a new one
 * replaces the one that was quiet longest, refused ones last.  Thread-safe; times are ms since 1970.
 */
#ifndef OSCI_INTERMEDIARY_GUARD_H
#define OSCI_INTERMEDIARY_GUARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IM_GUARD_NAMES 4096
#define IM_GUARD_NAME_MAX 64

struct im_guard;

/* @max 0 = nobody is ever refused. */
int im_guard_new(struct im_guard **ret, unsigned max, int64_t window_ms);
void im_guard_freep(struct im_guard **g);
/* One more event of @name; true if it is the one that makes it refused. */
bool im_guard_count(struct im_guard *g, const char *name, int64_t now);
bool im_guard_refused(struct im_guard *g, const char *name, int64_t now);
size_t im_guard_refused_names(struct im_guard *g, int64_t now);

/* Numeric address as a name: IPv6 by its /64, which one host has for itself alone. @out of IM_GUARD_NAME_MAX + 1. */
void im_guard_peer(char *out, const char *address);

#endif
