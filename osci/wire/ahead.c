/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ahead - what is inside an encrypted body, while it arrives
 *
 * When the last octet is there only the tag is left to compare: everything was decrypted, searched for the parts inside and
 * digested on the way, and kept, if somebody keeps it.  What was found out is an offer for when the tag is right; the
 * message is opened then, in the order of open.c, and what was not found here is looked for again there.
 *
 * Before the tag nothing is proved, and a sender may change octets to see what becomes of them.  So that neither an answer nor
 * its time tells anything of what they decrypt to, each octet is decrypted, digested and stored exactly once, whatever it
 * is: what belongs to no part, or comes when MIME has failed, goes through a digest that nobody asks for.
 *
 * Kept octets lie in pieces, each a file without a name if it is large: what stands between the parts, and the first
 * PARTS_CUT parts for themselves, so that these can get a name and stay.  The end of a part is seen only behind it,
 * so the last octets wait until it cannot come any more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/read.h"

#define PARTS_CUT 4
#define PIECES_MAX (2 * PARTS_CUT + 1)
#define SESSION_KEY OSCI_SESSION_KEY_MAX

struct osci_ahead {
	const struct osci_alg *alg;
	unsigned char key[SESSION_KEY];
	size_t iv_len;
	struct osci_unseal *unseal;
	bool broken; /* the tag cannot be right any more */
	struct osci_mime_scan *scan; /* NULL = has failed */
	struct osci_part_digests digests;
	struct osci_hash *scrap; /* of what belongs to no part */
	size_t digested;         /* octets of this step that went to a part's digest */
	struct osci_spool *keep; /* borrowed; NULL = nothing is kept */
	struct osci_sink *sink;
	struct osci_blob *pieces[PIECES_MAX];
	uint64_t cuts[PIECES_MAX], stored; /* @cuts[@n_pieces] on: where pieces will end */
	size_t n_pieces, n_cuts;
	size_t held; /* octets at the front of @room that are not stored yet */
	unsigned char room[OSCI_MIME_HELD + OSCI_BLOB_CHUNK];
};

void osci_inside_free(struct osci_inside *i)
{
	osci_blob_unrefp(&i->octets);
	osci_mime_freep(&i->mime);
	osci_part_digests_free(&i->digests);
}

void osci_ahead_freep(struct osci_ahead **ahead)
{
	struct osci_ahead *a = *ahead;
	size_t i;

	*ahead = NULL;
	if (!a)
		return;
	osci_unseal_freep(&a->unseal);
	osci_mime_scan_freep(&a->scan);
	osci_part_digests_free(&a->digests);
	osci_hash_freep(&a->scrap);
	osci_sink_freep(&a->sink);
	for (i = 0; i < a->n_pieces; i++)
		osci_blob_unref(a->pieces[i]);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

/* --- the parts inside -------------------------------------------------------- */

static void cut_at(struct osci_ahead *a, uint64_t offset)
{
	if (a->keep && a->n_cuts + 1 < PIECES_MAX)
		a->cuts[a->n_cuts++] = offset;
}

/* Parts behind the root; one in base64 is kept as it stands. */
static int part_begin(void *arg, const struct osci_mime_head *head)
{
	struct osci_ahead *a = arg;
	uint64_t offset, len;

	osci_mime_scan_place(a->scan, osci_mime_scan_parts(a->scan)->n_parts - 1, &offset, &len);
	cut_at(a, offset);
	return osci_part_digests_events.part_begin(&a->digests, head);
}

static int part_data(void *arg, const void *data, size_t len)
{
	struct osci_ahead *a = arg;

	a->digested += len;
	return osci_part_digests_events.part_data(&a->digests, data, len);
}

static int part_end(void *arg)
{
	struct osci_ahead *a = arg;
	uint64_t offset, len;

	osci_mime_scan_place(a->scan, osci_mime_scan_parts(a->scan)->n_parts - 1, &offset, &len);
	cut_at(a, offset + len);
	return osci_part_digests_events.part_end(&a->digests);
}

int osci_ahead_new(struct osci_ahead **ret, const struct osci_limits *l, struct osci_spool *keep, const struct osci_alg *alg,
		   const unsigned char *key, size_t iv_len)
{
	static const struct osci_mime_events events = { part_begin, part_data, part_end };
	_cleanup_(osci_ahead_freep) struct osci_ahead *a = calloc(1, sizeof(*a));
	int r;

	*ret = NULL;
	if (!a)
		return -ENOMEM;
	a->alg = alg;
	a->iv_len = iv_len;
	memcpy(a->key, key, alg->bits / 8);
	a->keep = keep;
	r = osci_unseal_new(&a->unseal, alg, key, iv_len);
	if (!r)
		r = osci_mime_scan_new(&a->scan, l, &events, a);
	if (!r)
		r = osci_hash_new(&a->scrap, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));
	if (!r && keep)
		r = osci_sink_new(&a->sink, keep, UINT64_MAX);
	if (r)
		return r;
	*ret = a;
	a = NULL;
	return 0;
}

