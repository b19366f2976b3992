/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl fields - the fields of the messages, from the tables of a release
 *
 * The tables of the bus manual are the output of --markdown.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "map/table.h"

enum { DONE = 0, TROUBLE = 2 };

static const char help[] =
	"usage: xausl fields [--release VERSION | --now TIME] [--markdown] [--schemas DIR] [--versions DIR] [NUMBER...]\n"
	"\n"
	"Prints the fields of messages as they stand in requests and answers on the bus: name, type, whether they are\n"
	"required, what else holds for the value, and the element of the message.  Without NUMBER: the messages there\n"
	"are.  The types are explained in xausl-bus(7).\n"
	"\n"
	"  --release VERSION  this release; else the one in force\n"
	"  --now TIME         the one in force at TIME: 2026-11-16T09:00:00 (Europe/Berlin), or with a zone\n"
	"  --markdown         tables for the manual; without NUMBER of all messages\n"
	"  --schemas DIR      folder with one folder per release\n"
	"  --versions DIR     folder with the calendar releases.csv\n"
	"  --help             this text\n"
	"\n"
	"Exit status: 0 done, 2 wrong usage, unknown message or release.\n";

/* Words a field may have: of its row, or those that name the branches of the choice the row begins. */
static void add_words(struct osci_buf *out, const struct xausl_map *m, const struct map_row *row)
{
	const char *bar = "";

	for (size_t i = 0; i < row->n_words; i++, bar = ", ")
		osci_buf_addf(out, "%s%s", bar, row->words[i].name);
	for (size_t i = 0; i < m->n_blocks && !row->n_words; i++)
		for (size_t k = 0; m->blocks[i].rows == row && k < m->blocks[i].n_rows; k++, bar = ", ")
			osci_buf_addf(out, "%s%s", bar, m->blocks[i].rows[k].when_value);
}

static void value_note(struct osci_buf *out, const struct xausl_map *m, const struct map_field *f)
{
	const struct map_row *row = f->row;

	if (strcmp(f->type, "word") == 0)
		add_words(out, m, row);
	else if (row->type == MAP_TEXT && row->max_chars)
		osci_buf_addf(out, "at most %u of %s", row->max_chars, row->pattern ? row->pattern_text : "all characters");
	else if (row->type == MAP_TEXT && row->pattern)
		osci_buf_adds(out, row->pattern_text);
	else if (row->type == MAP_PAIR)
		osci_buf_adds(out, "prefix:id");
	else if (row->type == MAP_FREE_CODE && row->n_words && strcmp(f->type, "code") == 0)
		add_words(out, m, row);
	else if (row->type == MAP_CODE && row->column && strcmp(f->type, "text") != 0)
		osci_buf_addf(out, "only codes marked %s", row->column);
}

/* "a|b" would end a cell. */
static void cell(const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			putchar('\\');
		putchar(*s);
	}
}

static const char *author_of(const struct map_message *msg)
{
	return msg->direction == 2 ? "both" : msg->direction > 0 ? "the office" : "the BAMF";
}

static void show_message(const struct xausl_map *m, const struct map_message *msg, bool markdown)
{
	if (markdown)
		printf("### %s %s\n\n| name | type | required | value | element |\n|---|---|---|---|---|\n", msg->number,
		       msg->element);
	else
		printf("%s %s, sent by %s\n", msg->number, msg->element, author_of(msg));
	for (size_t i = 0; i < msg->n_fields; i++) {
		const struct map_field *f = &msg->fields[i];
		_cleanup_buf_ struct osci_buf note = OSCI_BUF_INIT(4096);
		const char *value;

		value_note(&note, m, f);
		value = note.data ? (const char *)note.data : "";
		if (!markdown) {
			printf("  %-36s %-46s %-18s %-30s %s\n", f->name, f->type, f->when, value, f->path);
			continue;
		}
		printf("| `%s` | %s | %s | ", f->name, f->type, f->when);
		cell(value);
		printf(" | ");
		cell(f->path);
		printf(" |\n");
	}
	printf("\n");
}

static int show(const struct xausl_map *m, const struct xausl_release *r, char **numbers, int n, bool markdown)
{
	for (int i = 0; i < n; i++) {
		const struct map_message *msg = map_message_find(m, numbers[i]);

		if (!msg) {
			fprintf(stderr, "xausl: release %s has no message %.32s here; try: xausl fields\n",
				xausl_release_version(r), numbers[i]);
			return TROUBLE;
		}
		show_message(m, msg, markdown);
	}
	for (size_t i = 0; i < m->n_messages && n == 0; i++) {
		if (markdown)
			show_message(m, &m->messages[i], true);
		else
			printf("%s  %-16s %s\n", m->messages[i].number,
			       m->messages[i].direction == 2 ? "both ways" :
			       m->messages[i].direction > 0  ? "office to BAMF" : "BAMF to office", m->messages[i].element);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl: standard output cannot be written\n");
		return TROUBLE;
	}
	return DONE;
}

int xausl_cmd_fields(int argc, char **argv, const char *datadir)
{
	static const struct option options[] = {
		{ "release", required_argument, NULL, 'r' }, { "now", required_argument, NULL, 'n' },
		{ "markdown", no_argument, NULL, 'm' },	     { "schemas", required_argument, NULL, 's' },
		{ "versions", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	const char *schemas = NULL, *versions = NULL, *version = NULL;
	const struct xausl_release *r;
	struct osci_err err = { 0 };
	struct osci_clock clock;
	bool markdown = false;
	int c;

	osci_clock_init(&clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			if (osci_clock_set(&clock, optarg, &err)) {
				fprintf(stderr, "xausl fields: --now: %s\n", err.what);
				return TROUBLE;
			}
			break;
		case 'r': version = optarg; break;
		case 'm': markdown = true; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		default: fprintf(stderr, "try: xausl fields --help\n"); return TROUBLE;
		}
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x)
		return TROUBLE;
	r = version ? xausl_release_find(x, version) : xausl_release_at(x, osci_clock_ms(&clock));
	if (!r || !xausl_release_map(r)) {
		fprintf(stderr, "xausl: no such release here, or none in force; try: xausl releases\n");
		return TROUBLE;
	}
	return show(xausl_release_map(r), r, argv + optind, argc - optind, markdown);
}
