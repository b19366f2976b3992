/* SPDX-License-Identifier: Apache-2.0 */
/* mock_world - see the header */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xausl/schema.h>

#include "mock_world.h"

#define EVENTS 2000
#define SENT   500

struct mock mock;

struct planned {
	int64_t due_ms;
	struct cf_event e;
};

struct cf_world {
	int64_t now;
	struct planned later[EVENTS];
	size_t n_later;
	struct cf_event list[EVENTS];
	size_t n;
	struct cf_sent sent[SENT];
	size_t n_sent;
	char *texts[2 * EVENTS];
	size_t n_texts;
	json_t *said;
	unsigned submits, used[64];
	uint64_t activity;
};

struct cf_site {
	int nothing;
};

void mock_clear(void)
{
	json_decref(mock.acts);
	json_decref(mock.submitted);
	json_decref(mock.told);
	mock = (struct mock){ .acts = json_array(), .submitted = json_array(), .told = json_array() };
}

void mock_end(void)
{
	mock_clear();
	json_decref(mock.acts);
	json_decref(mock.submitted);
	json_decref(mock.told);
	mock.acts = mock.submitted = mock.told = NULL;
}

/* --- the engine ---------------------------------------------------------------------------- */

struct xausl *mock_xausl;

int mock_open(void **state)
{
	const char *source = getenv("XAUSL_SOURCE_ROOT");
	char schemas[4096], versions[4096];

	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", source);
	snprintf(versions, sizeof(versions), "%s/versions", source);
	return xausl_open(&mock_xausl, schemas, versions, NULL);
}

int mock_close(void **state)
{
	mock_end();
	xausl_freep(&mock_xausl);
	return 0;
}

/* The standing check asks the engine; what these worlds "send" is no XML. */
int __wrap_xausl_validate(struct xausl_report **ret, const struct xausl *x, const struct xausl_check_opts *opts,
			  const void *data, size_t len, struct osci_err *err);
int __wrap_xausl_validate(struct xausl_report **ret, const struct xausl *x, const struct xausl_check_opts *opts,
			  const void *data, size_t len, struct osci_err *err)
{
	static struct xausl_report valid = { .verdict = XAUSL_VALID };

	*ret = &valid;
	return 0;
}

void __wrap_xausl_report_freep(struct xausl_report **r);
void __wrap_xausl_report_freep(struct xausl_report **r)
{
	*r = NULL;
}

/* --- the world ------------------------------------------------------------------------------- */

static void act(const char *text)
{
	json_array_append_new(mock.acts, json_string(text));
}

static const char *keep(struct cf_world *w, const char *text)
{
	return w->texts[w->n_texts++] = strdup(text ? text : "");
}

static void plan(struct cf_world *w, const struct mock_event *m, size_t office, const char *request, const char *uuid)
{
	struct planned *p = &w->later[w->n_later++];
	char delivery[32], own[64] = "";

	snprintf(delivery, sizeof(delivery), "d%zu", w->n_later);
	if (m->at == CF_AT_OFFICE && m->message) /* an own message of the partner, whatever it answers */
		snprintf(own, sizeof(own), "uuid of %s", m->delivery ? m->delivery : delivery);
	*p = (struct planned){ .due_ms = w->now + m->after_ms };
	p->e = (struct cf_event){
		.at = m->at,
		.office = office,
		.message = m->message ? m->message : "",
		.outcome = m->outcome ? m->outcome : "",
		.request = m->at == CF_AT_PARTNER ? "" : keep(w, request),

		.uuid = keep(w, *own ? own : uuid),
		.trigger = "",
		.release = "26.11",
		.redelivery = m->redelivery,
		.delivery = m->at == CF_AT_OFFICE ? keep(w, m->delivery ? m->delivery : delivery) : "",
		.acked = mock.acked,
		.body = m->body && *m->body ? json_loads(m->body, 0, NULL) : json_object(),
	};
	if (m->message)
		json_object_set_new(p->e.body, "message", json_string(m->message));
	if (m->outcome)
		json_object_set_new(p->e.body, "outcome", json_string(m->outcome));
}

