/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-frame - is the message plausible for who received it, and when?
 *
 * What the caller demands: direction, author, reader, age, and that an answer refers to a request there was.  The head
 * is the same in every message of the XInneres family, whatever the namespace of its elements.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/check.h"

static const xmlNode *at(const xmlNode *node, const char *a, const char *b, const char *c)
{
	node = node ? xausl_child(node, a) : NULL;
	node = node && b ? xausl_child(node, b) : node;
	return node && c ? xausl_child(node, c) : node;
}

static void check_key(struct xausl_check *c, const xmlNode *node, const char *wanted, const struct xausl_mark *m,
		      const char *what)
{
	_cleanup_(xausl_text_free) struct xausl_text key = { 0 };

	if (node && wanted && xausl_text(c, node, &key) && strcmp(key.s, wanted) != 0)
		xausl_found(c, m, node, wanted, "%s", what);
}

static void check_created(struct xausl_check *c, const xmlNode *node)
{
	static const struct xausl_mark past = { "frame.created-past", "frame", "S999", XAUSL_ERROR };
	static const struct xausl_mark future = { "frame.created-future", "frame", "S999", XAUSL_ERROR };
	_cleanup_(xausl_text_free) struct xausl_text text = { 0 };
	const struct xausl_check_opts *o = c->opts;
	int64_t ms;

	/* Without a zone it is no instant: a rule of the release says so. */
	if (!node || !xausl_text(c, node, &text) || osci_parse_datetime(text.s, strlen(text.s), &ms))
		return;
	if (o->past_ms > 0 && ms < o->now_ms && o->now_ms - ms > o->past_ms)
		xausl_found(c, &past, node, "a time not longer ago than is accepted",
			    "the time of creation is too long ago");
	if (o->future_ms > 0 && ms > o->now_ms && ms - o->now_ms > o->future_ms)
		xausl_found(c, &future, node, "a time that has come", "the time of creation lies in the future");
}

static void check_trigger(struct xausl_check *c, const xmlNode *node)
{
	static const struct xausl_mark unknown = { "frame.trigger-unknown", "frame", "S999", XAUSL_ERROR };
	_cleanup_(xausl_text_free) struct xausl_text uuid = { 0 };
	int r;

	if (!node || !xausl_text(c, node, &uuid))
		return;
	r = c->opts->known(c->opts->arg, uuid.s, c->pub.number);
	if (r < 0)
		c->unchecked = true;
	else if (r > 0)
		xausl_found(c, &unknown, node, "the nachrichtenUUID of a message sent before",
			    "refers to a message that was never sent");
}

/* For codes, which are valid on some days. */
static void take_day(struct xausl_check *c, const xmlNode *created)
{
	_cleanup_(xausl_text_free) struct xausl_text text = { 0 };

	if (created && xausl_text(c, created, &text) && xausl_shaped(text.s, "9999-99-99T*"))
		snprintf(c->day, sizeof(c->day), "%.10s", text.s);
}

void xausl_check_frame(struct xausl_check *c, const xmlNode *root, bool valid)
{
	static const struct xausl_mark direction = { "frame.direction", "frame", "T080", XAUSL_ERROR };
	static const struct xausl_mark author = { "frame.author-other", "frame", "T070", XAUSL_ERROR };
	static const struct xausl_mark reader = { "frame.reader-other", "frame", "T080", XAUSL_ERROR };
	const struct xausl_check_opts *o = c->opts;
	const xmlNode *created = at(root, "nachrichtenkopf.g2g", "identifikation.nachricht", "erstellungszeitpunkt");

	take_day(c, created);
	if (o->direction && c->message && c->message->direction == -o->direction) /* 2 goes both ways */
		xausl_found(c, &direction, root,
			    o->direction > 0 ? "a message of an immigration office" : "a message of the BAMF",
			    "the message goes the other way");
	check_key(c, at(root, "nachrichtenkopf.g2g", "autor", "kennung"), o->author_key, &author,
		  "the author is another than the sender");
	check_key(c, at(root, "nachrichtenkopf.g2g", "leser", "kennung"), o->reader_key, &reader,
		  "the message is for another reader");
	if (o->past_ms > 0 || o->future_ms > 0)
		check_created(c, created);
	if (o->known && valid)
		check_trigger(c, at(root, "ausloeserUUID", NULL, NULL));
}
