/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces - what the gateway leaves behind for eyes that may not see personal data: its log, names of its files; and the
 * last lines of any process, for the reader of a report
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "world/priv.h"

#define CF_LOG_TAIL_MAX 65536u /* octets looked at */

/* Text that is no UTF-8 is shown escaped. */
static json_t *safe_text(const char *text, size_t len)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(8 * CF_LOG_LINE_MAX);
	json_t *s = json_stringn(text, len);

	if (s)
		return s;
	osci_escape_line(&b, text, len);
	return json_string(b.data ? (const char *)b.data : "");
}

static int add(json_t *list, const char *where, const char *text, size_t len)
{
	json_t *entry = json_pack("{s:s, s:o}", "where", where, "text", safe_text(text, len));

	return entry && json_array_append_new(list, entry) == 0 ? 0 : -ENOMEM;
}

static int log_lines(const struct cf_world *w, json_t *list, struct osci_err *err)
{
	FILE *f = fopen(w->daemons[CF_GATEWAY].log, "re");
	_cleanup_(osci_freep) char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	char where[32];
	ssize_t n;
	int r = 0;

	if (!f)
		return osci_fail(err, -errno, NULL, w->daemons[CF_GATEWAY].log, "the log cannot be read");
	while (!r && (n = getline(&line, &size, f)) > 0) {
		snprintf(where, sizeof(where), "log, line %u", ++number);
		r = add(list, where, line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));
	}
	fclose(f);
	return r;
}

/* All of the folder in which the gateway runs: files of the runner and the simulators have no names of persons, either. */
static int file_names(const struct cf_world *w, json_t *list, struct osci_err *err)
{
	char *const paths[] = { w->dir, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int r = 0;

	if (!tree)
		return osci_fail(err, -errno, NULL, w->dir, "cannot be read");
	while (!r && (e = fts_read(tree)))
		if (e->fts_level > 0 && e->fts_info != FTS_DP)
			r = add(list, "file name", e->fts_name, e->fts_namelen);
	fts_close(tree);
	return r;
}

int cf_world_traces(struct cf_world *w, json_t **ret, struct osci_err *err)
{
	json_t *list;
	int r;

	if (!cf_daemon_ours(w, CF_GATEWAY))
		return osci_fail(err, OSCI_E_STATE, NULL, "gateway", "is not ours: its log cannot be seen");
	list = json_array();
	if (!list)
		return -ENOMEM;
	r = log_lines(w, list, err);
	if (!r)
		r = file_names(w, list, err);
	if (r) {
		json_decref(list);
		return r;
	}
	*ret = list;
	return 0;
}

/* Each "DIR/" goes: a report names no path of the machine. */
static void add_without_paths(const struct cf_world *w, struct osci_buf *b, const char *line, size_t len)
{
	const char *end = line + len, *at;
	size_t dir = strlen(w->dir);

	while ((at = memmem(line, (size_t)(end - line), w->dir, dir))) {
		osci_buf_add(b, line, (size_t)(at - line));
		line = at + dir;
		if (line < end && *line == '/')
			line++;
	}
	osci_buf_add(b, line, (size_t)(end - line));
}

int cf_world_last_lines(struct cf_world *w, enum cf_what what, size_t lines, char **ret, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf log = OSCI_BUF_INIT(CF_LOG_TAIL_MAX), shown = OSCI_BUF_INIT(CF_LOG_TAIL_MAX);
	const char *text, *from;
	size_t n = 0;
	FILE *f;

	*ret = NULL;
	if (!cf_daemon_ours(w, what))
		return OSCI_E_EMPTY;
	f = fopen(w->daemons[what].log, "re");
	if (!f)
		return OSCI_E_EMPTY;
	if (fseek(f, 0, SEEK_END) == 0 && ftell(f) > (long)CF_LOG_TAIL_MAX / 2)
		fseek(f, -(long)CF_LOG_TAIL_MAX / 2, SEEK_END);
	else
		rewind(f);
	while (log.len < CF_LOG_TAIL_MAX / 2) {
		unsigned char *room = osci_buf_room(&log, 4096);

		n = room ? fread(room, 1, 4096, f) : 0;
		if (!n)
			break;
		osci_buf_grow(&log, n);
	}
	fclose(f);
	if (!log.len)
		return OSCI_E_EMPTY;
	text = (const char *)log.data;
	from = text + log.len;
	for (n = 0; from > text; from--)
		if (from[-1] == '\n' && from != text + log.len && ++n == lines)
			break;
	add_without_paths(w, &shown, from, (size_t)(text + log.len - from));
	*ret = osci_buf_take(&shown, NULL);
	return *ret ? 0 : -ENOMEM;
}