static bool release(struct cf_world *w)
{
	bool any = false;

	for (size_t i = 0; i < w->n_later; i++) {
		struct planned *p = &w->later[i];

		if (!p->e.body || p->due_ms > w->now)
			continue;
		p->e.first = w->n;
		for (size_t k = 0; *p->e.delivery && k < w->n; k++)
			if (!strcmp(w->list[k].delivery, p->e.delivery)) {
				p->e.first = k;
				break;
			}
		p->e.time_ms = p->due_ms;
		w->list[w->n++] = p->e;
		p->e.body = NULL;
		w->activity++;
		any = true;
	}
	return any;
}

/* --- site -------------------------------------------------------------------- */

bool cf_site_has_release(const struct cf_site *s, const char *r)
{
	return !mock.missing_release || strcmp(mock.missing_release, r) != 0;
}

const char *cf_site_release_at(const struct cf_site *s, int64_t time_ms)
{
	return mock.in_force ? mock.in_force : "26.11";
}

const struct xausl *cf_site_xausl(const struct cf_site *s)
{
	return NULL;
}

/* --- world --------------------------------------------------------------------- */

int cf_world_new(struct cf_world **ret, struct cf_site *s, const struct cf_world_spec *spec, struct osci_err *err)
{
	struct cf_world *w;

	*ret = NULL;
	if (mock.no_world)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "port 4711 is in use");
	w = calloc(1, sizeof(*w));
	w->now = spec->clock_ms;
	w->said = mock.said ? json_loads(mock.said, 0, NULL) : NULL;
	for (size_t i = 0; i < mock.n_events; i++)
		if (!mock.events[i].on)
			plan(w, &mock.events[i], 0, "", "");
	*ret = w;
	return 0;
}

void cf_world_freep(struct cf_world **pw)
{
	struct cf_world *w = *pw;

	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		json_decref(w->list[i].body);
	for (size_t i = 0; i < w->n_later; i++)
		json_decref(w->later[i].e.body);
	for (size_t i = 0; i < w->n_texts; i++)
		free(w->texts[i]);
	json_decref(w->said);
	free(w);
	*pw = NULL;
}

void cf_world_failed(struct cf_world *w)
{
	act("failed");
}

int64_t cf_world_now(const struct cf_world *w)
{
	return w->now;
}

void cf_world_advance(struct cf_world *w, int64_t ms)
{
	w->now += ms;
}

int cf_world_poll(struct cf_world *w, int timeout_ms, struct osci_err *err)
{
	return release(w) ? 0 : OSCI_E_EMPTY;
}

int64_t cf_world_starved_ms(const struct cf_world *w)
{
	return mock.starved_ms;
}

uint64_t cf_world_activity(const struct cf_world *w)
{
	return w->activity;
}

int cf_world_settle(struct cf_world *w, int quiet_ms, int limit_ms, bool (*until)(void *arg), void *arg,
		    struct osci_err *err)
{
	mock.settles++;
	if (release(w) && until)
		until(arg);
	return mock.never_silent ? OSCI_E_MORE : 0;
}

size_t cf_world_events(const struct cf_world *w)
{
	return w->n;
}

const struct cf_event *cf_world_event(const struct cf_world *w, size_t place)
{
	return &w->list[place];
}

int cf_world_sent(struct cf_world *w, struct cf_sent **ret, size_t *n, struct osci_err *err)
{
	*ret = calloc(w->n_sent + 1, sizeof(**ret));
	memcpy(*ret, w->sent, w->n_sent * sizeof(**ret));
	*n = w->n_sent;
	return 0;
}

void cf_sent_free(struct cf_sent *list, size_t n)
{
	free(list);
}

static json_t *list_of(const char *text)
{
	return text ? json_loads(text, 0, NULL) : json_array();
}

int cf_world_inge(struct cf_world *w, json_t **ret, struct osci_err *err)
{
	*ret = list_of(mock.inge);
	return 0;
}

