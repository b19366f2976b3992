/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive - others' software: a case orders requests from it, and what it sent and shows is held against the case
 *
 * Whoever works the software, a driver or a person, is told and has the patience of the run in real time; the case clock is
 * left alone meanwhile.  A request counts as sent when the gateway has it (or, of a foreign gateway, the intermediary), and is
 * compared as it lies at the intermediary.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "run/match.h"
#include "run/ordered.h"
#include "run/play.h"

#define LOOK_MS	    100 /* between two looks, real time */
#define LINE_OCTETS 4096
#define TEXT_OCTETS ((size_t)1 << 20)

/* --- a person ------------------------------------------------------------------------ */

static void __attribute__((format(printf, 2, 3))) say(const struct cf_play *p, const char *fmt, ...)
{
	char text[LINE_OCTETS];
	va_list ap;

	if (p->conf->drive.driver || !p->conf->drive.prompt)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->conf->drive.prompt(p->conf->drive.arg, text);
}

static int say_field(void *arg, const char *name, const json_t *value)
{
	char number[32];
	const char *text = json_string_value(value);

	if (!strcmp(name, "message"))
		return 0;
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	say(arg, "    %-32s %s", name,
	    text		     ? text
	    : json_is_boolean(value) ? json_is_true(value) ? "true" : "false"
	    : json_is_integer(value) ? number
				     : "none (null)");
	return 0;
}

void cf_drive_step(struct cf_play *p, const struct cf_step *s)
{
	char words[256];

	if (s->kind != CF_SEND)
		say(p, "  step %s, %s: %s", p->path, cf_step_name(s->kind), cf_step_words(s, words, sizeof(words)));
}

/* --- the driver ------------------------------------------------------------------------ */

/* Takes @line. */
static int tell(struct cf_play *p, json_t *line)
{
	if (!line)
		return -ENOMEM;
	cf_world_tell(p->w, line);
	json_decref(line);
	return 0;
}

enum cf_played cf_drive_trouble(struct cf_play *p)
{
	const char *text = cf_driven(p) ? cf_world_driver_trouble(p->w) : NULL;

	return text ? cf_play_fail(p, NULL, NULL, NULL, "%s", text) : CF_PLAYED;
}

struct wanted {
	struct cf_play *p;
	const char *label, *message; /* a request */
	size_t office;
	const char *uuid;   /* a report */
	const json_t *line; /* of the driver */
	size_t event;
};

static bool is_claimed(const struct cf_play *p, const struct cf_event *e)
{
	for (size_t i = 0; i < p->n_requests; i++)
		if (p->requests[i].office == e->office && !strcmp(p->requests[i].bus_id, e->request))
			return true;
	return false;
}

/* The first receipt that no step has ordered yet; of @message by @office if that is not NULL. */
static size_t unclaimed(const struct cf_play *p, const char *message, size_t office)
{
	for (size_t i = 0; i < p->n_events; i++) {
		const struct cf_event *e = cf_world_event(p->w, i);
		const char *number = json_string_value(json_object_get(e->body, "submitted"));

		if (e->at == CF_AT_OFFICE && !*e->delivery && number && !is_claimed(p, e) &&
		    (!message || (!strcmp(number, message) && e->office == office)))
			return i;
	}
	return CF_NONE;
}

static const json_t *said(const struct cf_play *p, const char *name)
{
	for (size_t i = cf_world_told(p->w); i--;) {
		const json_t *value = json_object_get(cf_world_told_at(p->w, i), name);

		if (value)
			return value;
	}
	return NULL;
}

static bool is_ready(struct wanted *w)
{
	return said(w->p, "ready") != NULL;
}

static bool is_sent(struct wanted *w)
{
	const char *refused;

	w->event = unclaimed(w->p, w->message, w->office);
	refused = w->event == CF_NONE ? json_string_value(said(w->p, "refused")) : NULL;
	if (refused && !strcmp(refused, w->label) && !cf_world_refused(w->p->w, w->office, w->label, w->message, NULL) &&
	    !cf_play_intake(w->p))
		w->event = unclaimed(w->p, w->message, w->office);
	return w->event != CF_NONE;
}

static bool is_shown(struct wanted *w)
{
	for (size_t i = cf_world_told(w->p->w); i-- && !w->line;) {
		const json_t *d = json_object_get(cf_world_told_at(w->p->w, i), "delivery");
		const char *uuid = json_string_value(json_object_get(d, "uuid"));

		w->line = uuid && !strcmp(uuid, w->uuid) ? d : NULL;
	}
	return w->line != NULL;
}

