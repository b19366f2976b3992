/* SPDX-License-Identifier: Apache-2.0 */
/* test_uses - lines go on counting over a change of the file and over a restart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/uses.h"

static char path[] = "/tmp/xausl-uses-XXXXXX", kept[64];

static int setup(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	snprintf(kept, sizeof(kept), "%s.used", path);
	return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	unlink(kept);
	return unlink(path);
}

static void test_carry(void **state)
{
	const struct osci_use before[] = { { "a", 2, 10 }, { "b", 0, 20 }, { "a", 1, 30 } };
	struct osci_use now[] = { { "b", 0, 99 }, { "a", 0, 99 }, { "c", 0, 99 }, { "a", 0, 99 }, { "a", 0, 99 } };

	osci_uses_carry(now, 5, before, 3);
	assert_int_equal(now[0].since, 20);
	assert_int_equal(now[1].used, 2);
	assert_int_equal(now[2].since, 99); /* new */
	assert_int_equal(now[3].used, 1);   /* the second of the same text */
	assert_int_equal(now[4].used, 0);   /* one more of it is new */
	assert_int_equal(now[4].since, 99);
}

static void test_kept(void **state)
{
	const struct osci_use uses[] = { { "store drop 2 # no blank lost", 1, 1794816000000 }, { "", UINT32_MAX, 0 } };
	struct osci_use got[OSCI_USES_MAX];

	assert_int_equal(osci_uses_read(path, got), 0); /* nothing kept yet */
	assert_int_equal(osci_uses_write(path, uses, 2), 0);
	assert_int_equal(osci_uses_read(path, got), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(got[i].line, uses[i].line);
		assert_int_equal(got[i].used, uses[i].used);
		assert_int_equal(got[i].since, uses[i].since);
	}
	assert_int_equal(osci_uses_write("/nonexistent/rules", uses, 2), -2);
}

static void test_damaged(void **state)
{
	static const char *const wrong[] = { "x 1 a\n", "1 x a\n", "1\n", "1 2", "-1 2 a\n", "99999999999999999999999 1 a\n" };
	struct osci_use got[OSCI_USES_MAX];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		FILE *f = fopen(kept, "w");

		assert_non_null(f);
		fprintf(f, "3 4 good\n%s", wrong[i]);
		fclose(f);
		assert_int_equal(osci_uses_read(path, got), 1);
		assert_int_equal(got[0].used, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_carry), cmocka_unit_test(test_kept),
					    cmocka_unit_test(test_damaged) };

	return cmocka_run_group_tests_name("base/uses", tests, setup, teardown);
}
