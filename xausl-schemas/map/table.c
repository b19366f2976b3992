/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table - loads the files map-*.csv of a release folder and keeps what they say
 *
 * Every defect is a fault of the configuration with FILE:LINE; a table that is loaded has no dangling name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "engine/release.h"
#include "map/table.h"

const char *map_keep(struct xausl_map *m, const char *s, size_t len)
{
	char **more, *copy;

	if ((m->n_kept & (m->n_kept + 1)) == 0) { /* room doubles at 1, 3, 7 ... */
		more = realloc(m->kept, (2 * m->n_kept + 2) * sizeof(*more));
		if (!more)
			return NULL;
		m->kept = more;
	}
	copy = strndup(s, len);
	if (copy)
		m->kept[m->n_kept++] = copy;
	return copy;
}

static int load_csv(struct xausl_csv **ret, const struct xausl_release *release, const char *name, struct osci_err *err)
{
	int r = xausl_release_table(ret, release, name, err);

	if (!r && !(*ret)->n_rows)
		return xausl_csv_fail(*ret, NULL, err, "a table with rows expected");
	return r;
}

static int load_names(struct xausl_map *m, struct osci_err *err)
{
	const struct {
		const char *name;
		const char **place;
	} names[] = {
		{ "list-uri", &m->list_uri },
		{ "list-version", &m->list_version },
		{ "code", &m->code },
		{ "code-name", &m->code_name },
	};
	size_t i, k;

	for (i = 0; i < m->names->n_rows; i++) {
		const struct xausl_csv_row *row = &m->names->rows[i];

		for (k = 0; k < sizeof(names) / sizeof(*names); k++)
			if (strcmp(names[k].name, xausl_csv_field(row, 0)) == 0)
				break;
		if (k == sizeof(names) / sizeof(*names) || *names[k].place || row->n != 2)
			return xausl_csv_fail(m->names, row, err, "unknown name, or a name twice");
		*names[k].place = xausl_csv_field(row, 1);
	}
	for (k = 0; k < sizeof(names) / sizeof(*names); k++)
		if (!*names[k].place || !**names[k].place)
			return xausl_csv_fail(m->names, NULL, err, "a name is missing");
	return 0;
}

/* A message of the release that has a block of its number can be mapped. */
static int load_messages(struct xausl_map *m, const struct xausl_release *release, struct osci_err *err)
{
	size_t i, k;
	int r;

	m->messages = calloc(release->n_messages + 1, sizeof(*m->messages));
	if (!m->messages)
		return -ENOMEM;
	for (i = 0; i < release->n_messages; i++) {
		struct map_message *msg = &m->messages[m->n_messages];

		msg->number = release->messages[i].number;
		msg->element = release->messages[i].root;
		msg->prefix = release->messages[i].ns->prefix;
		msg->ns = release->messages[i].ns->uri;
		msg->direction = release->messages[i].direction;
		for (k = 0; k < m->n_blocks; k++)
			if (strcmp(m->blocks[k].name, msg->number) == 0)
				msg->block = &m->blocks[k];
		if (!msg->block)
			continue;
		m->n_messages++;
		if (msg->block->choice || msg->block->scalar)
			return xausl_csv_fail(m->csv_blocks, NULL, err, "a message is neither a choice nor one value");
		r = map_fields_make(m, msg, err);
		if (r)
			return r;
	}
	return 0;
}

int xausl_map_load(struct xausl_map **ret, const struct xausl_release *release,
		   struct osci_err *err)
{
	_cleanup_(xausl_map_freep) struct xausl_map *m = calloc(1, sizeof(*m));
	int r;

	*ret = NULL;
	if (!m)
		return -ENOMEM;
	r = load_csv(&m->names, release, "map-names.csv", err);
	if (!r)
		r = load_csv(&m->csv_blocks, release, "map-blocks.csv", err);
	if (!r)
		r = load_csv(&m->csv_chars, release, "map-chars.csv", err);
	if (!r)
		r = load_names(m, err);
	if (!r)
		r = map_chars_load(m, err);
	if (!r)
		r = map_rows_load(m, err);
	if (!r)
		r = load_messages(m, release, err);
	if (r)
		return r;
	*ret = m;
	m = NULL;
	return 0;
}

void xausl_map_freep(struct xausl_map **pm)
{
	struct xausl_map *m = *pm;
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n_messages; i++)
		map_fields_free(&m->messages[i]);
	for (i = 0; i < m->n_rows; i++)
		if (m->rows[i].pattern)
			xmlRegFreeRegexp(m->rows[i].pattern);
	for (i = 0; i < m->n_kept; i++)
		free(m->kept[i]);
	free(m->kept);
	free(m->rows);
	free(m->blocks);
	free(m->messages);
	free(m->ranges);
	free(m->sequences);
	xausl_csv_freep(&m->names);
	xausl_csv_freep(&m->csv_blocks);
	xausl_csv_freep(&m->csv_chars);
	free(m);
	*pm = NULL;
}

const struct map_message *map_message_find(const struct xausl_map *m, const char *number)
{
	size_t i;

	for (i = 0; m && i < m->n_messages; i++)
		if (strcmp(m->messages[i].number, number) == 0)
			return &m->messages[i];
	return NULL;
}

int xausl_message_direction(const struct xausl_release *r, const char *number)
{
	const struct map_message *msg = map_message_find(xausl_release_map(r), number);

	return msg ? msg->direction : 0;
}
