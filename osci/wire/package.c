/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package - osci_package_new(): children of a ContentPackage and the parts that belong to them
 *
 * Encrypted containers come first, as the schema has it.  The attachments are read once each, before any container is
 * written: its signatures need their digests, its keys are made with them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/package_priv.h"

static void package_done(struct package *p)
{
	size_t i;

	for (i = 0; i < p->n_parts; i++)
		osci_blob_unref(p->parts[i].blob);
	for (i = 0; i < p->n_certs; i++)
		osci_cert_unref((struct osci_cert *)p->certs[i].cert);
	if (p->parts)
		explicit_bzero(p->parts, p->cap_parts * sizeof(*p->parts));
	free(p->parts);
	free(p->certs);
}

void osci_package_freep(struct osci_package **p)
{
	struct osci_package *v = *p;
	size_t i;

	if (!v)
		return;
	for (i = 0; v->parts && i < v->n_parts; i++) {
		free((char *)v->parts[i].content_id);
		osci_blob_unref(v->parts[i].blob);
	}
	for (i = 0; i < v->n_certs; i++)
		osci_cert_unref((struct osci_cert *)v->certs[i].cert);
	free(v->parts);
	free(v->certs);
	free(v->xml);
	free(v);
	*p = NULL;
}

static int init(struct package *p, const struct osci_package_opts *opts, struct osci_err *err)
{
	static const struct osci_package_opts defaults;
	unsigned char random[PACKAGE_TAG_OCTETS];
	int r;

	p->opts = opts ? opts : &defaults;
	if (p->opts->limits)
		p->limits = *p->opts->limits;
	else
		osci_limits_default(&p->limits);
	r = wire_suite_init(&p->suite, &p->opts->suite, NULL, err);
	if (!r)
		r = osci_random(random, sizeof(random));
	if (!r)
		osci_hex(p->tag, random, sizeof(random));
	return r;
}

static int write_containers(struct package *p, const struct osci_container_draft *containers, size_t n,
			    struct osci_package *ret, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(p->limits.xml_bytes);
	int encrypted, r = 0;
	size_t i;

	for (encrypted = 1; encrypted >= 0; encrypted--)
		for (i = 0; i < n && !r; i++)
			if ((containers[i].n_readers > 0) == encrypted)
				r = package_container(p, &containers[i], &out, err);
	if (r)
		return r;
	ret->xml = osci_buf_take(&out, &ret->len);
	return ret->xml ? 0 : osci_buf_error(&out);
}

/* What the package keeps of the work: octets and digests of the parts, certificates. */
static int hand_over(struct package *p, struct osci_package *ret)
{
	size_t i;

	ret->certs = p->certs;
	ret->n_certs = p->n_certs;
	p->certs = NULL;
	p->n_certs = 0;
	ret->parts = calloc(p->n_parts + 1, sizeof(*ret->parts));
	if (!ret->parts)
		return -ENOMEM;
	for (i = 0; i < p->n_parts; i++) {
		struct osci_part *part = &ret->parts[ret->n_parts++];

		*part = (struct osci_part){ .blob = p->parts[i].blob, .hashed = true,
					    .data = osci_blob_data(p->parts[i].blob),
					    .len = (size_t)osci_blob_len(p->parts[i].blob) };
		p->parts[i].blob = NULL;
		memcpy(part->sha256, p->parts[i].sha256, sizeof(part->sha256));
		part->content_id = strdup(p->parts[i].content_id);
		if (!part->content_id)
			return -ENOMEM;
	}
	return 0;
}

static int make(struct package *p, struct osci_package *ret, const struct osci_container_draft *containers, size_t n,
		struct osci_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && !r; i++)
		r = package_survey(p, &containers[i], err);
	for (i = 0; i < p->n_parts && !r; i++)
		r = package_part_read(p, &p->parts[i], err);
	if (!r)
		r = write_containers(p, containers, n, ret, err);
	return r ? r : hand_over(p, ret);
}

int osci_package_new(struct osci_package **ret, const struct osci_container_draft *containers, size_t n,
		     const struct osci_package_opts *opts, struct osci_err *err)
{
	_cleanup_(osci_package_freep) struct osci_package *v = calloc(1, sizeof(*v));
	_cleanup_(package_done) struct package p = { 0 };
	struct osci_err cause = { 0 };
	int r;

	*ret = NULL;
	if (!v)
		return -ENOMEM;
	r = init(&p, opts, &cause);
	if (!r)
		r = make(&p, v, containers, n, &cause);
	if (r == OSCI_E_LIMIT && !cause.code)
		osci_fail(&cause, r, NULL, "osci:ContentPackage", "package is over a limit");
	if (r) {
		if (err)
			*err = cause;
		return r;
	}
	*ret = v;
	v = NULL;
	return 0;
}
