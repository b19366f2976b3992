/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs - what the three processes say of themselves: traffic, points, events for the operator
 *
 * Each log is read on from where the last look ended.  A line cut by a kill is joined to the next one and then no JSON: it is
 * passed over, as everything that is not understood.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "world/priv.h"

#define BLOCK 65536
#define ERROR_LIST "Fehlercodes-in-XInneres"

static int give_lines(struct cf_daemon *d, int (*line)(void *arg, const char *text, const json_t *json), void *arg)
{
	char *start = (char *)d->rest.data, *end;
	size_t left = d->rest.len;
	int r = 0;

	while (!r && left && (end = memchr(start, '\n', left))) {
		json_t *json;

		*end = '\0';
		json = json_loads(start, 0, NULL);
		r = line(arg, start, json);
		json_decref(json);
		left -= (size_t)(end + 1 - start);
		start = end + 1;
	}
	if (left == d->rest.len && left < CF_LOG_LINE_MAX - BLOCK)
		return r;
	/* What is no line by now will never be one. */
	if (left >= CF_LOG_LINE_MAX - BLOCK)
		left = 0;
	if (left)
		memmove(d->rest.data, start, left);
	d->rest.len = left;
	return r;
}

int cf_log_read(struct cf_daemon *d, int (*line)(void *arg, const char *text, const json_t *json), void *arg)
{
	int fd = open(d->log, O_RDONLY | O_CLOEXEC), r = 0;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while (!r && n > 0) {
		unsigned char *room = osci_buf_room(&d->rest, BLOCK);

		n = room ? pread(fd, room, BLOCK, d->read_to) : -1;
		if (n <= 0)
			break;
		osci_buf_grow(&d->rest, (size_t)n);
		d->read_to += n;
		r = give_lines(d, line, arg);
	}
	close(fd);
	return r;
}

struct reading {
	struct cf_world *w;
	struct osci_err *err;
};

static int64_t time_of(const struct cf_world *w, const json_t *json)
{
	const char *text = cf_text(json, "time");
	int64_t ms;

	return osci_parse_datetime(text, strlen(text), &ms) ? cf_world_now(w) : ms;
}

/* --- gateway ------------------------------------------------------------- */

static json_t *incoming_body(const struct cf_world *w, const json_t *json, int64_t time)
{
	static const char *const kept[] = { "mailbox", "message", "uuid" };
	json_t *body = json_pack("{s:s}", "outcome", cf_text(json, "event"));
	const char *code = cf_text(json, "reason");
	const struct xausl_release *r = xausl_release_at(w->site->xausl, time);
	const char *name = r && *code ? xausl_code_name(r, ERROR_LIST, code) : NULL;

	for (size_t i = 0; body && i < sizeof(kept) / sizeof(kept[0]); i++)
		if (*cf_text(json, kept[i]))
			json_object_set(body, kept[i], json_object_get(json, kept[i]));
	if (body && *code)
		json_object_set_new(body, "reasons", json_pack("[{s:s, s:s*}]", "code", code, "name", name));
	return body;
}

static int gateway_line(void *arg, const char *text, const json_t *json)
{
	struct reading *l = arg;
	const char *event = cf_text(json, "event");
	int64_t time = time_of(l->w, json);
	const struct cf_known *k;
	struct cf_event *e;
	json_t *body;

	cf_active(l->w);
	l->w->seen_stale = l->w->foreign == CF_FOREIGN_OFFICE;
	if (strcmp(event, "incoming-rejected") == 0 || strcmp(event, "incoming-unassigned") == 0 ||
	    strcmp(event, "incoming-repeated") == 0) {
		body = incoming_body(l->w, json, time);
		e = cf_event_add(l->w, CF_AT_OPERATOR, cf_office_by_key(l->w, cf_text(json, "mailbox")), time, body);
	} else if (strcmp(event, "overdue") == 0) {
		k = cf_known_find(l->w, cf_text(json, "uuid"));
		body = json_pack("{s:s, s:s}", "outcome", event, "request", k ? k->bus_id : "");
		e = cf_event_add(l->w, CF_AT_OPERATOR, cf_office_by_key(l->w, cf_text(json, "office")), time, body);
	} else {
		return 0;
	}
	return e ? 0 : osci_fail(l->err, OSCI_E_LIMIT, NULL, "gateway", "too many events");
}

