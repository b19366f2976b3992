/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl journal - the gateway's journal, for the operator
 *
 * Opens the journal read-only beside a running gateway.  Shows ids, states, times and causes; the messages
 * themselves are never shown.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/text.h"
#include "cli/operator.h"
#include "conf/config.h"
#include "core/core.h"

#define BUSY_MS 5000
#define ROWS_DEFAULT 1000
#define ROWS_MAX 1000000

static const char help[] =
	"usage: xausl journal --config FILE [--office KEY] [--state STATE] [--last N] [--json]\n"
	"       xausl journal --config FILE [--json] --request ID [--office KEY]\n"
	"       xausl journal --config FILE [--json] --incoming\n"
	"       xausl journal --config FILE [--office KEY] [--request ID] [--last N] [--json] --deliveries\n"
	"\n"
	"Shows the journal of the gateway whose configuration is FILE; the gateway may be running.\n"
	"\n"
	"  --office KEY    requests of this office only, e.g. azr:011200\n"
	"  --state STATE   refused, queued, stored, fetched, clarification, question, decided, answered, closed,\n"
	"                  rejected, lapsed or held\n"
	"  --last N        the last N requests (default 1000)\n"
	"  --request ID    one request, by the office's own id, with every change of its state\n"
	"  --incoming      what was fetched from the mailboxes, and what became of it\n"
	"  --deliveries    what was handed to the offices, or waits for them, and when they acknowledged it\n"
	"  --json          one JSON object per line\n"
	"\n"
	"No personal data is shown: ids, states, codes, times.\n"
	"Exit status: 0 shown, 1 nothing there or the journal cannot be read, 2 usage.\n";

struct wish {
	const char *config, *office, *state, *request;
	int64_t last;
	bool json, incoming, deliveries;
};

/* Column names are the JSON members; a name that ends in "_at" is a time in ms, 0 = not yet. */
static json_t *row_json(sqlite3_stmt *st)
{
	json_t *j = json_object();
	int i;

	for (i = 0; j && i < sqlite3_column_count(st); i++) {
		const char *name = sqlite3_column_name(st, i);
		size_t n = strlen(name);
		json_t *v;

		if (n > 3 && !strcmp(name + n - 3, "_at")) {
			char text[40];

			osci_format_datetime_berlin(text, sizeof(text), sqlite3_column_int64(st, i));
			v = sqlite3_column_int64(st, i) ? json_string(text) : NULL;
			if (!v)
				continue;
		} else if (sqlite3_column_type(st, i) == SQLITE_INTEGER) {
			v = json_integer(sqlite3_column_int64(st, i));
		} else {
			const char *text = (const char *)sqlite3_column_text(st, i);

			if (!text || !*text)
				continue;
			v = json_string(text);
		}
		if (json_object_set_new(j, name, v) < 0) {
			json_decref(j);
			return NULL;
		}
	}
	return j;
}

static void row_text(const json_t *j)
{
	const char *name, *between = "";
	json_t *v;

	json_object_foreach((json_t *)j, name, v) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);

		if (json_is_string(v)) {
			osci_escape_line(&b, json_string_value(v), json_string_length(v));
			printf("%s%s %s", between, name, b.data ? (const char *)b.data : "");
		} else {
			printf("%s%s %" JSON_INTEGER_FORMAT, between, name, json_integer_value(v));
		}
		between = "  ";
	}
	putchar('\n');
}

/* Runs @sql with ?1 office, ?2 state, ?3 request id, ?4 rows; prints each row. Returns the number of rows or -1. */
static long print_rows(sqlite3 *db, const char *sql, const struct wish *w, const char *indent)
{
	sqlite3_stmt *st = NULL;
	long n = 0;
	int r = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (r == SQLITE_OK) {
		sqlite3_bind_text(st, 1, w->office, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, w->state, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 3, w->request, -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 4, w->last);
		while ((r = sqlite3_step(st)) == SQLITE_ROW) {
			json_t *j = row_json(st);

			if (!j) {
				r = SQLITE_NOMEM;
				break;
			}
			if (w->json) {
				json_dumpf(j, stdout, JSON_COMPACT);
				putchar('\n');
			} else {
				fputs(indent, stdout);
				row_text(j);
			}
			json_decref(j);
			n++;
		}
	}
	sqlite3_finalize(st);
	if (r != SQLITE_DONE) {
		fprintf(stderr, "xausl: the journal cannot be read: %s\n", sqlite3_errstr(r));
		return -1;
	}
	return n;
}

#define FILTER " (?1 IS NULL OR office=?1) AND (?2 IS NULL OR state=?2) AND (?3 IS NULL OR bus_id=?3) "