/* --- octets ------------------------------------------------------------------ */

static int look_at(struct osci_ahead *a, const unsigned char *data, size_t len)
{
	a->digested = 0;
	if (a->scan && osci_mime_scan_feed(a->scan, data, len, NULL))
		osci_mime_scan_freep(&a->scan);
	/* The beginning of what could have been a delimiter came earlier. */
	return a->digested < len ? osci_hash_add(a->scrap, data + a->digested, len - a->digested) : 0;
}

static int end_piece(struct osci_ahead *a, struct osci_err *err)
{
	int r = osci_sink_done(&a->sink, &a->pieces[a->n_pieces], err);

	if (r)
		return r;
	a->n_pieces++;
	return 0;
}

static int store(struct osci_ahead *a, const unsigned char *data, size_t len, struct osci_err *err)
{
	int r = 0;

	while (len > 0 && !r) {
		bool cut = a->n_pieces < a->n_cuts && a->cuts[a->n_pieces] - a->stored <= len;
		size_t n = cut ? (size_t)(a->cuts[a->n_pieces] - a->stored) : len;

		r = osci_sink_add(a->sink, data, n, err);
		a->stored += n;
		data += n;
		len -= n;
		if (!r && cut)
			r = end_piece(a, err);
		if (!r && cut)
			r = osci_sink_new(&a->sink, a->keep, UINT64_MAX);
	}
	return r;
}

/* @n octets more stand behind those held. */
static int keep(struct osci_ahead *a, size_t n, struct osci_err *err)
{
	size_t all = a->held + n, ready = all > OSCI_MIME_HELD ? all - OSCI_MIME_HELD : 0;
	int r = store(a, a->room, ready, err);

	memmove(a->room, a->room + ready, all - ready);
	a->held = all - ready;
	return r;
}

int osci_ahead_add(struct osci_ahead *a, const void *data, size_t len, struct osci_err *err)
{
	const unsigned char *p = data;
	size_t n, got;
	int r = 0;

	for (; len > 0 && !a->broken && !r; p += n, len -= n) {
		n = len < OSCI_BLOB_CHUNK ? len : OSCI_BLOB_CHUNK;
		r = osci_unseal_add(a->unseal, p, n, a->room + a->held, &got);
		if (r > 0) {
			a->broken = true;
			return 0;
		}
		if (!r)
			r = look_at(a, a->room + a->held, got);
		if (!r && a->keep)
			r = keep(a, got, err);
	}
	return r;
}

/* --- the end ------------------------------------------------------------------- */

static int kept_octets(struct osci_ahead *a, struct osci_blob **ret, struct osci_err *err)
{
	int r = store(a, a->room, a->held, err);

	if (!r)
		r = end_piece(a, err);
	return r ? r : osci_blob_concat(ret, a->pieces, a->n_pieces);
}

int osci_ahead_end(struct osci_ahead *a, struct osci_blob *sealed, struct osci_inside *ret, struct osci_err *err)
{
	struct osci_inside i = { 0 };
	int r;

	*ret = i;
	if (a->broken || osci_unseal_end(a->unseal))
		return 0;
	if (a->keep)
		r = kept_octets(a, &i.octets, err);
	else
		r = osci_gcm_view(&i.octets, a->alg, a->key, a->iv_len, sealed, err);
	if (!r && a->scan && !osci_mime_scan_end(a->scan, NULL))
		r = osci_mime_scan_take(a->scan, i.octets, &i.mime, err);
	if (r) {
		osci_inside_free(&i);
		return r < 0 ? r : -EIO;
	}
	i.digests = a->digests;
	a->digests = (struct osci_part_digests){ 0 };
	*ret = i;
	return 0;
}
