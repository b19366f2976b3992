/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content - osci_contents_open(): ContentPackage, containers, decryption, attachments
 *
 * Containers wait in a list of our own (no recursion); every EncryptedData that names one of our certificates is
 * decrypted, parsed alone by the same guard with its own table of Ids, and must hold exactly one
 * ContentContainer.  An EncryptedData for other readers only is listed and left alone.  Attachments: content_parts.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "wire/content.h"

struct osci_job {
	xmlNodePtr node; /* ContentContainer or EncryptedData */
	struct osci_ids *ids;
	unsigned layers;
	const struct osci_alg *alg; /* of the encryption around it */
	struct osci_encrypted encrypted;
	bool parsed; /* @encrypted is filled */
};

static int refuse(struct osci_opener *o, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(o->err, OSCI_E_MALFORMED, "9100", node, "%s", what);
}

static int push(struct osci_opener *o, const struct osci_job *job)
{
	struct osci_job *v;

	if (++o->seen > o->l->containers)
		return osci_wire_refuse(o->err, OSCI_E_LIMIT, "9100", job->node, "more than %u containers",
					o->l->containers);
	if (o->n_jobs == o->cap_jobs) {
		size_t cap = o->cap_jobs ? 2 * o->cap_jobs : 16;

		v = reallocarray(o->jobs, cap, sizeof(*v));
		if (!v)
			return -ENOMEM;
		o->jobs = v;
		o->cap_jobs = cap;
	}
	o->jobs[o->n_jobs++] = *job;
	return 0;
}

static struct osci_content_item *new_item(struct osci_opener *o)
{
	struct osci_contents_priv *p = o->p;
	struct osci_content_item *v;

