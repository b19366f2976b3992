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

static const char *step(const struct cf_drive *d, const struct cf_step *s)
{
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

const char *cf_drive_skips(const struct cf_drive *d, const struct cf_case *c, char why[256])
{
	const char *text;
	unsigned line = c->place.line;

	if (d->what == CF_FOREIGN_NONE)
		return NULL;
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
