/* SPDX-License-Identifier: Apache-2.0 */
/* guard - a small hash table of counters, oldest out first */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intermediary/guard.h"

#define WAYS 8 /* places a name may lie in */

struct place {
	char name[IM_GUARD_NAME_MAX + 1]; /* "" = free */
	unsigned n;
	int64_t since, last; /* of the window; last event */
};

struct im_guard {
	pthread_mutex_t lock;
	unsigned max;
	int64_t window;
	struct place places[IM_GUARD_NAMES];
};

int im_guard_new(struct im_guard **ret, unsigned max, int64_t window_ms)
{
	struct im_guard *g = calloc(1, sizeof(*g));

	*ret = g;
	if (!g)
		return -ENOMEM;
	g->max = max;
	g->window = window_ms;
	pthread_mutex_init(&g->lock, NULL);
	return 0;
}

void im_guard_freep(struct im_guard **g)
{
	if (!*g)
		return;
	pthread_mutex_destroy(&(*g)->lock);
	free(*g);
	*g = NULL;
}

/* Less than the window apart, in whatever order: a clock that was set back must not refuse until it is there again. */
static bool within(const struct im_guard *g, int64_t then, int64_t now)
{
	return now - then < g->window && then - now < g->window;
}

static bool over(const struct im_guard *g, const struct place *p, int64_t now)
{
	return p->name[0] && p->n >= g->max && within(g, p->last, now);
}

/* Place of @name; with @make the quietest of its places becomes its own. */
static struct place *place_of(struct im_guard *g, const char *name, int64_t now, bool make)
{
	struct place *best = NULL;
	uint64_t h = 14695981039346656037u;

	for (const char *c = name; *c; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211u;
	for (size_t i = 0; i < WAYS; i++) {
		struct place *p = &g->places[(h % (IM_GUARD_NAMES / WAYS)) * WAYS + i];

		if (!strcmp(p->name, name))
			return p;
		if (!best || over(g, best, now) > over(g, p, now) ||
		    (over(g, best, now) == over(g, p, now) && p->last < best->last))
			best = p;
	}
	if (!make)
		return NULL;
	*best = (struct place){ .since = now };
	snprintf(best->name, sizeof(best->name), "%s", name);
	return best;
}

bool im_guard_count(struct im_guard *g, const char *name, int64_t now)
{
	bool before, after;
	struct place *p;

	if (!g->max || !name[0])
		return false;
	pthread_mutex_lock(&g->lock);
	p = place_of(g, name, now, true);
	before = over(g, p, now);
	if (!before && !within(g, p->since, now)) {
		p->since = now;
		p->n = 0;
	}
	p->n += p->n < g->max;
	p->last = before ? p->last : now;
	after = over(g, p, now);
	pthread_mutex_unlock(&g->lock);
	return after && !before;
}

bool im_guard_refused(struct im_guard *g, const char *name, int64_t now)
{
	struct place *p;
	bool refused;

	if (!g->max || !name[0])
		return false;
	pthread_mutex_lock(&g->lock);
	p = place_of(g, name, now, false);
	refused = p && over(g, p, now);
	pthread_mutex_unlock(&g->lock);
	return refused;
}

size_t im_guard_refused_names(struct im_guard *g, int64_t now)
{
	size_t n = 0;

	pthread_mutex_lock(&g->lock);
	for (size_t i = 0; g->max && i < IM_GUARD_NAMES; i++)
		n += over(g, &g->places[i], now);
	pthread_mutex_unlock(&g->lock);
	return n;
}

void im_guard_peer(char *out, const char *address)
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, address, &a) == 1 && !IN6_IS_ADDR_V4MAPPED(&a)) {
		memset(&a.s6_addr[8], 0, 8);
		if (inet_ntop(AF_INET6, &a, text, sizeof(text))) {
			snprintf(out, IM_GUARD_NAME_MAX + 1, "%s/64", text);
			return;
		}
	}
	snprintf(out, IM_GUARD_NAME_MAX + 1, "%s", address);
}