	if (p->n_items == p->cap_items) {
		size_t cap = p->cap_items ? 2 * p->cap_items : 8;

		v = reallocarray(p->items, cap, sizeof(*v));
		if (!v)
			return NULL;
		p->items = v;
		p->cap_items = cap;
	}
	v = &p->items[p->n_items++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* --- children of a container -------------------------------------------- */

static int content(struct osci_opener *o, xmlNodePtr node, struct osci_child *c)
{
	static const char *const allowed[] = { "Id", "href", NULL };
	static const char *const id_attrs[] = { "Id", NULL };
	struct osci_arena *a = &o->p->arena;
	const char *href;
	struct osci_walk w;
	int r;

	r = osci_wire_attrs(node, allowed, o->err);
	if (!r)
		r = osci_wire_attr(a, node, NULL, "Id", o->l->id_chars, false, &c->id, o->err);
	if (!r)
		r = osci_wire_attr(a, node, NULL, "href", 512, false, &href, o->err);
	if (r)
		return r;
	if (href) {
		if (strncmp(href, "cid:", 4) != 0 || !href[4])
			return refuse(o, node, "href to something else than an attachment");
		c->kind = OSCI_CHILD_ATTACHED;
		c->cid = href + 4;
		return osci_wire_empty(node, o->err);
	}
	osci_walk_begin(&w, node, o->err);
	c->inner = osci_walk_take(&w, OSCI_NS_OSCI, "ContentContainer");
	if (c->inner) {
		c->kind = OSCI_CHILD_NESTED;
		return osci_walk_end(&w);
	}
	c->kind = OSCI_CHILD_INLINE;
	c->inner = osci_walk_need(&w, OSCI_NS_OSCI, "Base64Content");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(c->inner, id_attrs, o->err);
	if (!r)
		r = osci_wire_attr(a, c->inner, NULL, "Id", o->l->id_chars, false, &c->inner_id, o->err);
	return r;
}

static int encrypted_child(struct osci_opener *o, xmlNodePtr node, const struct osci_job *job, struct osci_child *c)
{
	/* Keys of attachments are protected by the encryption around them: nowhere else. */
	int r = osci_encrypted_parse(&c->encrypted, &o->p->arena, node, job->layers > 0, o->l, &o->opts->policy, o->err);

	if (r)
		return r;
	c->id = c->encrypted.id;
	c->kind = c->encrypted.mgmt_data ? OSCI_CHILD_KEY : OSCI_CHILD_ENCRYPTED;
	c->cid = c->encrypted.cid;
	if (c->kind == OSCI_CHILD_KEY)
		r = osci_encrypted_date(&c->encrypted, NULL, NULL, o->opts, o->err);
	if (r)
		return r;
	if ((c->kind == OSCI_CHILD_KEY) != (c->cid != NULL))
		return refuse(o, node, "attachment keys refer to a part, containers do not");
	return 0;
}

static int decode(struct osci_opener *o, struct osci_child *c)
{
	struct osci_buf *v = reallocarray(o->p->data, o->p->n_data + 1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	o->p->data = v;
	v += o->p->n_data++;
	osci_buf_init_secret(v, o->l->xml_bytes);
	r = osci_wire_base64(c->inner, o->l->xml_bytes, v, o->err);
	c->data = v->data ? v->data : (const unsigned char *)"";
	c->len = v->len;
	return r;
}

static int signatures(struct osci_opener *o, xmlNodePtr *nodes, size_t n_nodes, const struct osci_child *v, size_t n,
		      struct osci_signature **ret)
{
	size_t i;
	int r = 0;

	*ret = osci_arena_alloc(&o->p->arena, n_nodes, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (i = 0; i < n_nodes && !r; i++) {
		r = osci_content_signature(o, nodes[i], v, n, &(*ret)[i]);
		if (r == OSCI_E_SIGNATURE && (*ret)[i].cert && o->opts->policy.report_content_signature && !o->cbc)
			r = 0;
		if (r < 0 || !o->watch || o->cbc)
			continue;
		o->watch->signature(o->watch->arg, o, nodes[i], v, n, r, o->err);
		r = 0;
	}
	return r;
}

static int emit(struct osci_opener *o, const struct osci_job *job, const char *container, const struct osci_child *v, size_t n,
		const struct osci_signature *sigs, size_t n_sigs)
{
	struct osci_content_item *item;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		const struct osci_child *c = &v[i];

		if (c->kind != OSCI_CHILD_INLINE && c->kind != OSCI_CHILD_ATTACHED)
			continue;
		item = new_item(o);
		if (!item)
			return -ENOMEM;
		item->id = c->inner_id ? c->inner_id : c->id ? c->id : "";
		item->container = container;
		item->encrypted = job->layers > 0;
		item->readable = true;
		item->algorithm = job->alg ? job->alg->uri : NULL;
		item->attachment = c->cid;
		item->data = c->part ? c->part->plain->data : c->data;
		item->len = c->part ? c->part->plain->len : c->len;
		item->blob = c->part ? c->part->plain->blob : NULL;
		item->signatures = sigs;
		item->n_signatures = n_sigs;
	}
	/* Last in, first out: the first nested container comes next. */
	for (i = n; i > 0; i--) {
		const struct osci_child *c = &v[i - 1];
		struct osci_job next = { .ids = job->ids, .layers = job->layers, .alg = job->alg };

		if (c->kind == OSCI_CHILD_NESTED) {
			next.node = c->inner;
		} else if (c->kind == OSCI_CHILD_ENCRYPTED) {
			next.node = c->node;
			next.encrypted = c->encrypted;
			next.parsed = true;
		} else {
			continue;
		}
		r = push(o, &next);
		if (r)
			return r;
	}
	return 0;
}

static bool holds_contents(const struct osci_child *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].kind == OSCI_CHILD_INLINE || v[i].kind == OSCI_CHILD_ATTACHED)
			return true;
	return n == 0;
}

static int container(struct osci_opener *o, const struct osci_job *job)
{
	static const char *const allowed[] = { "Id", NULL };
	size_t n_sigs = osci_wire_count(job->node, OSCI_NS_DS, "Signature"), n = 0, i;
	struct osci_signature *sigs;
	struct osci_child *v;
	const xmlNode *count;
	xmlNodePtr *nodes, node;
	struct osci_walk w;
	const char *id;
	int r;

	r = osci_wire_attrs(job->node, allowed, o->err);
	if (!r)
		r = osci_wire_attr(&o->p->arena, job->node, NULL, "Id", o->l->id_chars, true, &id, o->err);
	if (r)
		return r;
	for (count = osci_xml_first(job->node, NULL); count; count = osci_xml_next(count, NULL))
		n++;
	v = osci_arena_alloc(&o->p->arena, n, sizeof(*v));
	nodes = osci_arena_alloc(&o->p->arena, n_sigs, sizeof(*nodes));
	if (!v || !nodes)
		return -ENOMEM;
	osci_walk_begin(&w, job->node, o->err);
	for (i = 0; i < n_sigs && !r; i++) {
		nodes[i] = osci_walk_need(&w, OSCI_NS_DS, "Signature");
		r = w.result;
	}
	for (n = 0; !r && (node = osci_walk_any(&w)); n++) {
		v[n].node = node;
		if (osci_xml_is(node, OSCI_NS_OSCI, "Content"))
			r = content(o, node, &v[n]);
		else if (osci_xml_is(node, OSCI_NS_XENC, "EncryptedData"))
			r = encrypted_child(o, node, job, &v[n]);
		else
			r = refuse(o, node, "element not expected here");
		if (!r && v[n].kind == OSCI_CHILD_INLINE)
			r = decode(o, &v[n]);
	}
	if (!r)
		r = osci_walk_end(&w);
	if (!r && o->watch)
		o->watch->container(o->watch->arg, job->node, id, job->layers, v, n);
	if (!r)
		r = osci_parts_link(o, job->node, v, n);
	/* What only holds other containers leaves the signatures to them. */
	if (!r && n_sigs == 0 && o->opts->policy.require_content_signature && holds_contents(v, n))
		r = osci_wire_refuse(o->err, OSCI_E_UNSIGNED, "9600", job->node, "the container is not signed");
	if (!r)
		r = signatures(o, nodes, n_sigs, v, n, &sigs);
	return r ? r : emit(o, job, id, v, n, sigs, n_sigs);
}

/* --- EncryptedData ------------------------------------------------------- */

/* The certificate of one EncryptedKey: in it, or in the message by its Id. */
static int key_of(struct osci_opener *o, const struct osci_encrypted_key *ek, struct osci_key **ret)
{
	static const char *const allowed[] = { "URI", "Type", NULL };
	_cleanup_buf_ struct osci_buf der = OSCI_BUF_INIT(o->l->certificate_der);
	const struct osci_cert_entry *entry;
	const unsigned char *octets;
	const char *uri, *type;
	size_t len;
	int r;

	*ret = NULL;
	if (osci_xml_is(ek->key_info, OSCI_NS_DS, "X509Data")) {
		r = osci_wire_x509(ek->key_info, o->l, &der, o->err);
		if (!r && der.len)
			*ret = osci_key_for_cert(o->opts, der.data, der.len);
		return r;
	}
	r = osci_wire_attrs(ek->key_info, allowed, o->err);
	if (!r)
		r = osci_wire_empty(ek->key_info, o->err);
	if (!r)
		r = osci_wire_attr(&o->p->arena, ek->key_info, NULL, "URI", 512, true, &uri, o->err);
	if (!r)
		r = osci_wire_attr(&o->p->arena, ek->key_info, NULL, "Type", 512, false, &type, o->err);
	if (r)
		return r;
	entry = uri[0] == '#' ? osci_cert_by_id(o->m, uri + 1) : NULL;
	if (!entry || (type && strcmp(type, OSCI_TYPE_X509DATA) != 0))
		return refuse(o, ek->key_info, "it does not point to a certificate of this message");
	octets = osci_cert_der(entry->cert, &len);
	*ret = osci_key_for_cert(o->opts, octets, len);
	return 0;
}

/* Decrypted octets: parsed alone; whatever is no ContentContainer counts as a failed decryption. */
static int parse_inside(struct osci_opener *o, const struct osci_blob *plain, const struct osci_job *job,
			const struct osci_encrypted *e)
{
	struct osci_scope *scope = calloc(1, sizeof(*scope));
	struct osci_job next = { .layers = job->layers + 1, .alg = e->alg };
	int r;

	if (!scope)
		return -ENOMEM;
	scope->next = o->p->scopes;
	o->p->scopes = scope;
	scope->ids.outer = job->ids;
	scope->around = job->node;
	r = osci_xml_parse(&scope->doc, osci_blob_data(plain), (size_t)osci_blob_len(plain), o->l, NULL);
	if (r < 0)
		return r;
	if (r || !osci_xml_is(xmlDocGetRootElement(scope->doc), OSCI_NS_OSCI, "ContentContainer"))
		return osci_decrypt_failed(o->err);
	next.node = xmlDocGetRootElement(scope->doc);
	next.ids = &scope->ids;
	r = osci_ids_build(&scope->ids, &o->p->arena, next.node, false, o->l, o->err);
	return r ? r : push(o, &next);
}

static int unreadable(struct osci_opener *o, const struct osci_encrypted *e)
{
	struct osci_content_item *item = new_item(o);

	if (!item)
		return -ENOMEM;
	o->unreadable = true;
	item->id = e->id ? e->id : "";
	item->container = "";
	item->encrypted = true;
	item->algorithm = e->alg->uri;
	return 0;
}

static int cipher_value(struct osci_opener *o, const xmlNode *node, struct osci_blob **ret)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(o->l->xml_bytes);
	int r = osci_wire_base64(node, o->l->xml_bytes, &b, o->err);

