/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files made to hurt: refused or read within a second, with a line, and nothing breaks at any octet cut off
 * or changed
 */
#include <errno.h>
#include <time.h>

#include "t_case.h"

#ifdef __SANITIZE_ADDRESS__
#define SECOND_MS 5000.0 /* each access is checked */
#else
#define SECOND_MS 1000.0
#endif

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Loads, within a second of processor time, and has a problem that says so. */
static void refused(const char *text, size_t len, const char *says)
{
	double start = now_ms();
	struct cf_book *b = NULL;
	int e = t_case_load(&b, text, len);
	bool found = false;

	if (now_ms() - start > SECOND_MS)
		fail_msg("%s: %.0f ms", says, now_ms() - start);
	if (e != OSCI_E_CONFIG)
		fail_msg("%s: %d", says, e);
	for (size_t i = 0; i < b->n_problems; i++)
		found |= strstr(b->problems[i].text, says) != NULL;
	if (!found) {
		cf_book_print_problems(b, stderr);
		fail_msg("not said: %s", says);
	}
	cf_book_freep(&b);
}

static void repeated(const char *head, const char *what, size_t n, const char *tail, const char *says)
{
	struct osci_buf b = OSCI_BUF_INIT(64u << 20);

	osci_buf_adds(&b, head);
	for (size_t i = 0; i < n; i++)
		osci_buf_adds(&b, what);
	osci_buf_adds(&b, tail);
	assert_int_equal(osci_buf_error(&b), 0);
	refused((const char *)b.data, b.len, says);
	osci_buf_free(&b);
}

static void depth_size_and_counts_are_bounded(void **state)
{
	repeated("format: 2\ncases: ", "[", 100000, "", "nested too deep");
	repeated("format: 2\ncases: ", "{a: ", 100000, "", "nested too deep");
	repeated("format: 2\ncases:\n", "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n", 10,
		 "", "nested too deep");
	repeated("format: 2\ncases:\n- id: ", "x", 9u << 20, "\n", "the file is too large");
	repeated("format: 2\ncases: [", "a,", 500000, "]", "too many values");
	repeated("format: 2\ncases: [", "a,", 10000, "]", "cases: more than 5000");
	repeated("format: 2\ncases: [", "{},", 4000, "]", "the key \"id\" is missing");
	repeated("format: 2\ncases:\n- {id: a, steps: [", "x,", 3000, "]}\n",
		 "steps: more than 2000 entries");
	repeated("format: 2\ncases:\n- {id: a, variants: [", "{},", 1500, "]}\n",
		 "variants: 1 to 1000 entries");
}

static void ten_thousand_cases_are_refused(void **state)
{
	char *base = t_case_base(), *cases = strstr(base, "- id: BASE-3"),
	     *end = strstr(cases, "- id: BASE-4");
	struct osci_buf b = OSCI_BUF_INIT(16u << 20);

	osci_buf_adds(&b, "format: 2\ncases:\n");
	for (unsigned i = 0; i < 10000; i++)
		osci_buf_addf(&b, "- id: N-%u\n%.*s", i, (int)(end - strstr(cases, "  source")),
			      strstr(cases, "  source"));
	refused((const char *)b.data, b.len, "cases: more than 5000");
	osci_buf_free(&b);
	free(base);
}

static void keys_without_end(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(16u << 20);

	osci_buf_adds(&b, "format: 2\n");
	for (unsigned i = 0; i < 300000; i++)
		osci_buf_addf(&b, "k%u: 1\n", i);
	refused((const char *)b.data, b.len, "unknown key \"k0\"");
	osci_buf_reset(&b);
	osci_buf_adds(&b, "format: 2\n");
	for (unsigned i = 0; i < 300000; i++)
		osci_buf_adds(&b, "same: 1\n");
	refused((const char *)b.data, b.len, "key \"same\" twice, first in line 2");
	osci_buf_free(&b);
}

/* The classic: each level names the one before nine times. */
static void aliases_do_not_grow(void **state)
{
	const char text[] = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n";

	refused(text, sizeof(text) - 1, "aliases are not allowed");
}

