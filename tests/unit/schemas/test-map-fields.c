/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl fields: list of messages, tables of fields, usage errors
 */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/commands.h"

static char out[400000];

/* Runs the command with standard output in @out and standard error nowhere; returns the exit status. */
static int run(const char *a, const char *b, const char *c, const char *d)
{
	char *argv[] = { (char *)(uintptr_t)"fields", (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c,
			 (char *)(uintptr_t)d, NULL };
	FILE *file = tmpfile(), *sink = fopen("/dev/null", "w");
	int argc = 1, status, out_fd, err_fd;
	size_t n;

	assert_non_null(file);
	assert_non_null(sink);
	while (argv[argc])
		argc++;
	fflush(stdout);
	fflush(stderr);
	out_fd = dup(STDOUT_FILENO);
	err_fd = dup(STDERR_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(sink), STDERR_FILENO);
	optind = 0;
	status = xausl_cmd_fields(argc, argv, getenv("XAUSL_SOURCE_ROOT"));
	fflush(stdout);
	dup2(out_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	close(out_fd);
	close(err_fd);
	rewind(file);
	n = fread(out, 1, sizeof(out) - 1, file);
	out[n] = 0;
	fclose(file);
	fclose(sink);
	return status;
}

static unsigned count(const char *what)
{
	const char *s = out;
	unsigned n = 0;

	while ((s = strstr(s, what))) {
		n++;
		s += strlen(what);
	}
	return n;
}

static void test_list(void **state)
{
	assert_int_equal(run("--release", "26.11", NULL, NULL), 0);
	assert_int_equal(count("\n"), 18 + 10);
	assert_int_equal(count("both ways"), 10);
	assert_int_equal(count("office to BAMF"), 10);
	assert_int_equal(count("BAMF to office"), 8);
}

static void test_one(void **state)
{
	assert_int_equal(run("--release", "26.11", "070011", NULL), 0);
	assert_non_null(strstr(out, "\n  purpose "));
	assert_non_null(strstr(out, "granting, obligation_check, permit_extension, settlement_permit"));
	assert_null(strstr(out, "residence_title"));
	assert_int_equal(run("--now", "2026-11-16T09:00:00", "070012", NULL), 0);
	assert_non_null(strstr(out, "none, completed, record"));
	assert_int_equal(run("--release", "26.11", "0010", NULL), 0);
	assert_non_null(strstr(out, "\n  reasons[].code "));
	assert_non_null(strstr(out, "code(Fehlercodes-in-XInneres)"));
	assert_non_null(strstr(out, "NachrichtenID, Nachrichtentypen-in-XInneres"));
	assert_non_null(strstr(out, "\n  original_xml "));
}

static void test_markdown(void **state)
{
	assert_int_equal(run("--release", "26.11", "--markdown", NULL), 0);
	assert_int_equal(count("### 07"), 18);
	assert_int_equal(count("### 0"), 18 + 10);
	assert_non_null(strstr(out, "| `person.address.postcode` | text | yes | at most 5 of [0-9 ]* | "));
	assert_non_null(strstr(out, "nachname/name\\|nichtVorhanden |\n"));
}

static void test_usage(void **state)
{
	assert_int_equal(run("--help", NULL, NULL, NULL), 0);
	assert_int_equal(run("--no-such", NULL, NULL, NULL), 2);
	assert_int_equal(run("--release", "99.99", NULL, NULL), 2);
	assert_int_equal(run("--release", "26.11", "070002", NULL), 2);
	assert_int_equal(run("--now", "yesterday", NULL, NULL), 2);
	assert_int_equal(run("--schemas", "/nonexistent", NULL, NULL), 2);
	assert_int_equal(run("--now", "2001-01-01T00:00:00", NULL, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests_name("map-fields", tests, NULL, NULL);
}
