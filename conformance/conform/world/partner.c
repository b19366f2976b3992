/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner - what inge-sim is told and asked: orders as lines of a file, lists from its own program
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "world/priv.h"

#define QUIET_MS 10 /* the list of requests is asked for when the partner has been quiet for so long */

/* --- orders -------------------------------------------------------------- */

/* Takes @order. One write: the partner reads whole lines. */
static int order(struct cf_world *w, json_t *order, struct osci_err *err)
{
	_cleanup_(osci_freep) char *path = NULL, *line = NULL, *text = order ? json_dumps(order, JSON_COMPACT) : NULL;
	int fd, n, r = 0;

	json_decref(order);
	if (cf_not_a_stack(w, "partner", err))
		return OSCI_E_STATE;
	if (!text || asprintf(&path, "%s/partner.db.orders", w->dir) < 0)
		return -ENOMEM;
	n = asprintf(&line, "%s\n", text);
	if (n < 0)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot be opened");
	if (write(fd, line, (size_t)n) != n)
		r = osci_fail(err, -EIO, NULL, path, "cannot be written");
	close(fd);
	return r;
}

int cf_world_clerk(struct cf_world *w, const char *uuid, const char *decision, const char *person, struct osci_err *err)
{
	return order(w, json_pack("{s:s, s:s, s:s, s:s*}", "do", "clerk", "request", uuid, "decision", decision, "person",
				  person), err);
}

int cf_world_withdraw(struct cf_world *w, const char *kennziffer, struct osci_err *err)
{
	return order(w, json_pack("{s:s, s:s}", "do", "withdraw", "kennziffer", kennziffer), err);
}

int cf_world_provider(struct cf_world *w, const char *kennziffer, const json_t *event, struct osci_err *err)
{
	return order(w, json_pack("{s:s, s:s, s:O}", "do", "event", "kennziffer", kennziffer, "event", event), err);
}

int cf_world_script(struct cf_world *w, const char *message, size_t office, const json_t *answers, unsigned line,
		    struct osci_err *err)
{
	if (w->n_scripts == CF_SCRIPTS_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "script", "more than %d scripts in one case", CF_SCRIPTS_MAX);
	w->scripts[w->n_scripts++] = line;
	if (office >= w->n_offices)
		return osci_fail(err, OSCI_E_USAGE, NULL, "script", "no such office");
	return order(w, json_pack("{s:s, s:s, s:s, s:O}", "do", "script", "message", message, "office", w->offices[office].key,
				  "answers", answers), err);
}

/* --- lists --------------------------------------------------------------- */

static int ask(struct cf_world *w, const char *const *what, json_t **ret, struct osci_err *err)
{
	const struct cf_daemon *d = &w->daemons[CF_PARTNER];
	const char *argv[CF_ARGV_MAX] = { d->p.program, "--config", d->config, "--clock-file", w->clock_path };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(CF_TOOL_MAX);
	int r = cf_not_a_stack(w, "partner", err);

	if (r)
		return r;
	for (size_t i = 0; what[i]; i++)
		argv[5 + i] = what[i];
	r = cf_run(argv, w->dir, w->site->env, CF_TOOL_MS, false, &out, err);
	if (r)
		return r;
	*ret = out.data ? json_loads((const char *)out.data, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (json_is_array(*ret))
		return 0;
	json_decref(*ret);
	*ret = NULL;
	return osci_fail(err, OSCI_E_STATE, NULL, "partner", "%s gives no list", what[0]);
}

int cf_world_idle_script(struct cf_world *w, unsigned *line, struct osci_err *err)
{
	json_t *list = NULL;
	int r;

	*line = 0;
	if (!w->n_scripts)
		return 0;
	r = ask(w, (const char *const[]){ "--list-scripts", NULL }, &list, err);
	for (size_t i = 0; !r && i < w->n_scripts && !*line; i++)
		if (!*cf_text(json_array_get(list, i), "request"))
			*line = w->scripts[i];
	json_decref(list);
	return r;
}

int cf_world_inge(struct cf_world *w, json_t **ret, struct osci_err *err)
{
	return ask(w, (const char *const[]){ "--list-persons", NULL }, ret, err);
}

static bool is(const json_t *entry, const char *verdict)
{
	return strcmp(cf_text(entry, "verdict"), verdict) == 0;
}

/* Fields as the partner read them, with the envelope; of what it could not read the envelope alone. */
static int add_received(struct cf_world *w, const json_t *entry, struct osci_err *err)
{
	static const char *const envelope[] = { "message", "uuid", "office", "release", "trigger" };
	json_t *fields = json_object_get(entry, "fields"), *body = json_is_object(fields) ? json_deep_copy(fields) : json_object();
	const struct cf_known *k = cf_known_find(w, cf_text(entry, "uuid"));
	size_t office = cf_office_by_key(w, cf_text(entry, "office"));
	struct cf_event *e;

	for (size_t i = 0; body && i < sizeof(envelope) / sizeof(envelope[0]); i++)
		if (*cf_text(entry, envelope[i]))
			json_object_set(body, envelope[i], json_object_get(entry, envelope[i]));
	e = cf_event_add(w, CF_AT_PARTNER, office, json_integer_value(json_object_get(entry, "at_ms")), body);
	if (!e)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "partner", "too many events");
	e->trigger = cf_text(e->body, "trigger");
	e->request = k ? k->bus_id : "";
	e->refused = is(entry, "rejected") || is(entry, "refused") || is(entry, "failed");
	return 0;
}

int cf_partner_poll(struct cf_world *w, struct osci_err *err)
{
	json_t *list = NULL, *entry;
	char after[24];
	size_t i;
	int r;

	if (!w->received_stale || osci_clock_mono_ms() - w->active_at < QUIET_MS)
		return 0;
	snprintf(after, sizeof(after), "%lld", (long long)w->last_received);
	r = ask(w, (const char *const[]){ "--list-received", "--after", after, NULL }, &list, err);
	w->received_stale = false;
	json_array_foreach(list, i, entry) {
		w->last_received = json_integer_value(json_object_get(entry, "n"));
		cf_active(w);
		r = add_received(w, entry, err);
		if (r)
			break;
	}
	json_decref(list);
	return r;
}