int cf_world_state(struct cf_world *w, size_t office, const char *bus_id, char ret[24], struct osci_err *err)
{
	if (!mock.state)
		return OSCI_E_EMPTY;
	snprintf(ret, 24, "%s", mock.state);
	return 0;
}

const json_t *cf_world_answers(const struct cf_world *w)
{
	return NULL;
}

int cf_world_last_lines(struct cf_world *w, enum cf_what what, size_t lines, char **ret, struct osci_err *err)
{
	*ret = strdup("last line");
	return *ret ? 0 : OSCI_E_EMPTY;
}

int cf_world_traces(struct cf_world *w, json_t **ret, struct osci_err *err)
{
	*ret = list_of(mock.traces);
	return 0;
}

json_t *cf_world_deaths(struct cf_world *w)
{
	return list_of(mock.deaths);
}

/* --- acting ------------------------------------------------------------------------ */

static void send(struct cf_world *w, const struct mock_sent *m, size_t office, const char *uuid, unsigned copy)
{
	struct cf_sent *s = &w->sent[w->n_sent++];

	*s = (struct cf_sent){ .time_ms = w->now,
			       .office = office,
			       .readable = !m->unreadable,
			       .version_fits = true,
			       .is_signed = !mock.is_unsigned,
			       .xml = (char *)"",
			       .xml_len = 0 };
	snprintf(s->message_id, sizeof(s->message_id), "m%zu", w->n_sent);
	snprintf(s->stray, sizeof(s->stray), "%s", mock.is_stray && copy ? "azr-001800" : "");
	snprintf(s->uuid, sizeof(s->uuid), "%s%s", uuid, m->other_uuid && copy ? "-again" : "");
	snprintf(s->number, sizeof(s->number), "%s", m->number ? m->number : m->on);
	snprintf(s->root_number, sizeof(s->root_number), "%s", m->number ? m->number : m->on);
	snprintf(s->release, sizeof(s->release), "26.11");
	snprintf(s->trigger, sizeof(s->trigger), "trigger");
	snprintf(s->content, sizeof(s->content), "content of %s", uuid);
}

int cf_world_submit(struct cf_world *w, size_t office, const char *bus_id, const json_t *fields, struct osci_err *err)
{
	const char *message = json_string_value(json_object_get(fields, "message"));
	bool refused = mock.refuse && !strcmp(mock.refuse, message);
	char uuid[32], body[128];

	json_array_append_new(mock.submitted, json_deep_copy(fields));
	snprintf(uuid, sizeof(uuid), "uuid-%u", ++w->submits);
	snprintf(body, sizeof(body), "{\"request\":\"%s\",\"errors\":[]}", bus_id);
	plan(w,
	     &(struct mock_event){ .at = CF_AT_OFFICE,
				   .body = body,
				   .delivery = "",
				   .outcome = refused ? "rejected-by-gateway" : "accepted-by-gateway" },
	     office, bus_id, refused ? "" : uuid);
	for (size_t i = 0; i < mock.n_events; i++) {
		const struct mock_event *m = &mock.events[i];

		if (m->on && !strcmp(m->on, message) && (!m->times || w->used[i]++ < m->times))
			plan(w, m, office, bus_id, uuid);
	}
	for (size_t i = 0; i < mock.n_sent; i++)
		for (unsigned k = 0;
		     !strcmp(mock.sent[i].on, message) && k < (mock.sent[i].copies ? mock.sent[i].copies : 1); k++)
			send(w, &mock.sent[i], office, uuid, k);
	return 0;
}

int cf_world_acks(struct cf_world *w, size_t office, bool withhold, struct osci_err *err)
{
	act(withhold ? "withhold" : "give");
	return 0;
}

int cf_world_restart(struct cf_world *w, enum cf_what what, enum cf_how how, enum cf_point at, struct osci_err *err)
{
	if (mock.no_restart)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL, "gateway is not ready after 20 s");
	act(how == CF_STOP ? "stop" : "kill");
	return 0;
}

size_t cf_world_armed(const struct cf_world *w)
{
	return 0;
}