	return r ? r : osci_blob_take_buf(ret, &b);
}

static int encrypted(struct osci_opener *o, const struct osci_job *job)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *sealed = NULL, *plain = NULL;
	struct osci_encrypted e = job->encrypted;
	struct osci_key *key = NULL;
	size_t i;
	int r = 0;

	if (!job->parsed)
		r = osci_encrypted_parse(&e, &o->p->arena, job->node, false, o->l, &o->opts->policy, o->err);
	if (!r && !e.cipher_value)
		r = refuse(o, job->node, "attachment keys refer to a part, containers do not");
	for (i = 0; i < e.n_keys && !r; i++) {
		r = key_of(o, &e.keys[i], &key);
		if (key)
			break;
	}
	if (r)
		return r;
	if (o->watch)
		o->watch->encrypted(o->watch->arg, o, &e, job->layers, key != NULL);
	if (!key)
		return unreadable(o, &e);
	if (job->layers >= o->l->encryption_layers)
		return osci_wire_refuse(o->err, OSCI_E_LIMIT, "9202", job->node, "more than %u layers of encryption",
					o->l->encryption_layers);
	r = osci_encrypted_date(&e, &e.keys[i], key, o->opts, o->err);
	if (r)
		return r;
	o->cbc |= e.alg->cbc;
	r = cipher_value(o, e.cipher_value, &sealed);
	if (!r)
		r = osci_encrypted_open(&e, &e.keys[i], key, sealed, o->l, &plain, o->err);
	return r ? r : parse_inside(o, plain, job, &e);
}

