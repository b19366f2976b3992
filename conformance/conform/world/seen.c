/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen - what offices did and got that are not played by the runner
 *
 * Of office software the gateway's journal tells: its requests, and the deliveries it acknowledged.  Of a foreign gateway the
 * intermediary tells: what it stored, and what it took from the mailboxes.  In both the fields are those of the message itself,
 * opened with the key of the office.  What somebody saw on a screen nobody here can know: that is for the driver to tell.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "case/case.h"
#include "world/priv.h"

#define QUIET_MS 10 /* looked at when nothing was heard for so long */
#define ROWS "100000"

static int too_many(struct osci_err *err)
{
	return osci_fail(err, OSCI_E_LIMIT, NULL, "office", "too many events");
}

static bool has_receipt(const struct cf_world *w, size_t office, const char *request)
{
	for (size_t i = 0; i < w->n_events; i++)
		if (w->events[i].at == CF_AT_OFFICE && !*w->events[i].delivery && w->events[i].office == office &&
		    strcmp(w->events[i].request, request) == 0)
			return true;
	return false;
}

static int receipt(struct cf_world *w, size_t office, int64_t time, const char *request, const char *number,
		   const char *uuid, struct osci_err *err)
{
	json_t *body;

	if (office == CF_NO_OFFICE || has_receipt(w, office, request))
		return 0;
	body = json_pack("{s:s, s:s, s:s}", "request", request, "outcome",
			 *uuid ? "accepted-by-gateway" : "rejected-by-gateway", "submitted", number);
	if (body && *uuid)
		json_object_set_new(body, "uuid", json_string(uuid));
	cf_active(w);
	if (!cf_event_add(w, CF_AT_OFFICE, office, time, body))
		return too_many(err);
	return cf_known_add(w, office, uuid, request);
}

int cf_world_refused(struct cf_world *w, size_t office, const char *request, const char *number, struct osci_err *err)
{
	return receipt(w, office, cf_world_now(w), request, number, "", err);
}

/* Takes @body. */
static int delivery(struct cf_world *w, size_t office, int64_t time, const char *id, const char *request,
		    const char *outcome, json_t *body, struct osci_err *err)
{
	struct cf_event *e;

	if (body && (json_object_set_new(body, "delivery", json_string(id)) ||
		     (*outcome && json_object_set_new(body, "outcome", json_string(outcome))) ||
		     (*request && json_object_set_new(body, "request", json_string(request))))) {
		json_decref(body);
		return -ENOMEM;
	}
	cf_active(w);
	e = cf_event_add(w, CF_AT_OFFICE, office, time, body);
	if (!e)
		return too_many(err);
	e->acked = 1;
	return 0;
}

static bool has_delivery(const struct cf_world *w, size_t office, const char *id, const char *uuid)
{
	for (size_t i = 0; i < w->n_events; i++) {
		const struct cf_event *e = &w->events[i];

		if (e->at == CF_AT_OFFICE && *e->delivery && e->office == office &&
		    (strcmp(e->delivery, id) == 0 || (uuid && *uuid && strcmp(e->uuid, uuid) == 0)))
			return true;
	}
	return false;
}

/* --- a foreign gateway ---------------------------------------------------- */

static int stored(struct cf_world *w, const struct cf_mail *list, size_t n, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		const struct cf_sent *s = &list[i].sent;

		if (s->readable && *s->uuid && strncmp(s->number, "07", 2) == 0)
			r = receipt(w, s->office, s->time_ms, s->uuid, s->number, s->uuid, err);
	}
	return r;
}

/* UUID of the request a message names; notices such as 0032 do it in their own way. */
static const char *names(const json_t *body)
{
	const char *trigger = cf_text(body, "trigger");

	return *trigger ? trigger : cf_text(json_object_get(body, "original"), "uuid");
}

/* A second copy of a message is for the gateway to hold back; whether it does is not seen. */
static int received(struct cf_world *w, const struct cf_mail *list, size_t n, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		const struct cf_sent *s = &list[i].sent;
		const char *outcome = cf_message_outcome(s->number);
		char request[64];
		json_t *body;

		if (!s->readable || !list[i].received_ms || has_delivery(w, s->office, s->message_id, s->uuid))
			continue;
		body = cf_mail_body(w, s);
		snprintf(request, sizeof(request), "%s", names(body));
		r = delivery(w, s->office, list[i].received_ms, s->message_id, *request ? request : s->trigger,
			     outcome ? outcome : "message", body, err);
	}
	return r;
}

