/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package_survey - checks the draft of a package before anything is signed or encrypted
 *
 * Guarantees what the files behind it rely on: depth, counts and roles within their limits, each content of exactly one
 * kind, Content-IDs unique, an attachment plain everywhere or encrypted everywhere.  What a reader with the same
 * limits would refuse is refused here already.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "wire/package_priv.h"

#define CONTAINER "osci:ContentContainer"

/* The way from the outermost container to the one being looked at. */
struct path {
	unsigned depth, layers;
	const struct osci_alg *digests[OSCI_PACKAGE_DEPTH]; /* of the signed containers since the last encryption */
	size_t n_digests;
};

static int over(struct osci_err *err, const char *what, unsigned limit)
{
	return osci_fail(err, OSCI_E_LIMIT, NULL, CONTAINER, "over %u %s", limit, what);
}

static void *grown(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 4;
	void *v = items;

	if (n < *cap)
		return items;
	v = reallocarray(items, more, size);
	if (v)
		*cap = more;
	return v;
}

static int add_cert(struct package *p, enum osci_role role, const struct osci_cert *cert)
{
	struct osci_draft_cert *v;
	size_t i;

	for (i = 0; i < p->n_certs; i++)
		if (p->certs[i].role == role && osci_cert_equal(p->certs[i].cert, cert))
			return 0;
	v = grown(p->certs, p->n_certs, &p->cap_certs, sizeof(*v));
	if (!v)
		return -ENOMEM;
	p->certs = v;
	/* Counting a reference does not change the certificate. */
	v[p->n_certs++] = (struct osci_draft_cert){ .role = role, .cert = osci_cert_ref((struct osci_cert *)cert) };
	return 0;
}

static int authors(struct package *p, const struct osci_container_draft *c, struct path *path, struct osci_err *err)
{
	struct wire_suite suite = { 0 };
	size_t i;
	int r = 0;

	p->signatures += (unsigned)c->n_authors;
	if (c->n_authors > p->limits.signatures || p->signatures > p->limits.signatures)
		return over(err, "signatures", p->limits.signatures);
	for (i = 0; i < c->n_authors && !r; i++) {
		const struct osci_author_draft *a = &c->authors[i];

		if (!a->key || (a->role != OSCI_SIGN_ORIGINATOR && a->role != OSCI_SIGN_OTHER_AUTHOR))
			return wire_usage(err, CONTAINER, "no author's key, or no author's role");
		r = wire_suite_init(&suite, package_suite(p, c), a->key, err);
		if (!r)
			r = add_cert(p, a->role, osci_key_cert(a->key));
	}
	if (!r && c->n_authors)
		path->digests[path->n_digests++] = suite.digest;
	return r;
}

static int readers(struct package *p, const struct osci_container_draft *c, struct path *path, struct osci_err *err)
{
	struct wire_suite suite;
	size_t i;
	int r = 0;

	if (!c->n_readers)
		return 0;
	if (++path->layers > p->limits.encryption_layers)
		return over(err, "layers of encryption", p->limits.encryption_layers);
	if (c->n_readers > p->limits.encrypted_keys)
		return over(err, "readers", p->limits.encrypted_keys);
	path->n_digests = 0;
	for (i = 0; i < c->n_readers && !r; i++) {
		const struct osci_reader_draft *d = &c->readers[i];

		if (!d->cert || (d->role != OSCI_CIPHER_ADDRESSEE && d->role != OSCI_CIPHER_OTHER_READER &&
				 d->role != OSCI_CIPHER_ORIGINATOR))
			return wire_usage(err, CONTAINER, "no reader's certificate, or no reader's role");
		r = add_cert(p, d->role, d->cert);
	}
	return r ? r : wire_suite_init(&suite, package_suite(p, c), NULL, err);
}

struct package_part *package_part_of(const struct package *p, const struct osci_attachment_draft *a)
{
	size_t i;

	for (i = 0; i < p->n_parts; i++)
		if (p->parts[i].draft == a)
			return &p->parts[i];
	return NULL;
}

