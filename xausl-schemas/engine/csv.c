/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv - strict reader of the tables a release folder and the calendar consist of
 *
 * One pass counts rows and fields and so bounds the memory; the second cuts the copy of the text in
 * place.  Nothing is guessed: a line that does not fit the grammar is an error with its number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/csv.h"
#include "base/buf.h"
#include "base/text.h"

static int fail_line(const char *name, unsigned line, struct osci_err *err, const char *what)
{
	char where[OSCI_ERR_WHERE_MAX];

	snprintf(where, sizeof(where), "%s:%u", name, line);
	return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", what);
}

int xausl_csv_fail(const struct xausl_csv *t, const struct xausl_csv_row *row, struct osci_err *err,
		   const char *what)
{
	return fail_line(t->name, row ? row->line : 0, err, what);
}

const char *xausl_csv_field(const struct xausl_csv_row *row, unsigned i)
{
	return i < row->n ? row->field[i] : "";
}

/* First pass: characters, and how many rows and fields there can be at most. */
static int survey(const char *name, const char *text, size_t len, size_t *rows, size_t *fields,
		  struct osci_err *err)
{
	unsigned line = 1;
	size_t start = 0;

	*rows = *fields = 1;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		return fail_line(name, 1, err, "byte order mark, none expected");
	for (size_t i = 0; i <= len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i == len || c == '\n') {
			if (!osci_utf8_ok(text + start, i - start))
				return fail_line(name, line, err, "not UTF-8");
			start = i + 1;
			line++;
			++*rows;
			++*fields;
		} else if (c == ';') {
			++*fields;
		} else if ((c < 0x20 && !(c == '\r' && text[i + 1] == '\n')) || c == 0x7f) {
			return fail_line(name, line, err, "control character");
		}
	}
	if (*rows > XAUSL_CSV_ROWS_MAX + 2)
		return fail_line(name, 0, err, "too many lines");
	return 0;
}

/*
 * Cuts one field at *@at in place.  Returns NULL or what is wrong; *@at stands on the separator, the line
 * end or the end of the text, *@end where the field's text ends (the caller writes the NUL there).
 */
static const char *cut(char **at, char **start, char **end)
{
	char *p = *at, *w;

	if (*p != '"') {
		*start = p;
		while (*p && *p != ';' && *p != '\n' && *p != '\r') {
			if (*p == '"')
				return "quote inside an unquoted field";
			p++;
		}
		*end = *at = p;
		return NULL;
	}
	*start = w = ++p;
	for (;;) {
		if (!*p || *p == '\n' || *p == '\r')
			return "quoted field does not end in its line";
		if (*p == '"') {
			if (p[1] != '"')
				break;
			p++;
		}
		*w++ = *p++;
	}
	p++;
	if (*p && *p != ';' && *p != '\n' && *p != '\r')
		return "text behind the closing quote";
	*end = w;
	*at = p;
	return NULL;
}

static int cut_rows(struct xausl_csv *t, struct osci_err *err)
{
	const char **f = t->fields;
	char *p = t->text;
	unsigned line = 0;

	while (*p) {
		struct xausl_csv_row *row = &t->rows[t->n_rows];
		char sep;

		line++;
		if (*p == '#' || *p == '\n' || *p == '\r') {
			p += strcspn(p, "\n");
			p += *p == '\n';
			continue;
		}
		*row = (struct xausl_csv_row){ .line = line, .n = 0, .field = f };
		do {
			char *start, *end;
			const char *bad = cut(&p, &start, &end);

			if (bad)
				return fail_line(t->name, line, err, bad);
			if (row->n == XAUSL_CSV_FIELDS_MAX)
				return fail_line(t->name, line, err, "too many fields");
			sep = *p;
			if (sep == '\r')
				p++;
			p += *p != '\0';
			*end = '\0';
			*f++ = start;
			row->n++;
		} while (sep == ';');
		t->n_rows++;
	}
	return 0;
}

int xausl_csv_parse(struct xausl_csv **ret, const char *name, const void *data, size_t len, struct osci_err *err)
{
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;
	size_t rows, fields;
	int r;

	if (len > XAUSL_CSV_BYTES_MAX)
		return fail_line(name, 0, err, "table too long");
	t = calloc(1, sizeof(*t));
	if (!t)
		return osci_fail(err, -ENOMEM, NULL, name, "out of memory");
	t->name = strdup(name);
	t->text = malloc(len + 1);
	if (!t->name || !t->text)
		return osci_fail(err, -ENOMEM, NULL, name, "out of memory");
	memcpy(t->text, data, len);
	t->text[len] = '\0';
	r = survey(name, t->text, len, &rows, &fields, err);
	if (r)
		return r;
	t->rows = calloc(rows, sizeof(*t->rows));
	t->fields = calloc(fields, sizeof(*t->fields));
	if (!t->rows || !t->fields)
		return osci_fail(err, -ENOMEM, NULL, name, "out of memory");
	r = cut_rows(t, err);
	if (r)
		return r;
	*ret = t;
	t = NULL;
	return 0;
}

int xausl_file_load(char **ret, size_t *ret_len, const char *path, size_t max, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	size_t len = 0, size;
	struct stat st;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return osci_fail(err, OSCI_E_CONFIG, NULL, path, "cannot be opened: %s", strerrordesc_np(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size > max) {
		close(fd);
		return osci_fail(err, OSCI_E_CONFIG, NULL, path, "no regular file of at most %zu octets", max);
	}
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (!data)
		r = osci_fail(err, -ENOMEM, NULL, path, "out of memory");
	while (!r && len < size) {
		ssize_t n = read(fd, data + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			r = osci_fail(err, n < 0 ? -errno : OSCI_E_CONFIG, NULL, path, "cannot be read to its end");
		else
			len += (size_t)n;
	}
	close(fd);
	if (r)
		return r;
	data[len] = '\0';
	*ret = data;
	*ret_len = len;
	data = NULL;
	return 0;
}

int xausl_csv_load(struct xausl_csv **ret, const char *path, struct osci_err *err)
{
	_cleanup_(osci_freep) char *data = NULL;
	const char *slash = strrchr(path, '/');
	size_t len = 0;
	int r;

	r = xausl_file_load(&data, &len, path, XAUSL_CSV_BYTES_MAX, err);
	if (r)
		return r;
	return xausl_csv_parse(ret, slash ? slash + 1 : path, data, len, err);
}

void xausl_csv_freep(struct xausl_csv **tp)
{
	struct xausl_csv *t = tp ? *tp : NULL;

	if (!t)
		return;
	free(t->name);
	free(t->rows);
	free(t->text);
	free(t->fields);
	free(t);
	*tp = NULL;
}