static void octets_that_are_no_text(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} rows[] = {
	    {"format: 2\ncases: \xc3\n", 18, "no UTF-8 text"},
	    {"format: 2\ncases: \xed\xa0\x80\n", 20, "no UTF-8 text"},
	    {"format: 2\ncases: \0\n", 19, "no UTF-8 text"},
	    {"\xff\xfe"
	     "f\0o\0r\0",
	     8, "no UTF-8 text"},
	    {"format: 2\ncases: \x01\n", 19, "no valid YAML"},
	    {"", 0, "the file is empty"},
	    {"# nothing\n", 10, "the file is empty"},
	    {"hello", 5, "a case file: a mapping is expected, not a value"},
	    {"[]", 2, "a case file: a mapping is expected, not a list"},
	    {"format: 2\ncases: {}", 19, "cases: a list is expected"},
	    {"format: 2\ncases: [1]", 20, "a case: a mapping is expected"},
	    {"format: 2\ncases: [{id: \"\\ud800\"}]", 33, "no valid YAML"},
	    {"%YAML 9.9\n---\nformat: 2", 23, "no valid YAML"},
	    {"format: 2\ncases: [{? [a] : b}]", 30, "a key must be text"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(rows[i].text, rows[i].len, rows[i].says);
}

static void problems_are_counted_not_kept_without_end(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(16u << 20);
	struct cf_book *book = NULL;

	osci_buf_adds(&b, "format: 2\ncases:\n");
	for (unsigned i = 0; i < 4000; i++)
		osci_buf_adds(&b, "- {x: 1}\n");
	assert_int_equal(t_case_load(&book, (const char *)b.data, b.len), OSCI_E_CONFIG);
	assert_int_equal(book->n_problems, CF_PROBLEMS_MAX);
	assert_int_equal(book->n_dropped, 3000);
	cf_book_freep(&book);
	osci_buf_free(&b);
}

/* Problems quote the file: no control characters, no half characters get out. */
static void quotes_are_clean(void **state)
{
	char *base = t_case_base(), *text;
	struct cf_book *b = NULL;

	text = t_case_with(base, "certificate: expired",
			   "certificate: \"\\e[31m\\nüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü\"");
	assert_int_equal(t_case_load(&b, text, strlen(text)), OSCI_E_CONFIG);
	assert_int_equal(b->n_problems, 1);
	for (const char *c = b->problems[0].text; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	assert_non_null(strstr(b->problems[0].text, "expected: ok"));
	cf_book_freep(&b);
	free(text);
	free(base);
}

static void a_file_cut_anywhere(void **state)
{
	char *base = t_case_base();
	size_t len = strlen(base);

	for (size_t i = 0; i < len; i += 7) {
		struct cf_book *b = NULL;
		int e = t_case_load(&b, base, i);

		assert_true(e == 0 || e == OSCI_E_CONFIG);
		cf_book_freep(&b);
	}
	free(base);
}

/* Every value and key in turn becomes something else. */
static void a_file_with_words_changed(void **state)
{
	static const char *const words[] = {"null", "[]",	    "{}",      "$(x)", "99999999999999999999",
					    "''",   "{is: absent}", "[{a: b}]"};
	char *base = t_case_base();

	for (char *c = strstr(base, "cases:"); (c = strchr(c, ':')); c++) {
		char *end = c + 1 + strcspn(c + 1, ",}]\n");

		for (size_t i = (size_t)(c - base) % 3; c[1] == ' ' && i < sizeof(words) / sizeof(words[0]);
		     i += 3) {
			struct cf_book *b = NULL;
			char *text = NULL;

			assert_true(asprintf(&text, "%.*s: %s%s", (int)(c - base), base, words[i], end) > 0);
			int e = t_case_load(&b, text, strlen(text));
			assert_true(e == 0 || e == OSCI_E_CONFIG);
			cf_book_freep(&b);
			free(text);
		}
	}
	free(base);
}

static void files_that_are_not_there(void **state)
{
	static const char *const paths[] = {"/nonexistent/cases.yaml"};
	const struct cf_load_opts opts = {.x = t_x};
	const char *many[CF_FILES_MAX + 1];
	struct osci_err err = {0};
	struct cf_book *b = NULL;

	assert_int_equal(cf_book_load(&b, paths, 1, &opts, &err), -ENOENT);
	assert_null(b);
	for (size_t i = 0; i <= CF_FILES_MAX; i++)
		many[i] = paths[0];
	assert_int_equal(cf_book_load(&b, many, CF_FILES_MAX + 1, &opts, &err), OSCI_E_LIMIT);
	assert_null(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(depth_size_and_counts_are_bounded),
	    cmocka_unit_test(ten_thousand_cases_are_refused),
	    cmocka_unit_test(keys_without_end),
	    cmocka_unit_test(aliases_do_not_grow),
	    cmocka_unit_test(octets_that_are_no_text),
	    cmocka_unit_test(problems_are_counted_not_kept_without_end),
	    cmocka_unit_test(quotes_are_clean),
	    cmocka_unit_test(a_file_cut_anywhere),
	    cmocka_unit_test(a_file_with_words_changed),
	    cmocka_unit_test(files_that_are_not_there),
	};

	return cmocka_run_group_tests_name("hostile case files", tests, t_case_open, t_case_close);
}