static int add_part(struct package *p, const struct osci_attachment_draft *a, struct package_part **ret,
		    struct osci_err *err)
{
	struct package_part *v;
	size_t i;

	if (!a->blob)
		return wire_usage(err, "attachment", "without octets");
	if (p->n_parts >= p->limits.mime_parts)
		return over(err, "attachments", p->limits.mime_parts);
	/* Read are more (osci_content_id_ok()); ours are names that everybody reads. */
	if (a->content_id && !(wire_content_id_ok(a->content_id) && osci_id_ok(a->content_id, strlen(a->content_id), 256)))
		return wire_usage(err, "attachment", "Content-ID outside the profile");
	v = grown(p->parts, p->n_parts, &p->cap_parts, sizeof(*v));
	if (!v)
		return -ENOMEM;
	p->parts = v;
	v = &p->parts[p->n_parts];
	*v = (struct package_part){ .draft = a };
	if (a->content_id)
		snprintf(v->content_id, sizeof(v->content_id), "%s", a->content_id);
	else
		snprintf(v->content_id, sizeof(v->content_id), "attachment_%s_%zu", p->tag, p->n_parts + 1);
	for (i = 0; i < p->n_parts; i++)
		if (!strcasecmp(p->parts[i].content_id, v->content_id))
			return wire_usage(err, "attachment", "Content-ID given twice");
	p->n_parts++;
	*ret = v;
	return 0;
}

static void need_digest(struct package_part *part, const struct osci_alg *alg)
{
	size_t i;

	for (i = 0; i < part->n_digests; i++)
		if (part->digests[i].alg == alg)
			return;
	if (part->n_digests < PACKAGE_DIGESTS)
		part->digests[part->n_digests++].alg = alg;
}

static int attachment(struct package *p, const struct osci_attachment_draft *a, const struct path *path,
		      struct osci_err *err)
{
	struct package_part *part = package_part_of(p, a);
	size_t i;
	int r;

	if (!part) {
		r = add_part(p, a, &part, err);
		if (r)
			return r;
		part->encrypted = path->layers > 0;
	}
	if (part->encrypted != (path->layers > 0))
		return wire_usage(err, "attachment", "in the clear in one container and encrypted in another");
	for (i = 0; i < path->n_digests; i++)
		need_digest(part, path->digests[i]);
	return 0;
}

static int survey(struct package *p, const struct osci_container_draft *c, const struct path *around,
		  struct osci_err *err)
{
	struct path path = *around;
	size_t i;
	int r;

	if (++path.depth > OSCI_PACKAGE_DEPTH)
		return over(err, "containers inside one another", OSCI_PACKAGE_DEPTH);
	if (!c->n_contents)
		return wire_usage(err, CONTAINER, "no content");
	/* A reader counts each EncryptedData and the container in it. */
	p->containers += !c->n_readers ? 1 : c->one_for_all ? 2 : 1 + (unsigned)c->n_readers;
	if (c->n_readers > p->limits.containers || p->containers > p->limits.containers)
		return over(err, "containers", p->limits.containers);
	r = readers(p, c, &path, err);
	if (!r)
		r = authors(p, c, &path, err);
	for (i = 0; i < c->n_contents && !r; i++) {
		const struct osci_content_draft *d = &c->contents[i];

		if (!!d->data + !!d->attachment + !!d->container != 1)
			return wire_usage(err, "osci:Content", "exactly one of data, attachment, container");
		if (d->attachment)
			r = attachment(p, d->attachment, &path, err);
		else if (d->container)
			r = survey(p, d->container, &path, err);
	}
	return r;
}

int package_survey(struct package *p, const struct osci_container_draft *c, struct osci_err *err)
{
	return survey(p, c, &(struct path){ 0 }, err);
}

void package_uses(const struct package *p, const struct osci_container_draft *c, bool *set)
{
	size_t i;

	for (i = 0; i < c->n_contents; i++) {
		const struct osci_content_draft *d = &c->contents[i];

		if (d->attachment)
			set[package_part_of(p, d->attachment) - p->parts] = true;
		else if (d->container && !d->container->n_readers)
			package_uses(p, d->container, set);
	}
}