/* 0: it is so, or the patience is over, or the driver is in trouble. */
static int await(struct cf_play *p, bool (*is)(struct wanted *w), struct wanted *w, struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + p->conf->drive.patience_ms, left;

	while (!is(w) && !cf_world_driver_trouble(p->w) && (left = end - osci_clock_mono_ms()) > 0 &&
	       !cf_play_stopped(p, err)) {
		int r = cf_world_poll(p->w, left < LOOK_MS ? (int)left : LOOK_MS, err);

		if (r && r != OSCI_E_EMPTY)
			return r;
		if (cf_play_intake(p))
			return -ENOMEM;
	}
	return cf_play_stopped(p, err) ? OSCI_E_STATE : 0;
}

enum cf_played cf_drive_begin(struct cf_play *p, struct osci_err *err)
{
	struct wanted w = { .p = p };
	char time[24];

	snprintf(p->path, sizeof(p->path), "start");
	cf_time_format(p->c->clock_ms, time);
	say(p, "%s: %s; the case begins at %s", p->c->id, p->c->title, time);
	if (!p->conf->drive.driver)
		return CF_PLAYED;
	if (tell(p, json_pack("{s:s, s:s, s:s, s:s, s:o}", "do", "case", "id", p->c->id, "title", p->c->title, "clock", time,
			      "access", cf_world_access(p->w))) ||
	    await(p, is_ready, &w, err))
		return CF_PLAY_ERROR;
	if (cf_world_driver_trouble(p->w))
		return cf_drive_trouble(p);
	if (!is_ready(&w))
		return cf_play_fail(p, NULL, "{\"ready\": true}", NULL, "the driver has not said within %d s that it is ready",
				    p->conf->drive.patience_ms / 1000);
	p->deliveries = json_is_true(said(p, "deliveries"));
	return CF_PLAYED;
}

void cf_drive_end(struct cf_play *p)
{
	if (p->conf->drive.driver)
		(void)tell(p, json_pack("{s:s, s:s}", "do", "end", "id", p->c->id));
}

/* --- a request --------------------------------------------------------------------------- */

static int order(struct cf_play *p, const struct cf_send *s, const json_t *data)
{
	json_t *line, *wrong;

	say(p, "  step %s: now send %s from office %s, %s (%s); it must be there within %d s", p->path, s->message,
	    s->office->label, s->office->name, s->office->key, p->conf->drive.patience_ms / 1000);
	if (s->reply_to)
		say(p, "    it answers the question %s", s->reply_to);
	(void)cf_leaves(data, say_field, p);
	if (!p->conf->drive.driver)
		return 0;
	line = json_pack("{s:s, s:s, s:s, s:s, s:O}", "do", "send", "as", s->label, "message", s->message, "office", s->office->key,
			 "fields", data);
	if (line && s->n_wrong) {
		wrong = json_array();
		for (size_t i = 0; i < s->n_wrong; i++)
			json_array_append_new(wrong, json_string(s->wrong[i]));
		json_object_set_new(line, "wrong", wrong);
	}
	return tell(p, line);
}

static enum cf_played not_sent(struct cf_play *p, const struct cf_send *s)
{
	char want[256], came[256] = "";
	size_t other = unclaimed(p, NULL, CF_NO_OFFICE);

	snprintf(want, sizeof(want), "%s by office %s", s->message, s->office->label);
	if (other != CF_NONE) {
		const struct cf_event *e = cf_world_event(p->w, other);

		snprintf(came, sizeof(came), "%s by office %s", json_string_value(json_object_get(e->body, "submitted")),
			 p->c->offices[e->office].label);
	}
	return cf_play_fail(p, NULL, want, *came ? came : NULL, "%s has not come within %d s of real time%s%s", want,
			    p->conf->drive.patience_ms / 1000, *came ? "; what came is " : "", came);
}

static int differs(void *arg, const char *name, const json_t *ordered, const json_t *seen)
{
	_cleanup_(osci_freep) char *want = ordered ? json_dumps(ordered, JSON_ENCODE_ANY) : strdup("nothing");
	_cleanup_(osci_freep) char *have = seen ? json_dumps(seen, JSON_ENCODE_ANY) : NULL;

	if (!want || (seen && !have))
		return -ENOMEM;
	return cf_play_fail(arg, name, want, have, "%s was sent %s", name,
			    !ordered ? "and is not ordered" : seen ? "with another value than ordered" : "not at all") ==
			       CF_PLAY_ERROR
		       ? -ENOMEM
		       : 0;
}

static enum cf_played compare(struct cf_play *p, struct cf_request *q, struct osci_err *err)
{
	size_t before = p->out->n_failures;
	json_t *seen = NULL;
	int r = cf_world_request(p->w, q->uuid, &seen, err);