/* --- intermediary -------------------------------------------------------- */

static bool by_bamf(const json_t *json, const char *member)
{
	return strcmp(cf_text(json, member), "bamf") == 0;
}

static int intermediary_line(void *arg, const char *text, const json_t *json)
{
	struct reading *l = arg;
	const char *event = cf_text(json, "event"), *order = cf_text(json, "order");
	bool store = strcmp(order, "storeDelivery") == 0, fetch = strcmp(order, "fetchDelivery") == 0;
	bool good = cf_text(json, "code")[0] != '9' && *cf_text(json, "message");
	enum cf_point point;

	cf_active(l->w);
	/* A request is stored, or the answer before is confirmed: by the next order of the dialogue, or by its end. */
	if (l->w->foreign == CF_FOREIGN_GATEWAY && *order && !by_bamf(json, "client"))
		l->w->seen_stale = true;
	if (strcmp(event, "fault-applied") == 0 && strcmp(cf_text(json, "fault"), "delay") == 0 && store &&
	    by_bamf(json, "mailbox"))
		point = CF_STORE_REQUESTED;
	else if (strcmp(event, "order-answered") != 0 || !good || strcmp(cf_text(json, "outcome"), "fault") == 0)
		return 0;
	else if (store)
		point = by_bamf(json, "mailbox") ? CF_STORED : CF_ANSWER_WAITING;
	else if (fetch && !by_bamf(json, "client"))
		point = CF_ANSWER_FETCHED;
	else
		return 0;
	return cf_point_seen(l->w, point, NULL, l->err);
}

/* --- partner ------------------------------------------------------------- */

/* What the runner told a simulator and it does not take is an error of the set-up, however the case goes on. */
static int not_taken(const struct reading *l, const char *who, const json_t *json)
{
	const char *event = cf_text(json, "event");

	if (strcmp(event, "faults-not-read") != 0 && strcmp(event, "order-refused") != 0 && strcmp(event, "order-failed") != 0)
		return 0;
	return osci_fail(l->err, OSCI_E_STATE, NULL, who, "%s: %s %s", event, cf_text(json, "where"), cf_text(json, "what"));
}

static int partner_line(void *arg, const char *text, const json_t *json)
{
	struct reading *l = arg;

	cf_active(l->w);
	if (strcmp(cf_text(json, "event"), "message-received") == 0)
		l->w->received_stale = true;
	if (strcmp(cf_text(json, "event"), "answer-sent") == 0 &&
	    json_array_append_new(l->w->answers,
				  json_pack("{s:I, s:s, s:s}", "time", (json_int_t)time_of(l->w, json), "message",
					    cf_text(json, "message"), "uuid", cf_text(json, "uuid"))))
		return -ENOMEM;
	/* A script that names too little for its message, for example: nobody can wait for that answer. */
	if (strcmp(cf_text(json, "event"), "answer-impossible") == 0)
		return osci_fail(l->err, OSCI_E_STATE, NULL, "partner", "cannot write %s: %s is %s", cf_text(json, "message"),
				 cf_text(json, "field"), cf_text(json, "code"));
	return not_taken(l, "partner", json);
}

int cf_logs_poll(struct cf_world *w, struct osci_err *err)
{
	struct reading l = { w, err };
	int r = 0;

	if (cf_daemon_ours(w, CF_INTERMEDIARY))
		r = cf_log_read(&w->daemons[CF_INTERMEDIARY], intermediary_line, &l);
	if (!r && cf_daemon_ours(w, CF_PARTNER))
		r = cf_log_read(&w->daemons[CF_PARTNER], partner_line, &l);
	if (!r && cf_daemon_ours(w, CF_GATEWAY))
		r = cf_log_read(&w->daemons[CF_GATEWAY], gateway_line, &l);
	return r;
}
