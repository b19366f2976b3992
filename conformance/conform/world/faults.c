/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - fault steps of a case as rules of the two simulators
 *
 * A rule is a line in the faults file of the intermediary or of the partner; lines are only added, so the counts of
 * earlier ones go on.  What depends on the number of an answer is done by the partner, who writes it: the intermediary
 * cannot look into an envelope.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/uses.h"
#include "world/priv.h"

#define LINE_MAX_RULE 512

int cf_rule_add(struct cf_world *w, enum cf_what what, const char *line, struct cf_rule rule, struct osci_err *err)
{
	struct cf_daemon *d = &w->daemons[what];

	if (cf_not_a_stack(w, "fault", err))
		return OSCI_E_STATE;
	if (line) {
		if (d->n_rules == CF_FAULTS_MAX)
			return osci_fail(err, OSCI_E_LIMIT, NULL, "fault", "more than %d faults in one case", CF_FAULTS_MAX);
		d->made[d->n_rules++] = rule;
		osci_buf_addf(&d->rules, "%s\n", line);
		if (osci_buf_error(&d->rules))
			return osci_fail(err, OSCI_E_LIMIT, NULL, "fault", "rules are too long");
	}
	return osci_file_replace(d->faults, d->rules.data, d->rules.len, 0600, false, err);
}

/* --- one rule ------------------------------------------------------------ */

struct rule {
	struct osci_buf text;
	const struct cf_world *w;
};

static void add_time(struct rule *r, const char *key, int64_t ms)
{
	char time[40];

	if (!ms)
		return;
	osci_format_datetime_utc(time, sizeof(time), ms);
	osci_buf_addf(&r->text, " %s=%s", key, time);
}

/* from, and until or what comes of lasts. */
static void add_period(struct rule *r, const struct cf_fault *f)
{
	int64_t from = f->from_ms ? f->from_ms : cf_world_now(r->w);

	add_time(r, "from", f->from_ms);
	add_time(r, "until", f->until_ms ? f->until_ms : f->lasts_ms ? from + f->lasts_ms : 0);
}

static const char *key_of(const struct cf_world *w, size_t office)
{
	return office < w->n_offices ? w->offices[office].key : NULL;
}

/* Does an office send this number? 070007 and those whose answer the BAMF gives. */
static bool by_office(const struct cf_world *w, const char *number)
{
	const struct xausl_release *r = xausl_release_at(w->site->xausl, cf_world_now(w));

	return number && r && xausl_message_direction(r, number) == 1;
}

static int at_partner(struct rule *r, const struct cf_fault *f, const char *kind, struct osci_err *err)
{
	const char *office = key_of(r->w, f->office);
	bool copies = strcmp(kind, "duplicate_answer") == 0, stray = strcmp(kind, "wrong_mailbox") == 0;
	bool outage = strcmp(kind, "outage") == 0, pairs = strcmp(kind, "out_of_order") == 0;

	osci_buf_adds(&r->text, kind);
	if (f->message && !outage)
		osci_buf_addf(&r->text, " %s", f->message);
	if (!outage)
		osci_buf_addf(&r->text, " %u", copies ? 1 : pairs ? 2 * (f->count ?: 1) : f->count ?: 1);
	if (copies)
		osci_buf_addf(&r->text, " copies=%u", f->count ?: 2);
	if (office && !outage)
		osci_buf_addf(&r->text, " %s=%s", stray ? "to" : "office", office);
	if (strcmp(kind, "delay") == 0)
		osci_buf_addf(&r->text, " by=%lldms", (long long)f->by_ms);
	if (strcmp(kind, "old_release") == 0)
		osci_buf_addf(&r->text, " release=%s", f->release ? f->release : "");
	if (strcmp(kind, "reject") == 0)
		osci_buf_addf(&r->text, " code=%s form=%s", f->code ? f->code : "", f->form ? f->form : "0010");
	if (outage)
		add_period(r, f);
	if (stray && !office)
		return osci_fail(err, OSCI_E_USAGE, NULL, "fault", "wrong_mailbox without an office");
	return 0;
}