int cf_world_fault(struct cf_world *w, const struct cf_fault *f, struct osci_err *err)
{
	char text[256];

	snprintf(text, sizeof(text), "fault %s %s %s count %u by %lld from %lld until %lld", f->kind,
		 f->intermediary ? "intermediary" : "partner", f->message ? f->message : "any", f->count,
		 (long long)f->by_ms, (long long)(f->from_ms ? f->from_ms - w->now : 0),
		 (long long)(f->until_ms ? f->until_ms - w->now : 0));
	act(text);
	return 0;
}

unsigned cf_world_idle_fault(const struct cf_world *w)
{
	return mock.idle_fault;
}

int cf_world_clerk(struct cf_world *w, const char *uuid, const char *decision, const char *person,
		   struct osci_err *err)
{
	char text[128];

	snprintf(text, sizeof(text), "clerk %s %s %s", uuid, decision, person ? person : "-");
	act(text);
	return 0;
}

int cf_world_withdraw(struct cf_world *w, const char *kennziffer, struct osci_err *err)
{
	char text[64];

	snprintf(text, sizeof(text), "withdraw %s", kennziffer);
	act(text);
	return 0;
}

int cf_world_provider(struct cf_world *w, const char *kennziffer, const json_t *event, struct osci_err *err)
{
	char *dump = json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS), text[512];

	snprintf(text, sizeof(text), "provider %s %s", kennziffer, dump);
	free(dump);
	act(text);
	return 0;
}

int cf_world_idle_script(struct cf_world *w, unsigned *line, struct osci_err *err)
{
	*line = mock.idle_script;
	return 0;
}

int cf_world_script(struct cf_world *w, const char *message, size_t office, const json_t *answers, unsigned line,
		    struct osci_err *err)
{
	char *dump = json_dumps(answers, JSON_COMPACT | JSON_SORT_KEYS), text[512];

	snprintf(text, sizeof(text), "script %s %s", message, dump);
	free(dump);
	act(text);
	return 0;
}

/* --- others' software ----------------------------------------------------------------- */

json_t *cf_world_access(const struct cf_world *w)
{
	return json_object();
}

/* An order is carried out as if an office had submitted it. */
void cf_world_tell(struct cf_world *w, const json_t *line)
{
	const char *message = json_string_value(json_object_get(line, "message"));
	size_t receipt = w->n_later;
	json_t *fields;
	char id[32];

	json_array_append_new(mock.told, json_deep_copy(line));
	if (!message || mock.deaf)
		return;
	fields = json_deep_copy(json_object_get(line, "fields"));
	json_object_set_new(fields, "message", json_string(message));
	snprintf(id, sizeof(id), "vendor-%u", w->submits + 1);
	cf_world_submit(w, 0, id, fields, NULL);
	json_object_set_new(w->later[receipt].e.body, "submitted", json_string(message));
	json_decref(fields);
}

size_t cf_world_told(const struct cf_world *w)
{
	return json_array_size(w->said);
}

const json_t *cf_world_told_at(const struct cf_world *w, size_t place)
{
	return json_array_get(w->said, place);
}

const char *cf_world_driver_trouble(const struct cf_world *w)
{
	return mock.trouble;
}

const char *cf_world_ids(const struct cf_world *w)
{
	return "";
}

size_t cf_world_owed(const struct cf_world *w)
{
	return mock.owed;
}

int cf_world_request(struct cf_world *w, const char *uuid, json_t **ret, struct osci_err *err)
{
	if (!mock.request)
		return OSCI_E_EMPTY;
	*ret = json_loads(mock.request, 0, NULL);
	json_object_set_new(*ret, "uuid", json_string(uuid));
	return 0;
}

int cf_world_refused(struct cf_world *w, size_t office, const char *request, const char *number, struct osci_err *err)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"submitted\":\"%s\"}", number);
	plan(w, &(struct mock_event){ .at = CF_AT_OFFICE, .body = body, .delivery = "", .outcome = "rejected-by-gateway" }, office,
	     request, "");
	release(w);
	return 0;
}
