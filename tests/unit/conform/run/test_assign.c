/* SPDX-License-Identifier: Apache-2.0 */
/* assign: against all permutations, on every graph of up to three entries and many random ones */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/assign.h"

#define SIDE 6

struct graph {
	size_t want, have;
	bool edge[SIDE][SIDE];
};

static bool fits(void *arg, size_t want, size_t have)
{
	const struct graph *g = arg;

	return g->edge[want][have];
}

/* Tries every choice; depth is at most SIDE. */
static bool by_trying(const struct graph *g, size_t want, unsigned used)
{
	if (want == g->want)
		return true;
	for (size_t h = 0; h < g->have && want < SIDE; h++)
		if (g->edge[want][h] && !(used & 1u << h) && by_trying(g, want + 1, used | 1u << h))
			return true;
	return false;
}

static void compare(struct graph *g)
{
	size_t left = 99;
	int r = cf_assign(g->want, g->have, fits, g, &left);

	assert_int_equal(r, by_trying(g, 0, 0));
	if (!r)
		assert_true(left < g->want);
}

static void every_small_graph(void **state)
{
	for (size_t want = 0; want <= 3; want++)
		for (size_t have = 0; have <= 3; have++)
			for (unsigned bits = 0; bits < 1u << (want * have); bits++) {
				struct graph g = { .want = want, .have = have };

				for (size_t i = 0; i < want * have; i++)
					g.edge[i / have][i % have] = bits >> i & 1;
				compare(&g);
			}
}

static void larger_graphs(void **state)
{
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		struct graph g = { .want = 1 + (size_t)round % SIDE, .have = SIDE };

		for (size_t i = 0; i < SIDE * SIDE; i++) {
			seed = seed * 1664525u + 1013904223u;
			g.edge[i / SIDE][i % SIDE] = seed >> 30 == 0;
		}
		compare(&g);
	}
}

static bool one_less(void *arg, size_t want, size_t have)
{
	return have == want || have + 1 == want || (want == 0 && have == CF_ASSIGN_MAX - 1);
}

/* A chain in which the last wish moves all that came before. */
static void longest_chain(void **state)
{
	size_t left;

	assert_int_equal(cf_assign(CF_ASSIGN_MAX, CF_ASSIGN_MAX, one_less, NULL, &left), 1);
	assert_int_equal(cf_assign(CF_ASSIGN_MAX + 1, CF_ASSIGN_MAX + 1, one_less, NULL, &left), 0);
	assert_int_equal(cf_assign(3, 2, one_less, NULL, &left), 0);
	assert_int_equal(cf_assign(0, 0, one_less, NULL, NULL), 1);
	assert_int_equal(cf_assign(1, 0, one_less, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_small_graph),
		cmocka_unit_test(larger_graphs),
		cmocka_unit_test(longest_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