static int look_at_mail(struct cf_world *w, struct osci_err *err)
{
	struct cf_mail *in = NULL, *out = NULL;
	size_t n_in = 0, n_out = 0;
	int r = cf_mail_list(w, false, &out, &n_out, err);

	if (!r)
		r = cf_mail_list(w, true, &in, &n_in, err);
	if (!r)
		r = stored(w, out, n_out, err);
	if (!r)
		r = received(w, in, n_in, err);
	cf_mail_free(out, n_out);
	cf_mail_free(in, n_in);
	return r;
}

/* --- foreign office software ---------------------------------------------- */

/* Rows of the journal as a list, new reference; @what NULL: the requests. */
static int journal(struct cf_world *w, const char *what, json_t **ret, struct osci_err *err)
{
	const char *const argv[] = { w->site->programs[CF_PROG_XAUSL], "journal", "--config", w->daemons[CF_GATEWAY].config,
				     "--json", "--last", ROWS, what, NULL };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(CF_TOOL_MAX);
	json_t *list = json_array();
	char *save, *line;
	int r = list ? cf_run(argv, w->dir, w->site->env, CF_TOOL_MS, false, &out, err) : -ENOMEM;

	if (r && r != OSCI_E_STATE) { /* that is: nothing there */
		json_decref(list);
		return r;
	}
	for (line = !r && out.data ? strtok_r((char *)out.data, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		json_array_append_new(list, json_loads(line, 0, NULL));
	*ret = list;
	return 0;
}

static int64_t time_at(const struct cf_world *w, const json_t *row, const char *name)
{
	const char *text = cf_text(row, name);
	int64_t ms;

	return osci_parse_datetime(text, strlen(text), &ms) ? cf_world_now(w) : ms;
}

static int look_at_requests(struct cf_world *w, struct osci_err *err)
{
	json_t *rows = NULL, *row;
	size_t i;
	int r = journal(w, NULL, &rows, err);

	json_array_foreach(rows, i, row)
		if (!r && cf_text(row, "request")[0] != '#') /* that would be a Rückweisung of the gateway itself */
			r = receipt(w, cf_office_by_key(w, cf_text(row, "office")), time_at(w, row, "accepted_at"),
				    cf_text(row, "request"), cf_text(row, "message"), cf_text(row, "uuid"), err);
	json_decref(rows);
	return r;
}

static json_t *body_of(const struct cf_world *w, const struct cf_mail *mail, size_t n, const char *uuid)
{
	for (size_t i = 0; i < n; i++)
		if (*uuid && strcmp(mail[i].sent.uuid, uuid) == 0)
			return cf_mail_body(w, &mail[i].sent);
	return json_object();
}

static int look_at_deliveries(struct cf_world *w, struct osci_err *err)
{
	struct cf_mail *mail = NULL;
	size_t n = 0, i, owed = 0;
	json_t *rows = NULL, *row;
	int r = journal(w, "--deliveries", &rows, err);

	json_array_foreach(rows, i, row) {
		size_t office = cf_office_by_key(w, cf_text(row, "office"));
		char id[24];

		if (r || office == CF_NO_OFFICE)
			continue;
		if (!*cf_text(row, "acknowledged_at")) {
			owed++;
			continue;
		}
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "delivery")));
		if (has_delivery(w, office, id, NULL))
			continue;
		if (!mail)
			r = cf_mail_list(w, true, &mail, &n, err);
		if (!r)
			r = delivery(w, office, time_at(w, row, "acknowledged_at"), id, cf_text(row, "request"),
				     cf_text(row, "outcome"), body_of(w, mail, n, cf_text(row, "uuid")), err);
	}
	w->owed = owed;
	cf_mail_free(mail, n);
	json_decref(rows);
	return r;
}

size_t cf_world_owed(const struct cf_world *w)
{
	return w->owed;
}

int cf_seen_poll(struct cf_world *w, struct osci_err *err)
{
	int r;

	if (cf_offices_ours(w) || !w->seen_stale || osci_clock_mono_ms() - w->active_at < QUIET_MS)
		return 0;
	w->seen_stale = false;
	if (w->foreign == CF_FOREIGN_GATEWAY)
		return look_at_mail(w, err);
	r = look_at_requests(w, err);
	return r ? r : look_at_deliveries(w, err);
}