static void mailbox_condition(struct rule *r, const char *name, const char *key)
{
	osci_buf_addf(&r->text, " %s=", name);
	for (const char *p = key; *p; p++)
		osci_buf_addc(&r->text, *p == ':' ? '-' : *p);
}

/* Of deliveries for the mailbox of an office, or, if the number is a request's, for the BAMF's. */
static void of_stores(struct rule *r, const struct cf_fault *f, const char *action, unsigned count)
{
	const char *office = key_of(r->w, f->office);

	osci_buf_addf(&r->text, "store %s %u", action, count);
	if (by_office(r->w, f->message)) {
		osci_buf_adds(&r->text, " mailbox=bamf");
		if (office)
			mailbox_condition(r, "client", office);
		return;
	}
	if (f->message)
		osci_buf_adds(&r->text, " client=bamf");
	if (office)
		mailbox_condition(r, "mailbox", office);
}

static int at_intermediary(struct rule *r, const struct cf_fault *f, struct osci_err *err)
{
	if (strcmp(f->kind, "outage") == 0) {
		osci_buf_adds(&r->text, "* refuse");
		add_period(r, f);
	} else if (strcmp(f->kind, "out_of_order") == 0) {
		of_stores(r, f, "out-of-order", 2 * (f->count ?: 1));
	} else if (strcmp(f->kind, "drop_reply") == 0) {
		of_stores(r, f, "drop", f->count ?: 1);
	} else if (strcmp(f->kind, "drop_answer") == 0) {
		osci_buf_addf(&r->text, "store lose %u client=bamf", f->count ?: 1);
		if (key_of(r->w, f->office))
			mailbox_condition(r, "mailbox", key_of(r->w, f->office));
	} else {
		return osci_fail(err, OSCI_E_USAGE, NULL, "fault", "%s is no fault of the intermediary", f->kind);
	}
	return 0;
}

int cf_world_fault(struct cf_world *w, const struct cf_fault *f, struct osci_err *err)
{
	_cleanup_(osci_freep) char *line = NULL;
	struct rule r = { .text = OSCI_BUF_INIT(LINE_MAX_RULE), .w = w };
	bool numbered = f->message && !by_office(w, f->message);
	bool partner = !f->intermediary || strcmp(f->kind, "wrong_mailbox") == 0 ||
		       (numbered && (strcmp(f->kind, "out_of_order") == 0 || strcmp(f->kind, "drop_answer") == 0));
	bool outage = strcmp(f->kind, "outage") == 0, pair = strcmp(f->kind, "out_of_order") == 0;
	const struct cf_rule made = { outage ? 0 : f->line, pair ? 2 : 1 };
	int res;

	res = partner ? at_partner(&r, f, f->kind, err) : at_intermediary(&r, f, err);
	line = osci_buf_take(&r.text, NULL);
	if (!res && !line)
		res = osci_fail(err, OSCI_E_LIMIT, NULL, "fault", "the rule is too long");
	return res ? res : cf_rule_add(w, partner ? CF_PARTNER : CF_INTERMEDIARY, line, made, err);
}

/* The simulators keep how often each rule was applied; what they do not know was not. */
unsigned cf_world_idle_fault(const struct cf_world *w)
{
	static const enum cf_what who[] = { CF_PARTNER, CF_INTERMEDIARY };
	unsigned line = 0;

	for (size_t k = 0; k < 2; k++) {
		const struct cf_daemon *d = &w->daemons[who[k]];
		struct osci_use uses[OSCI_USES_MAX];
		size_t n = osci_uses_read(d->faults, uses);

		for (size_t i = 0; i < d->n_rules; i++)
			if (d->made[i].line && (i < n ? uses[i].used : 0) < d->made[i].needs &&
			    (!line || d->made[i].line < line))
				line = d->made[i].line;
	}
	return line;
}
