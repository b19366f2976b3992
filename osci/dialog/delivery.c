/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery - struct osci_delivery becomes the draft of the order that carries it
 *
 * Contents of the simple form (octets, one author, one reader) are made here; a prepared package comes with parts and
 * certificates of its own.  Attachments stay where they are: the draft borrows the package's blobs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dialog/delivery.h"

int osci_delivery_check(const struct osci_delivery *v, bool mailbox, const char *name, struct osci_err *err)
{
	if (mailbox && !v->addressee)
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "delivery without addressee");
	if (mailbox ? v->receiver_uri != NULL : !v->receiver_uri)
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "%s", mailbox ? "a mailbox has no URI" :
										"delivery without the URI of its recipient");
	if (!v->package && !v->reader && !v->addressee)
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "content without reader");
	if (!v->package && !v->data)
		return osci_fail(err, OSCI_E_USAGE, NULL, name, "delivery without content");
	return 0;
}

size_t osci_draft_cert_add(struct osci_draft_cert *list, size_t n, enum osci_role role, const struct osci_cert *cert)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].role == role && osci_cert_equal(list[i].cert, cert))
			return n;
	list[n] = (struct osci_draft_cert){ .role = role, .cert = cert };
	return n + 1;
}

/* One content, signed by the author, encrypted for the reader. */
static int simple_package(struct osci_delivery_work *w, const struct osci_delivery *v, const struct osci_client_conf *conf,
			  struct osci_err *err)
{
	const struct osci_cert *reader = v->reader ? v->reader : v->addressee;
	bool own = v->author && conf->sign && osci_cert_equal(osci_key_cert(v->author), osci_key_cert(conf->sign));
	bool addressee = v->addressee && osci_cert_equal(reader, v->addressee);
	const struct osci_content_draft content = { .data = v->data, .len = v->len };
	const struct osci_author_draft author = { v->author, own ? OSCI_SIGN_ORIGINATOR : OSCI_SIGN_OTHER_AUTHOR };
	const struct osci_reader_draft readers = { reader, addressee ? OSCI_CIPHER_ADDRESSEE : OSCI_CIPHER_OTHER_READER };
	const struct osci_container_draft container = {
		.contents = &content, .n_contents = 1, .authors = &author, .n_authors = v->author != NULL,
		.readers = &readers, .n_readers = 1,
	};
	const struct osci_package_opts opts = { .suite = conf->suite, .limits = conf->limits };

	return osci_package_new(&w->own, &container, 1, &opts, err);
}

int osci_delivery_draft(struct osci_draft *draft, struct osci_delivery_work *w, enum osci_type type,
			const struct osci_delivery *v, const char *message_id, const struct osci_client_conf *conf,
			struct osci_err *err)
{
	const struct osci_package *p = v->package;
	size_t i, n = 0;
	int r;

	*w = (struct osci_delivery_work){ 0 };
	if (!p) {
		r = simple_package(w, v, conf, err);
		if (r)
			return r;
		p = w->own;
	}
	w->certs = calloc(p->n_certs + 1, sizeof(*w->certs));
	if (!w->certs)
		return -ENOMEM;
	if (v->addressee)
		n = osci_draft_cert_add(w->certs, n, OSCI_CIPHER_ADDRESSEE, v->addressee);
	for (i = 0; i < p->n_certs; i++)
		n = osci_draft_cert_add(w->certs, n, p->certs[i].role, p->certs[i].cert);
	*draft = (struct osci_draft){
		.type = type, .message_id = message_id,
		.subject = message_id ? v->subject : NULL, /* it stands on the process card */
		 .receiver_uri = v->receiver_uri,
		.quality_creation = v->quality_creation, .quality_reception = v->quality_reception,
		.custom = v->custom, .n_custom = v->n_custom, .certs = w->certs, .n_certs = n, .package = p->xml,
		.package_len = p->len, .has_package = true, .parts = p->parts, .n_parts = p->n_parts,
	};
	return 0;
}

void osci_delivery_work_clear(struct osci_delivery_work *w)
{
	osci_package_freep(&w->own);
	free(w->certs);
	*w = (struct osci_delivery_work){ 0 };
}
