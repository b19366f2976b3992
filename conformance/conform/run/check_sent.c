/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sent - what lies at the intermediary, counted independently of gateway and partner
 *
 * Once means: one delivery with the UUID of the request; and of the deliveries with the same content each belongs to
 * a request of its own, for two requests may rightly say the same.
 */
#include <stdio.h>
#include <string.h>

#include "run/check.h"

bool cf_sent_known(const struct cf_play *p, const char *uuid)
{
	for (size_t i = 0; i < p->n_requests; i++)
		if (!p->requests[i].refused && *uuid && !strcmp(p->requests[i].uuid, uuid))
			return true;
	return false;
}

static size_t by_uuid(const struct cf_look *l, const char *uuid)
{
	size_t n = 0;

	for (size_t i = 0; *uuid && i < l->n_sent; i++)
		n += !strcmp(l->sent[i].uuid, uuid);
	return n;
}

static void once(struct cf_look *l, const struct cf_label_check *c, const struct cf_request *q)
{
	size_t n = by_uuid(l, q->uuid);
	const char *content = "";
	char seen[64];

	if (n != 1) {
		snprintf(seen, sizeof(seen), "%zu times", n);
		cf_look_say(l, c->place.line, "sent_once", "once", seen, "%s (%s) lies %zu times at the intermediary",
			    c->label, q->bus_id, n);
		return;
	}
	for (size_t i = 0; i < l->n_sent; i++)
		if (!strcmp(l->sent[i].uuid, q->uuid))
			content = l->sent[i].content;
	for (size_t i = 0; *content && i < l->n_sent; i++)
		if (!strcmp(l->sent[i].content, content) && !cf_sent_known(l->p, l->sent[i].uuid)) {
			cf_look_say(l, c->place.line, "sent_once", "once", "the same content under another UUID",
				    "the content of %s (%s) lies at the intermediary once more", c->label, q->bus_id);
			return;
		}
}

/*
 * Of a request that has no UUID nobody knows how it would look: then nothing may be there that has its number and
 * office and is not known otherwise.
 */
static void never(struct cf_look *l, const struct cf_label_check *c, const struct cf_request *q)
{
	for (size_t i = 0; i < l->n_sent; i++) {
		const struct cf_sent *s = &l->sent[i];

		if (*q->uuid ? !strcmp(s->uuid, q->uuid)
			     : !strcmp(s->number, q->message) && s->office == q->office &&
				       !cf_sent_known(l->p, s->uuid)) {
			cf_look_say(l, c->place.line, "never_sent", "nothing", s->number, "%s was sent", c->label);
			return;
		}
	}
}

static void as(struct cf_look *l, const struct cf_label_check *c, const struct cf_request *q)
{
	const char *release = !strcmp(c->release, "test-next") ? CF_RELEASE_NEXT : c->release;

	for (size_t i = 0; i < l->n_sent; i++) {
		const struct cf_sent *s = &l->sent[i];

		if (!*q->uuid || strcmp(s->uuid, q->uuid) != 0)
			continue;
		if (strcmp(s->release, release) != 0)
			cf_look_say(l, c->place.line, "sent_as", release, s->release,
				    "%s was sent in another release", c->label);
		else if (!s->version_fits)
			cf_look_say(l, c->place.line, "sent_as", release, s->release,
				    "namespace and version of %s name different releases", c->label);
		return;
	}
	cf_look_say(l, c->place.line, "sent_as", release, NULL, "%s was not sent", c->label);
}

void cf_look_sent(struct cf_look *l)
{
	const struct cf_check *k = l->k;
	const struct cf_play *p = l->p;

	for (size_t i = 0; i < k->sent_once.n; i++) {
		const struct cf_label_check *c = &k->sent_once.list[i];
		const struct cf_many *m = cf_play_many(p, c->label);

		if (!m)
			once(l, c, &p->requests[cf_play_request(p, c->label)]);
		for (size_t n = 0; m && n < m->n && !l->wrong; n++)
			if (p->c->offices[p->requests[m->first + n].office].certificate == CF_CERT_OK)
				once(l, c, &p->requests[m->first + n]);
			else
				never(l, c, &p->requests[m->first + n]);
	}
	for (size_t i = 0; i < k->never_sent.n; i++)
		never(l, &k->never_sent.list[i], &p->requests[cf_play_request(p, k->never_sent.list[i].label)]);
	for (size_t i = 0; i < k->sent_as.n; i++)
		as(l, &k->sent_as.list[i], &p->requests[cf_play_request(p, k->sent_as.list[i].label)]);
}
