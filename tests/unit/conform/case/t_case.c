/* SPDX-License-Identifier: Apache-2.0 */
/* t_case - see the header */
#include "t_case.h"

struct xausl *t_x;

int t_case_open(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	char schemas[4096], versions[4096];
	struct osci_err err = {0};

	assert_non_null(root);
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root);
	snprintf(versions, sizeof(versions), "%s/versions", root);
	if (xausl_open(&t_x, schemas, versions, &err))
		fail_msg("%s %s", err.where, err.what);
	return 0;
}

int t_case_close(void **state)
{
	xausl_freep(&t_x);
	return 0;
}

char *t_case_base(void)
{
	struct osci_buf b = OSCI_BUF_INIT(1 << 20);
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/unit/conform/case/base.yaml", getenv("XAUSL_SOURCE_ROOT"));
	assert_int_equal(osci_file_read(path, 1 << 20, false, &b, NULL), 0);
	return osci_buf_take(&b, NULL);
}

char *t_case_with(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *ret = NULL;

	if (!at)
		fail_msg("not in the file: %s", from);
	assert_true(asprintf(&ret, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return ret;
}

unsigned t_case_line(const char *text, const char *what)
{
	size_t len = strlen(what);
	unsigned line = 1;

	for (; *text && strncmp(text, what, len) != 0; text++)
		line += *text == '\n';
	if (!*text)
		fail_msg("not in the file: %s", what);
	return line;
}

int t_case_load(struct cf_book **ret, const char *text, size_t len)
{
	const struct cf_load_opts opts = {.x = t_x};

	return cf_book_load_text(ret, "cases.yaml", text, len, &opts, NULL);
}

void t_case_changes(const struct t_change *list, size_t n)
{
	char *base = t_case_base();
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const struct t_change *c = &list[i];
		char *text = t_case_with(base, c->from, c->to);
		const char *at = c->at ? c->at : c->to;
		unsigned line;
		struct cf_book *b = NULL;
		bool found = false;

		while (*at == ' ' || *at == '\n')
			at++;
		line = t_case_line(text, at);
		if (t_case_load(&b, text, strlen(text)) != OSCI_E_CONFIG)
			fail_msg("'%s' -> '%s': no problem", c->from, c->to);
		for (size_t k = 0; k < b->n_problems; k++) {
			assert_string_equal(b->problems[k].place.file, "cases.yaml");
			assert_true(b->problems[k].place.column > 0);
			found |= b->problems[k].place.line >= line &&
				 b->problems[k].place.line <= line + (strchr(at, '\n') ? 1 : 0) &&
				 strstr(b->problems[k].text, c->says);
		}
		if (!found || (c->more < 99 && b->n_problems > 1 + (size_t)abs(c->more))) {
			cf_book_print_problems(b, stderr);
			print_error("'%s' -> '%s': expected in line %u: %s, and %d more\n", c->from, c->to,
				    line, c->says, c->more);
			wrong++;
		}
		cf_book_freep(&b);
		free(text);
	}
	free(base);
	assert_int_equal(wrong, 0);
}
