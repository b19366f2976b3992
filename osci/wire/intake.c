/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake - osci_open_sink(): a body that is opened, as far as that goes, while it arrives
 *
 * When so much of a large body is there that it will not stay in memory, its envelope is looked at: if that is one of an
 * encrypted message for a key of ours, and all that can be refused before the key is used is in order, the rest is
 * decrypted as it comes (ahead.c).  Everything else only goes to the spool, as it would without, and osci_open_blob()
 * finds out what is wrong with it, if anything.  That goes through all its steps here as well as there, and takes from
 * here what it need not do twice.
 *
 * Without opts->keep the body lies in the spool as it came, so whatever fails here costs time and no more.  With it
 * the inside alone is kept, in its clear form: then what fails here fails the sink, and what is wrong with the MIME around
 * it is remembered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "blob/spool.h"
#include "wire/read.h"

#define ENVELOPE_MAX ((size_t)64 * 1024) /* a certificate or a few, and as many wrapped keys */

struct intake {
	struct osci_open_opts opts;
	struct osci_limits limits;
	struct osci_spool *spool; /* borrowed */
	uint64_t max;
	struct osci_buf first; /* of the body, until the envelope was looked at */
	bool looked;
	size_t envelope_end;
	struct osci_sink *raw;        /* the body as it comes; NULL: not yet, or the inside is kept */
	struct osci_mime_scan *outer; /* NULL = nothing is done ahead, or MIME has failed */
	struct osci_ahead *ahead;
	struct osci_arrived *arrived; /* what is known, with @ahead */
	uint64_t len;
	int error; /* of ours, while MIME is read */
	struct osci_err *err;
};

/* --- what is known of a body ------------------------------------------------------ */

static void arrived_free(void *self)
{
	struct osci_arrived *k = self;

	osci_blob_unref(k->body);
	osci_mime_freep(&k->mime);
	osci_key_unref(k->key);
	osci_inside_free(&k->inside);
	free(k);
}

static void arrived_freep(struct osci_arrived **k)
{
	if (*k)
		arrived_free(*k);
	*k = NULL;
}

static int arrived_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	return osci_blob_read(((const struct osci_arrived *)self)->body, offset, buf, len, err);
}

static const struct osci_blob_ops arrived_ops = { .read = arrived_read, .free = arrived_free };

const struct osci_arrived *osci_arrived_of(const struct osci_blob *body)
{
	return osci_blob_self(body, &arrived_ops);
}

/* The place of what was decrypted and not kept. */
static int gone_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	return osci_fail(err, -EIO, NULL, "body", "its ciphertext was not kept");
}

static int envelope_alone(const struct intake *in, struct osci_blob **ret)
{
	static const struct osci_blob_ops ops = { .read = gone_read };
	_cleanup_(osci_blob_unrefp) struct osci_blob *envelope = NULL, *gone = NULL;
	int r = osci_blob_copy(&envelope, in->first.data, in->envelope_end);

	if (!r)
		r = osci_blob_new(&gone, &ops, NULL, in->len - in->envelope_end);
	return r ? r : osci_blob_concat(ret, (struct osci_blob *const[]){ envelope, gone }, 2);
}

/* --- the envelope ------------------------------------------------------------------ */

static void forget(struct intake *in)
{
	osci_mime_scan_freep(&in->outer);
	osci_ahead_freep(&in->ahead);
	arrived_freep(&in->arrived);
}

static int begin_ahead(struct intake *in, const struct osci_transport *t)
{
	unsigned char session[OSCI_SESSION_KEY_MAX];
	int r;

	in->arrived = calloc(1, sizeof(*in->arrived));
	if (!in->arrived)
		return -ENOMEM;
	r = osci_encrypted_session(&t->e, t->ek, t->key, session);
	if (!r)
		r = osci_ahead_new(&in->ahead, &in->limits, in->opts.keep, t->e.alg, session, t->e.iv_len);
	explicit_bzero(session, sizeof(session));
	if (!r)
		in->arrived->key = osci_key_ref(t->key);
	return r;
}

/* Whatever is wrong with it is found again, and told, when the message is opened. */
static int read_envelope(struct intake *in, const unsigned char *xml, size_t len)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	struct osci_transport t = { .key = NULL };
	struct osci_arena arena = { 0 };
	struct osci_err ignored = { 0 };
	enum osci_type type;
	bool encrypted = false;
	int r = osci_xml_parse(&doc, xml, len, &in->limits, &ignored);

	if (!r)
		r = osci_read_type(xmlDocGetRootElement(doc), &type, &encrypted, &ignored);
	if (!r && encrypted)
		r = osci_transport_read(&t, &arena, xmlDocGetRootElement(doc), osci_mime_scan_parts(in->outer), &in->opts,
					&in->limits, &ignored);
	if (!r && encrypted && !t.e.alg->cbc)
		r = begin_ahead(in, &t);
	osci_arena_free(&arena);
	return r;
}

static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct intake *in = arg;
	const struct osci_mime *m = osci_mime_scan_parts(in->outer);
	uint64_t offset, len;

	if (m->n_parts != 2 || in->looked || head->base64 || m->parts[0].head.base64)
		return 0;
	osci_mime_scan_place(in->outer, 0, &offset, &len);
	if (len > ENVELOPE_MAX || offset + len > in->first.len)
		return 0;
	in->envelope_end = (size_t)(offset + len);
	if (read_envelope(in, in->first.data + offset, (size_t)len)) {
		osci_ahead_freep(&in->ahead);
		arrived_freep(&in->arrived);
	}
	return 0;
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct intake *in = arg;

	if (in->ahead && osci_mime_scan_parts(in->outer)->n_parts == 2)
		in->error = osci_ahead_add(in->ahead, data, len, in->err);
	return in->error;
}

