/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assign - augmenting paths, looked for in breadth, so without recursion: O(want * want * have)
 */
#include "run/assign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((size_t)-1)

struct graph {
	size_t n_want, n_have;
	unsigned char *edge; /* [want][have] */
	size_t *owner;	     /* have -> want */
	size_t *from;	     /* have -> want that reached it in this search */
	size_t *queue;
};

/* Finds an entry for @want, moving others if need be. */
static bool augment(struct graph *g, size_t want)
{
	size_t head = 0, tail = 0;

	for (size_t h = 0; h < g->n_have; h++)
		g->from[h] = NONE;
	g->queue[tail++] = want;
	while (head < tail) {
		size_t w = g->queue[head++];

		for (size_t h = 0; h < g->n_have; h++) {
			if (!g->edge[w * g->n_have + h] || g->from[h] != NONE)
				continue;
			g->from[h] = w;
			if (g->owner[h] != NONE) {
				g->queue[tail++] = g->owner[h];
				continue;
			}
			/* free: along the way back each takes what it reached, and leaves what it had */
			for (;;) {
				size_t had = NONE, taker = g->from[h];

				for (size_t i = 0; i < g->n_have; i++)
					if (g->owner[i] == taker)
						had = i;
				g->owner[h] = taker;
				if (had == NONE)
					return true;
				h = had;
			}
		}
	}
	return false;
}

int cf_assign(size_t n_want, size_t n_have, bool (*fits)(void *arg, size_t want, size_t have), void *arg,
	      size_t *left)
{
	struct graph g = { .n_want = n_want, .n_have = n_have < CF_ASSIGN_MAX ? n_have : CF_ASSIGN_MAX };
	int r = 1;

	if (left)
		*left = 0;
	if (!n_want)
		return 1;
	if (n_want > CF_ASSIGN_MAX || !n_have)
		return 0;
	g.edge = calloc(n_want, g.n_have);
	g.owner = calloc(g.n_have, sizeof(*g.owner));
	g.from = calloc(g.n_have, sizeof(*g.from));
	g.queue = calloc(n_want, sizeof(*g.queue));
	if (!g.edge || !g.owner || !g.from || !g.queue)
		r = -ENOMEM;
	for (size_t h = 0; r > 0 && h < g.n_have; h++)
		g.owner[h] = NONE;
	for (size_t w = 0; r > 0 && w < n_want; w++)
		for (size_t h = 0; h < g.n_have; h++)
			g.edge[w * g.n_have + h] = fits(arg, w, h);
	for (size_t w = 0; r > 0 && w < n_want; w++)
		if (!augment(&g, w)) {
			r = 0;
			if (left)
				*left = w;
		}
	free(g.edge);
	free(g.owner);
	free(g.from);
	free(g.queue);
	return r;
}