static const char requests_sql[] =
	"SELECT accepted_at, office, request, message, state, since_at, attempts, uuid, last_error FROM (SELECT id,"
	" accepted AS accepted_at, office, bus_id AS request, message, state, since AS since_at, attempts, uuid, last_error"
	" FROM request WHERE" FILTER "ORDER BY id DESC LIMIT ?4) ORDER BY id";
static const char events_sql[] =
	"SELECT time AS time_at, event, from_state AS 'from', to_state AS 'to', cause FROM event WHERE request IN"
	" (SELECT id FROM request WHERE" FILTER ") ORDER BY id LIMIT ?4";
static const char incoming_sql[] =
	"SELECT fetched AS fetched_at, office AS mailbox, osci_id, status, uuid, code FROM inbound WHERE"
	" (?1 IS NULL OR office=?1) AND ?2 IS NULL AND ?3 IS NULL ORDER BY id DESC LIMIT ?4";
/* "uuid" is that of the message; an outcome that is none has none.  "offered": 1 if the office was ever offered it. */
static const char deliveries_sql[] =
	"SELECT created_at, office, delivery, request, outcome, uuid, offered, acknowledged_at FROM (SELECT d.id AS id,"
	" d.created AS created_at, d.office AS office, d.id AS delivery, r.bus_id AS request, d.outcome AS outcome,"
	" i.uuid AS uuid, d.sent AS offered, d.acked AS acknowledged_at FROM delivery d LEFT JOIN request r ON r.id=d.request"
	" LEFT JOIN inbound i ON i.id=d.inbound WHERE (?1 IS NULL OR d.office=?1) AND ?2 IS NULL AND"
	" (?3 IS NULL OR r.bus_id=?3) ORDER BY d.id DESC LIMIT ?4) ORDER BY id";

static int show(const char *path, const struct wish *w)
{
	sqlite3 *db = NULL;
	long n, events;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, BUSY_MS) != SQLITE_OK) {
		fprintf(stderr, "xausl: %s: the journal cannot be opened; has the gateway ever run?\n", path);
		sqlite3_close(db);
		return 1;
	}
	n = print_rows(db, w->incoming ? incoming_sql : w->deliveries ? deliveries_sql : requests_sql, w, "");
	if (n > 0 && w->request && !w->deliveries) { /* one that has just come has no change of state yet */
		events = print_rows(db, events_sql, w, "  ");
		n = events < 0 ? events : n;
	}
	sqlite3_close(db);
	if (n == 0)
		fprintf(stderr, "xausl: the journal holds nothing of this kind\n");
	return n > 0 ? 0 : 1;
}

int cmd_journal(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "office", required_argument, NULL, 'o' },
		{ "state", required_argument, NULL, 's' },  { "last", required_argument, NULL, 'l' },
		{ "request", required_argument, NULL, 'r' }, { "incoming", no_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },	    { "help", no_argument, NULL, 'h' },
		{ "deliveries", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct wish w = { .last = ROWS_DEFAULT };
	struct osci_err err = { .code = 0 };
	struct conf *conf = NULL;
	char text[512];
	enum xgw_state state;
	uint64_t n;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': w.config = optarg; break;
		case 'o': w.office = optarg; break;
		case 's': w.state = optarg; break;
		case 'r': w.request = optarg; break;
		case 'i': w.incoming = true; break;
		case 'd': w.deliveries = true; break;
		case 'j': w.json = true; break;
		case 'l':
			if (osci_parse_u64(optarg, strlen(optarg), ROWS_MAX, &n) || !n) {
				fprintf(stderr, "xausl journal: --last: a number from 1 to %d is expected\n", ROWS_MAX);
				return 2;
			}
			w.last = (int64_t)n;
			break;
		case 'h': fputs(help, stdout); return 0;
		default: fprintf(stderr, "try: xausl journal --help\n"); return 2;
		}
	}
	if (!w.config || optind != argc || (w.incoming && (w.request || w.state || w.deliveries)) || (w.deliveries && w.state)) {
		fprintf(stderr, "xausl journal: --config FILE is needed; --incoming goes with neither --request, --deliveries nor "
				"--state, --deliveries not with --state; try: xausl journal --help\n");
		return 2;
	}
	if (w.state && !xgw_state_parse(w.state, &state)) {
		fprintf(stderr, "xausl journal: --state: no such state; try: xausl journal --help\n");
		return 2;
	}
	r = conf_read(&conf, xgw_config_items, w.config, &err);
	if (r) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		conf_freep(&conf);
		return 2;
	}
	r = show(conf_text(conf, "gateway.journal"), &w);
	conf_freep(&conf);
	return r;
}
