/* SPDX-License-Identifier: Apache-2.0 */
/* test_log - one JSON line per record, escaped, bounded, with the time of the program's clock */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include <cmocka.h>

#include "base/log.h"

static char captured[8192];
static int saved_stderr, pipe_fd[2];

static void capture_begin(void)
{
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	assert_int_equal(pipe(pipe_fd), 0);
	dup2(pipe_fd[1], STDERR_FILENO);
	close(pipe_fd[1]);
}

/* Text of all records; the pipe holds more than any test writes. */
static const char *capture_end(void)
{
	ssize_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	n = read(pipe_fd[0], captured, sizeof(captured) - 1);
	close(pipe_fd[0]);
	captured[n > 0 ? n : 0] = '\0';
	return captured;
}

static json_t *capture_json(void)
{
	const char *text = capture_end();
	size_t len = strlen(text);
	json_t *j;

	assert_true(len > 0 && len <= 1024);
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	return j;
}

static const char *get(json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "(absent)";
}

static struct osci_clock clk;

static int setup(void **state)
{
	osci_clock_init(&clk);
	osci_clock_set(&clk, "2026-11-16T09:00:00", NULL);
	osci_log_open("test", &clk, OSCI_LOG_INFO);
	return 0;
}

static void test_record(void **state)
{
	json_t *j;

	capture_begin();
	osci_log(OSCI_LOG_WARN, "request-accepted", "office", "azr:011200", "request", "r-1", "count", NULL, NULL);
	j = capture_json();
	assert_string_equal(get(j, "event"), "request-accepted");
	assert_string_equal(get(j, "level"), "warn");
	assert_string_equal(get(j, "program"), "test");
	assert_string_equal(get(j, "office"), "azr:011200");
	assert_string_equal(get(j, "count"), "(absent)");
	assert_memory_equal(get(j, "time"), "2026-11-16T08:00:0", 18);
	json_decref(j);
}

static void test_level(void **state)
{
	capture_begin();
	osci_log(OSCI_LOG_DEBUG, "not-shown", NULL);
	assert_string_equal(capture_end(), "");
}

static void test_injection(void **state)
{
	json_t *j;

	capture_begin();
	osci_log(OSCI_LOG_INFO, "odd-values", "file", "a\r\n{\"event\":\"x\"}", "where", "\x1b[2J\xff\\ \xe2\x80\xae%n",
		 NULL);
	j = capture_json();
	assert_string_equal(get(j, "file"), "a\\u{d}\\u{a}{\"event\":\"x\"}");
	assert_string_equal(get(j, "where"), "\\u{1b}[2J\\xff\\\\ \\u{202e}%n");
	json_decref(j);
}

static void test_long(void **state)
{
	char big[4000], umlauts[4001];
	json_t *j;

	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	for (size_t i = 0; i < 4000; i += 2)
		memcpy(umlauts + i, "\xc3\xa4", 2);
	umlauts[4000] = '\0';
	capture_begin();
	osci_log(OSCI_LOG_INFO, "long-values", "file", big, "where", umlauts + 1, "what", umlauts, "path", big, NULL);
	j = capture_json();
	assert_true(json_is_true(json_object_get(j, "cut")));
	assert_int_equal(strlen(get(j, "file")), 320);
	json_decref(j);
	memset(big, '\n', sizeof(big) - 1);
	capture_begin();
	osci_log(OSCI_LOG_INFO, "long-values", "file", big, NULL);
	j = capture_json();
	assert_true(json_is_true(json_object_get(j, "cut")));
	json_decref(j);
}

static void test_exact_length(void **state)
{
	char value[321];
	json_t *j;

	memset(value, 'y', 320);
	value[320] = '\0';
	capture_begin();
	osci_log(OSCI_LOG_INFO, "exact", "file", value, NULL);
	j = capture_json();
	assert_null(json_object_get(j, "cut"));
	assert_string_equal(get(j, "file"), value);
	json_decref(j);
}

static void test_error(void **state)
{
	struct osci_err err;
	json_t *j;

	osci_fail(&err, OSCI_E_SIGNATURE, "9601", "soap:Header", "digest of part 2 is wrong");
	capture_begin();
	osci_log_err(OSCI_LOG_ERROR, "answer-refused", &err, "url", "http://localhost/", NULL);
	j = capture_json();
	assert_string_equal(get(j, "code"), "OSCI_E_SIGNATURE");
	assert_string_equal(get(j, "feedback"), "9601");
	assert_string_equal(get(j, "where"), "soap:Header");
	assert_string_equal(get(j, "what"), "digest of part 2 is wrong");
	assert_string_equal(get(j, "url"), "http://localhost/");
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record), cmocka_unit_test(test_level),	    cmocka_unit_test(test_injection),
		cmocka_unit_test(test_long),   cmocka_unit_test(test_exact_length), cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests_name("base/log", tests, setup, NULL);
}
