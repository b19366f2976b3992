/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_parts - attachments as the contents use them
 *
 * A part is found by its Content-ID and is either plain or encrypted for the whole message, always with the same key.
 * The key stands in the container of the content or in one around it: the reference implementation puts all keys into
 * the outermost container of every layer of encryption.  Every key has to be used, every part pointed to, every reference
 * of a signature met; but contents that others read may be the reason for a key or a part.
 */
#include <errno.h>

#include "wire/content.h"

static int refuse(struct osci_opener *o, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(o->err, OSCI_E_MALFORMED, "9100", node, "%s", what);
}

static struct osci_part_use *part_of(struct osci_opener *o, const char *cid)
{
	size_t i;

	for (i = 0; i < o->m->n_parts; i++)
		if (strcmp(o->m->parts[i].content_id, cid) == 0)
			return &o->p->parts[i];
	return NULL;
}

/* @inner is @outer or stands in it, in the same document. */
static bool within(const xmlNode *inner, const xmlNode *outer)
{
	if (inner->doc != outer->doc)
		return false;
	for (; inner; inner = inner->parent)
		if (inner == outer)
			return true;
	return false;
}

/* The same, and a decrypted document stands where its EncryptedData does. */
static bool within_layers(const struct osci_opener *o, const xmlNode *inner, const xmlNode *outer)
{
	const struct osci_scope *s;

	while (inner && !within(inner, outer)) {
		for (s = o->p->scopes; s && s->doc != inner->doc; s = s->next)
			;
		inner = s ? s->around : NULL;
	}
	return inner != NULL;
}

/* The key in ds:MgmtData: the same wherever the attachment is used. */
static int use_key(struct osci_opener *o, struct osci_child *c)
{
	_cleanup_buf_ struct osci_buf key = { .max = 64, .secret = true };
	struct osci_part_use *use = c->part;
	int r;

	r = osci_wire_base64(c->encrypted.mgmt_data, 64, &key, o->err);
	if (r)
		return r;
	if (use->used && (!use->encrypted || use->key.len != key.len || use->how.alg != c->encrypted.alg ||
			  use->how.iv_len != c->encrypted.iv_len || memcmp(use->key.data, key.data, key.len) != 0))
		return refuse(o, c->node, "attachment used in two ways");
	if (use->used)
		return 0;
	use->used = use->encrypted = true;
	use->how = c->encrypted;
	use->key = key;
	key = (struct osci_buf){ 0 };
	return 0;
}

static int add_key(struct osci_opener *o, const xmlNode *here, struct osci_child *c)
{
	struct osci_part_key *k;

	for (k = c->part->keys; k; k = k->next)
		if (within(here, k->container))
			return refuse(o, c->node, "second key of the same attachment");
	k = osci_arena_alloc(&o->p->arena, 1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	*k = (struct osci_part_key){ .container = here, .next = c->part->keys };
	c->part->keys = k;
	return use_key(o, c);
}

/*
 * A signature of the container or of one around it will want a digest of the plain octets, and nearly every one wants
 * SHA-256: taken while they are decrypted.
 */
static int want_digest(const struct osci_part_use *use, const xmlNode *here, struct osci_hash **ret)
{
	if (!use->due && !osci_wire_count(here, OSCI_NS_DS, "Signature"))
		return 0;
	return osci_hash_new(ret, osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256));
}

static int keep_digest(struct osci_hash *hash, struct osci_part *opened)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t len;
	int r = osci_hash_end(hash, digest, &len);

	opened->hashed = r == 0;
	if (!r)
		memcpy(opened->sha256, digest, sizeof(opened->sha256));
	return r;
}

static int open_part(struct osci_opener *o, struct osci_part_use *use, const xmlNode *here)
{
	struct osci_part *part = &o->m->priv->parts[use - o->p->parts], *opened = &use->opened;
	_cleanup_(osci_hash_freep) struct osci_hash *hash = NULL;
	int r;

	if (!use->encrypted)
		use->plain = part;
	if (use->plain)
		return 0;
	o->cbc |= use->how.alg->cbc;
	r = want_digest(use, here, &hash);
	if (r)
		return r;
	r = osci_decrypt_blob(use->how.alg, use->key.data, use->key.len, use->how.iv_len, part->blob, o->l->xml_bytes,
			      hash, &opened->blob, o->err);
	if (r)
		return r > 0 ? osci_decrypt_failed(o->err) : r;
	r = hash ? keep_digest(hash, opened) : 0;
	if (r)
		return r;
	opened->content_id = part->content_id;
	opened->data = osci_blob_data(opened->blob);
	opened->len = (size_t)osci_blob_len(opened->blob);
	use->plain = opened;
	return 0;
}