	if (r == OSCI_E_EMPTY) /* not yet under way; later */
		return CF_PLAYED;
	if (!r) {
		q->compared = true;
		r = cf_ordered(q->data, seen, differs, p);
		if (r > 0)
			osci_fail(err, r, NULL, q->label, "the request is nested too deeply to be compared");
	}
	json_decref(seen);
	if (r)
		return CF_PLAY_ERROR;
	return p->out->n_failures > before ? CF_PLAY_FAILED : CF_PLAYED;
}

enum cf_played cf_drive_send(struct cf_play *p, const struct cf_send *s, json_t *data, size_t root, struct osci_err *err)
{
	struct wanted w = { .p = p, .label = s->label, .message = s->message, .office = cf_play_office(p, s->office) };
	const struct cf_event *e;
	struct cf_request *q;

	if (order(p, s, data) || await(p, is_sent, &w, err)) {
		json_decref(data);
		return CF_PLAY_ERROR;
	}
	if (!is_sent(&w)) {
		json_decref(data);
		return cf_world_driver_trouble(p->w) ? cf_drive_trouble(p) : not_sent(p, s);
	}
	say(p, "    it has come");
	if (!strcmp(s->message, "070011")) /* it stays in the gateway */
		json_object_del(data, "purpose");
	e = cf_world_event(p->w, w.event);
	q = cf_play_record_request(p, s->label, e->request, s->message, w.office, s->person, root, data);
	if (!q)
		return CF_PLAY_ERROR;
	q->receipt = true;
	q->refused = !*e->uuid;
	q->sent_ms = e->time_ms;
	q->step = p->step;
	snprintf(q->uuid, sizeof(q->uuid), "%s", e->uuid);
	snprintf(q->path, sizeof(q->path), "%s", p->path);
	if (q->refused)
		return CF_PLAYED;
	return cf_wait_silence(p, err) ? CF_PLAY_ERROR : compare(p, q, err);
}

enum cf_played cf_drive_compare(struct cf_play *p, struct osci_err *err)
{
	const struct cf_step *step = p->step;
	enum cf_played played = CF_PLAYED;

	for (size_t i = 0; i < p->n_requests && played != CF_PLAY_ERROR; i++) {
		struct cf_request *q = &p->requests[i];
		enum cf_played one;

		if (q->compared || q->refused)
			continue;
		p->step = q->step;
		snprintf(p->path, sizeof(p->path), "%s", q->path);
		one = compare(p, q, err);
		played = one == CF_PLAYED ? played : one;
	}
	p->step = step;
	return played;
}

/* --- what it got -------------------------------------------------------------------------- */

static enum cf_played shown_fields(struct cf_play *p, const struct cf_expecteds *e, const json_t *have)
{
	enum cf_played played = CF_PLAYED;

	for (size_t i = 0; i < e->n && played != CF_PLAY_ERROR; i++) {
		const json_t *value = cf_path_get(have, e->list[i].name);
		char text[CF_ORDERED_NAME_MAX + 64];

		if (cf_fits(&e->list[i].match, value, p->captures))
			continue;
		snprintf(text, sizeof(text), "the software shows %s %s", e->list[i].name,
			 value ? "with another value" : "not at all");
		played = cf_play_fail_match(p, e->list[i].place.line, e->list[i].name, &e->list[i].match, value, text);
	}
	return played;
}

enum cf_played cf_drive_shown(struct cf_play *p, const struct cf_expect *e, size_t alternative, size_t event,
			      struct osci_err *err)
{
	char uuid[64], words[256];
	struct wanted w = { .p = p, .uuid = uuid };
	enum cf_played played;

	snprintf(uuid, sizeof(uuid), "%s", cf_world_event(p->w, event)->uuid);
	cf_play_event_words(p, event, words, sizeof(words));
	if (!p->deliveries || e->at != CF_AT_OFFICE || !*cf_world_event(p->w, event)->message)
		return CF_PLAYED;
	if (await(p, is_shown, &w, err))
		return CF_PLAY_ERROR;
	if (!w.line)
		return cf_world_driver_trouble(p->w)
			       ? cf_drive_trouble(p)
			       : cf_play_fail(p, NULL, words, NULL, "the driver has not reported %s within %d s", words,
					      p->conf->drive.patience_ms / 1000);
	played = shown_fields(p, &e->fields, w.line);
	if (played == CF_PLAY_ERROR)
		return played;
	return shown_fields(p, &e->alternatives[alternative].fields, w.line) == CF_PLAYED ? played : CF_PLAY_FAILED;
}