/* --- the package --------------------------------------------------------- */

static int start(struct osci_opener *o)
{
	struct osci_job job = { .ids = &o->m->priv->ids };
	xmlNodePtr *v, node;
	size_t n = 0, i;
	int r = 0;

	for (node = osci_xml_first(o->m->priv->package, NULL); node; node = osci_xml_next(node, NULL))
		n++;
	v = osci_arena_alloc(&o->p->arena, n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0, node = osci_xml_first(o->m->priv->package, NULL); node; node = osci_xml_next(node, NULL))
		v[i++] = node;
	for (i = n; i > 0 && !r; i--) {
		job.node = v[i - 1];
		r = push(o, &job);
	}
	return r;
}

static int run(struct osci_opener *o)
{
	int r = o->m->priv->package ? start(o) : 0;

	while (!r && o->n_jobs > 0) {
		struct osci_job job = o->jobs[--o->n_jobs];

		if (osci_xml_is(job.node, OSCI_NS_OSCI, "ContentContainer"))
			r = container(o, &job);
		else
			r = encrypted(o, &job);
	}
	if (!r)
		r = osci_parts_done(o);
	/* As for envelopes (open.c): what is wrong behind CBC is nobody's business. */
	return r > 0 && o->cbc ? osci_decrypt_failed(o->err) : r;
}

void osci_contents_freep(struct osci_contents **c)
{
	struct osci_contents_priv *p;
	struct osci_scope *scope;
	size_t i;

	if (!*c)
		return;
	p = (*c)->priv;
	while (p && (scope = p->scopes)) {
		p->scopes = scope->next;
		osci_xml_freep(&scope->doc);
		free(scope);
	}
	for (i = 0; p && i < p->n_parts; i++) {
		osci_buf_free(&p->parts[i].key);
		osci_blob_unref(p->parts[i].opened.blob);
	}
	for (i = 0; p && i < p->n_data; i++)
		osci_buf_free(&p->data[i]);
	if (p) {
		free(p->parts);
		free(p->data);
		free(p->items);
		osci_arena_free(&p->arena);
	}
	free(p);
	free(*c);
	*c = NULL;
}

int osci_contents_watch(struct osci_contents **ret, const struct osci_message *m, const struct osci_open_opts *opts,
			const struct osci_watch *watch, struct osci_err *err)
{
	_cleanup_(osci_contents_freep) struct osci_contents *c = calloc(1, sizeof(*c));
	struct osci_opener o = { .m = m, .opts = opts, .l = &m->priv->limits, .err = err, .watch = watch };
	size_t held = m->priv->n_signatures, held_references = m->priv->n_references;
	int r;

	*ret = NULL;
	if (!c)
		return -ENOMEM;
	c->priv = o.p = calloc(1, sizeof(*c->priv));
	if (!o.p)
		return -ENOMEM;
	o.p->parts = calloc(m->n_parts ? m->n_parts : 1, sizeof(*o.p->parts));
	if (!o.p->parts)
		return -ENOMEM;
	o.p->n_parts = m->n_parts;
	r = run(&o);
	free(o.jobs);
	m->priv->n_signatures = held; /* contents may be opened again */
	m->priv->n_references = held_references;
	if (r)
		return r;
	c->items = o.p->items;
	c->n_items = o.p->n_items;
	c->attachments = o.p->attachments;
	c->n_attachments = m->n_parts;
	*ret = c;
	c = NULL;
	return 0;
}

int osci_contents_open(struct osci_contents **ret, const struct osci_message *m, const struct osci_open_opts *opts,
		       struct osci_err *err)
{
	return osci_contents_watch(ret, m, opts, NULL, err);
}