/* A content of @here points to the part; the same container asks once. */
static int attach(struct osci_opener *o, const xmlNode *here, struct osci_child *c)
{
	struct osci_part_use *use = c->part;
	struct osci_part_key *k;
	struct osci_part_due *d;
	bool keyed = false;
	int r;

	if (use->attached == here)
		return 0;
	use->attached = here;
	for (k = use->keys; k; k = k->next)
		if (within_layers(o, here, k->container))
			k->used = keyed = true;
	if (!keyed && use->used && use->encrypted)
		return refuse(o, c->node, "attachment used in two ways");
	use->used = true;
	r = open_part(o, use, here);
	for (d = use->due; d && !r; d = d->next) {
		if (d->met || !within(here, d->container))
			continue;
		d->met = true;
		r = osci_sig_ref_part(d->ref, use->plain, o->err);
	}
	return r;
}

int osci_parts_link(struct osci_opener *o, const xmlNode *here, struct osci_child *v, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++) {
		if (v[i].kind != OSCI_CHILD_KEY && v[i].kind != OSCI_CHILD_ATTACHED)
			continue;
		v[i].part = part_of(o, v[i].cid);
		if (!v[i].part)
			return refuse(o, v[i].node, "it refers to an attachment that is not in the message");
		if (v[i].kind == OSCI_CHILD_KEY)
			r = add_key(o, here, &v[i]);
	}
	for (i = 0; i < n && !r; i++)
		if (v[i].kind == OSCI_CHILD_ATTACHED)
			r = attach(o, here, &v[i]);
	return r;
}

int osci_parts_due(struct osci_opener *o, const xmlNode *container, const struct osci_sig_ref *ref)
{
	struct osci_part_use *use = part_of(o, ref->target);
	struct osci_part_due *d = osci_arena_alloc(&o->p->arena, 1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	if (!use)
		return osci_wire_refuse(o->err, OSCI_E_SIGNATURE, "9601", ref->node,
					"reference to an attachment that is not in the message");
	*d = (struct osci_part_due){ .container = container, .ref = ref, .next = use->due };
	use->due = d;
	return 0;
}

/* Every part is used, unless it may belong to what others read. */
static int check_use(struct osci_opener *o, const struct osci_part_use *use)
{
	const struct osci_part_key *k;
	const struct osci_part_due *d;

	for (k = use->keys; k; k = k->next)
		if (!k->used && !o->unreadable)
			return refuse(o, k->container, "key of an attachment that no content in it has");
	for (d = use->due; d; d = d->next)
		if (!d->met)
			return osci_wire_refuse(o->err, OSCI_E_SIGNATURE, "9601", d->ref->node,
						"reference to an attachment that no content in the container has");
	if (!use->used && !o->unreadable)
		return osci_fail(o->err, OSCI_E_MALFORMED, "9100", "attachment", "no content refers to it");
	return 0;
}

int osci_parts_done(struct osci_opener *o)
{
	struct osci_contents_priv *p = o->p;
	size_t i;
	int r;

	p->attachments = osci_arena_alloc(&p->arena, o->m->n_parts, sizeof(*p->attachments));
	if (!p->attachments)
		return -ENOMEM;
	for (i = 0; i < o->m->n_parts; i++) {
		const struct osci_part_use *use = &p->parts[i];
		struct osci_attachment *a = &p->attachments[i];

		r = check_use(o, use);
		if (r)
			return r;
		a->content_id = o->m->parts[i].content_id;
		a->encrypted = use->encrypted || !use->used;
		a->algorithm = use->encrypted ? use->how.alg->uri : NULL;
		if (!use->plain)
			continue;
		a->data = use->plain->data;
		a->len = use->plain->len;
		a->blob = use->plain->blob;
	}
	return 0;
}
