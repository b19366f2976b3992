/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive_skips - which cases cannot be carried out with others' software, and why
 *
 * What cannot be ordered, done or seen there must not look as if it had been: such a case is skipped before it begins.  Depth is
 * that of "then" in the case file.
 */
#include <stdio.h>
#include <string.h>

#include "run/play.h"

static bool is_one_of(const char *name, const char *const *list)
{
	for (; name && *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

/* What the gateway alone tells its offices. */
static bool of_the_gateway(const char *outcome)
{
	static const char *const list[] = { "accepted-by-gateway", "rejected-by-gateway", "held", "overdue", "reminder", "lapsed",
					    NULL };

	return is_one_of(outcome, list);
}

/* What comes to pass after days. */
static bool of_the_clock(const char *outcome)
{
	static const char *const list[] = { "overdue", "reminder", "lapsed", NULL };

	return is_one_of(outcome, list);
}

static bool looks_at_more(const struct cf_expecteds *e)
{
	static const char *const known[] = { "outcome", "request", NULL };

	for (size_t i = 0; i < e->n; i++)
		if (!is_one_of(e->list[i].name, known))
			return true;
	return false;
}

static bool looks_at(const struct cf_expecteds *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (!strcmp(e->list[i].name, name))
			return true;
	return false;
}

static const char *outcome(const struct cf_drive *d, const char *name)
{
	if (d->what == CF_FOREIGN_GATEWAY && of_the_gateway(name))
		return "what a vendor's gateway tells its offices is not seen";
	if (!d->driver && name && !strcmp(name, "rejected-by-gateway"))
		return "without a driver nobody can tell that the software refuses a request";
	return NULL;
}

static const char *expect(const struct cf_drive *d, const struct cf_expect *e)
{
	if (d->what == CF_FOREIGN_GATEWAY && e->at == CF_AT_OPERATOR)
		return "the operator of a vendor's gateway is not seen";
	for (size_t i = 0; i < e->n_alternatives && e->at == CF_AT_OFFICE; i++) {
		const struct cf_alternative *a = &e->alternatives[i];
		const char *why = outcome(d, a->outcome);

		if (why)
			return why;
		if (of_the_gateway(a->outcome) && (looks_at_more(&e->fields) || looks_at_more(&a->fields)))
			return "the errors the gateway tells an office are not seen";
		if (looks_at(&e->fields, "redelivery") || looks_at(&a->fields, "redelivery"))
			return "whether a delivery was offered again is not seen";
	}
	return NULL;
}

static const char *fault(const struct cf_drive *d, const struct cf_fault_step *f)
{
	switch (f->kind) {
	case CF_F_BAD_SIGNATURE:
	case CF_F_OLD_RELEASE:
	case CF_F_INVALID_ANSWER:
	case CF_F_TYPE_MISMATCH:
	case CF_F_NO_TRIGGER_UUID:
	case CF_F_WRONG_MAILBOX:
		return d->what == CF_FOREIGN_GATEWAY ? "what a vendor's gateway does with a faulty answer is not seen" : NULL;
	default:
		return NULL;
	}
}

static const char *restart(const struct cf_drive *d, const struct cf_restart *t)
{
	if (t->what == CF_OFFICE || (t->what == CF_GATEWAY && d->what == CF_FOREIGN_GATEWAY))
		return "others' software is not restarted";
	if (t->at == CF_ACCEPTED || t->at == CF_DELIVERED || t->at == CF_ACKNOWLEDGED)
		return "the point of the restart is seen by the office alone";
	return NULL;
}

static const char *sent(const struct cf_drive *d, const struct cf_send *s)
{
	if (s->same_id_as)
		return "which id a request has on the bus is the software's own business";
	if ((s->n_wrong || s->extra) && !d->driver)
		return "without a driver nobody can tell that the software refuses a request";
	if ((s->n_wrong || s->extra) && d->what == CF_FOREIGN_GATEWAY)
		return "what a vendor's gateway refuses is not seen";
	return NULL;
}

/* Of a gateway that runs already with all behind it. */
static const char *connected(const struct cf_drive *d, const struct cf_step *s)
{
	enum cf_at at = s->kind == CF_EXPECT ? s->expect.at : s->kind == CF_EXPECT_NONE ? s->none.at : CF_AT_OFFICE;

	if (at != CF_AT_OFFICE)
		return "partner and operator are others' and not seen";
	switch (s->kind) {
	case CF_SEND:
	case CF_OFFICE_ACK:
	case CF_CHECK:
		return NULL;
	case CF_EXPECT:
		for (size_t i = 0; i < s->expect.n_alternatives; i++)
			if (of_the_clock(s->expect.alternatives[i].outcome))
				return "time is real and cannot be moved on";
		return NULL;
	case CF_EXPECT_NONE:
		return cf_dur_add(0, &s->none.time) > d->patience_ms ? "nobody waits that long in real time (--patience)" : NULL;
	case CF_RESTART:
		return s->restart.what != CF_OFFICE ? "processes of others are not restarted" : NULL;
	case CF_BULK:
		return "load is not put on others' systems";
	case CF_ADVANCE:
		return "time is real and cannot be moved on";
	case CF_CLERK:
	case CF_PROVIDER:
	case CF_SCRIPT:
	case CF_FAULT:
		break;
	}
	return "partner and intermediary are others' and cannot be told what to do";
}

static const char *step(const struct cf_drive *d, const struct cf_step *s)
{
	if (d->what == CF_FOREIGN_STACK)
		return connected(d, s);
	switch (s->kind) {
	case CF_BULK:
		return "a bulk cannot be ordered from others' software";
	case CF_OFFICE_ACK:
		return "others' software does not withhold acknowledgements";
	case CF_RESTART:
		return restart(d, &s->restart);
	case CF_SEND:
		return sent(d, &s->send);
	case CF_EXPECT:
		return expect(d, &s->expect);
	case CF_EXPECT_NONE:
		if (d->what == CF_FOREIGN_GATEWAY && s->none.at == CF_AT_OPERATOR)
			return "the operator of a vendor's gateway is not seen";
		return s->none.at == CF_AT_OFFICE ? outcome(d, s->none.outcome) : NULL;
	case CF_FAULT:
		return fault(d, &s->fault);
	default:
		return NULL;
	}
}

static const char *steps(const struct cf_drive *d, const struct cf_steps *list, unsigned *line)
{
	const char *why = NULL;

	for (size_t i = 0; i < list->n && !why; i++) {
		const struct cf_step *s = &list->list[i];

		*line = s->place.line;
		why = step(d, s);
		for (size_t k = 0; s->kind == CF_EXPECT && k < s->expect.n_alternatives && !why; k++)
			why = steps(d, &s->expect.alternatives[k].then, line);
	}
	return why;
}

static bool sets_partner(const struct cf_settings *s)
{
	return s->name_match || s->partial_date_match || s->own_record || s->keep_kennziffer || s->old_release_given;
}

/* The case as a whole, with a gateway that runs already. */
static const char *whole(const struct cf_drive *d, const struct cf_case *c)
{
	if (c->release == CF_NEEDS_TEST_NEXT)
		return "the made-up release is not there";
	if (c->n_inge && !d->prepared)
		return "the partner would have to hold what the case prepares (--prepared says that it does)";
	if (sets_partner(&c->settings))
		return "the settings of partner and gateway are others'";
	for (size_t i = 0; i < c->n_offices; i++) {
		size_t k = 0;

		while (k < d->n_offices && strcmp(d->offices[k], c->offices[i].key) != 0)
			k++;
		if (k == d->n_offices)
			return "an office of the case is not among those of --connect";
		if (c->offices[i].certificate != CF_CERT_OK)
			return "certificates are others', and good";
	}
	return NULL;
}

const char *cf_drive_skips(const struct cf_drive *d, const struct cf_case *c, char why[256])
{
	const char *text;
	unsigned line = c->place.line;

	if (d->what == CF_FOREIGN_NONE)
		return NULL;
	text = d->what == CF_FOREIGN_STACK ? whole(d, c) : NULL;
	if (!text)
		text = steps(d, &c->steps, &line);
	if (!text && d->what == CF_FOREIGN_GATEWAY) {
		line = c->place.line;
		if (c->release == CF_NEEDS_TEST_NEXT)
			text = "a vendor's gateway does not have the made-up release";
		for (size_t i = 0; i < c->n_offices && !text; i++)
			if (c->offices[i].certificate != CF_CERT_OK)
				text = "a vendor's gateway has good certificates only";
	}
	if (!text)
		return NULL;
	snprintf(why, 256, "not in this mode: %s (line %u)", text, line);
	return why;
}