static int part_end(void *arg)
{
	return 0;
}

/* --- octets -------------------------------------------------------------------------- */

/* MIME around the rest has failed.  If the inside is kept there is nothing to fall back upon: the result is. */
static int outer_failed(struct intake *in, int r)
{
	if (!in->arrived || !in->opts.keep) {
		forget(in);
		return 0;
	}
	if (in->error)
		return in->error;
	in->arrived->result = r;
	osci_mime_scan_freep(&in->outer);
	osci_ahead_freep(&in->ahead);
	return 0;
}

static int feed(struct intake *in, const void *data, size_t len, struct osci_err *err)
{
	struct osci_err why = { 0 };
	int r;

	if (!in->outer)
		return 0;
	in->err = err;
	r = osci_mime_scan_feed(in->outer, data, len, &why);
	if (!r)
		return 0;
	if (in->arrived)
		in->arrived->err = why;
	return outer_failed(in, r);
}

/* More is there than stays in memory. */
static int look(struct intake *in, struct osci_err *err)
{
	static const struct osci_mime_events events = { part_begin, part_data, part_end };
	int r = 0;

	if (!osci_mime_scan_new(&in->outer, &in->limits, &events, in))
		r = feed(in, in->first.data, in->first.len, err);
	in->looked = true;
	if (!in->arrived)
		forget(in);
	if (r || (in->arrived && in->opts.keep))
		return r;
	r = osci_sink_new(&in->raw, in->spool, in->max);
	if (!r)
		r = osci_sink_add(in->raw, in->first.data, in->first.len, err);
	osci_buf_free(&in->first);
	return r;
}

static int intake_add(void *self, const void *data, size_t len, struct osci_err *err)
{
	struct intake *in = self;
	size_t mark = osci_spool_memory(in->spool);
	int r = 0;

	in->len += len;
	if (!in->looked) {
		osci_buf_add(&in->first, data, len);
		if (osci_buf_error(&in->first))
			return -ENOMEM;
		return in->first.len > mark && in->first.len > ENVELOPE_MAX ? look(in, err) : 0;
	}
	if (in->raw)
		r = osci_sink_add(in->raw, data, len, err);
	return r ? r : feed(in, data, len, err);
}

/* --- the end --------------------------------------------------------------------------- */

/* What was encrypted, as it came. */
static int sealed_of(const struct intake *in, struct osci_blob *body, struct osci_blob **ret, struct osci_err *err)
{
	uint64_t offset, len;

	if (in->opts.keep)
		return 0;
	osci_mime_scan_place(in->outer, 1, &offset, &len);
	return osci_blob_slice(ret, body, offset, len, err);
}

static int end_ahead(struct intake *in, struct osci_blob *body, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *sealed = NULL;
	struct osci_arrived *k = in->arrived;
	int r = osci_mime_scan_end(in->outer, &k->err);

	if (r)
		return outer_failed(in, r);
	r = sealed_of(in, body, &sealed, err);
	if (!r)
		r = osci_ahead_end(in->ahead, sealed, &k->inside, err);
	return r ? r : osci_mime_scan_take(in->outer, body, &k->mime, err);
}

/* What was known becomes part of the body. */
static int known(struct intake *in, struct osci_blob *body, struct osci_blob **ret, struct osci_err *err)
{
	struct osci_arrived *k;
	int r = in->outer ? end_ahead(in, body, err) : 0;

	if (r && in->opts.keep)
		return r;
	if (r)
		forget(in);
	k = in->arrived;
	if (!k) {
		*ret = osci_blob_ref(body);
		return 0;
	}
	in->arrived = NULL;
	k->body = osci_blob_ref(body);
	return osci_blob_new(ret, &arrived_ops, k, osci_blob_len(body));
}

static int small(struct intake *in, struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_(osci_sink_freep) struct osci_sink *sink = NULL;
	int r;

	if (in->first.len <= osci_spool_memory(in->spool))
		return osci_blob_take_buf(ret, &in->first);
	r = osci_sink_new(&sink, in->spool, in->max);
	if (!r)
		r = osci_sink_add(sink, in->first.data, in->first.len, err);
	return r ? r : osci_sink_done(&sink, ret, err);
}

static int intake_done(void *self, struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	struct intake *in = self;
	int r;

	if (!in->looked)
		return small(in, ret, err);
	r = in->raw ? osci_sink_done(&in->raw, &body, err) : envelope_alone(in, &body);
	return r ? r : known(in, body, ret, err);
}

static void intake_free(void *self)
{
	struct intake *in = self;

	forget(in);
	osci_sink_freep(&in->raw);
	osci_buf_free(&in->first);
	free(in);
}

int osci_open_sink(struct osci_sink **ret, const struct osci_open_opts *opts, struct osci_spool *spool, uint64_t max)
{
	static const struct osci_sink_ops ops = { intake_add, intake_done, intake_free };
	struct intake *in = calloc(1, sizeof(*in));

	*ret = NULL;
	if (!in)
		return -ENOMEM;
	if (opts->limits)
		in->limits = *opts->limits;
	else
		osci_limits_default(&in->limits);
	in->opts = *opts;
	in->opts.limits = &in->limits;
	in->spool = spool;
	in->max = max;
	osci_buf_init(&in->first, SIZE_MAX - 1);
	return osci_sink_of(ret, &ops, in, max);
}
