/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open - osci_open_blob(): the order of processing
 *
 * MIME split, guarded parse, message type, (transport decryption and the same again, once), structure by
 * position, signature policy, certificate and trust, signature and digests over the nodes found, and only then
 * values.  A message that fails at any step leaves nothing behind but the error.
 *
 * Only envelopes are held in memory; parts are views of the body, and where that is encrypted, views that decrypt when
 * they are read (crypto/blobs.h).
 */
#include <errno.h>
#include <stdlib.h>

#include "wire/read.h"

static void priv_freep(struct osci_message_priv **p)
{
	size_t i;

	if (!*p)
		return;
	for (i = 0; i < (*p)->n_held; i++)
		osci_cert_unref((*p)->held[i]);
	free((*p)->held);
	osci_arena_free(&(*p)->arena);
	osci_xml_freep(&(*p)->doc);
	osci_mime_freep(&(*p)->mime);
	osci_part_digests_free(&(*p)->digests);
	free(*p);
	*p = NULL;
}

void osci_message_freep(struct osci_message **m)
{
	if (!*m)
		return;
	priv_freep(&(*m)->priv);
	free(*m);
	*m = NULL;
}

struct osci_message *osci_message_new(const struct osci_open_opts *opts)
{
	struct osci_message *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->type = OSCI_FAULT;
	m->priv = calloc(1, sizeof(*m->priv));
	if (!m->priv) {
		free(m);
		return NULL;
	}
	if (opts->limits)
		m->priv->limits = *opts->limits;
	else
		osci_limits_default(&m->priv->limits);
	return m;
}

static int too_long(const struct osci_message_priv *p, const struct osci_blob *body, struct osci_err *err)
{
	if (osci_blob_len(body) <= p->limits.http_body)
		return 0;
	return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME", "message over %zu octets", p->limits.http_body);
}

/* The envelope of the message that p->mime is. */
static int parse_envelope(struct osci_message_priv *p, struct osci_err *err)
{
	int r = osci_xml_parse(&p->doc, p->mime->parts[0].data, p->mime->parts[0].len, &p->limits, err);

	/* Everything that comes now is about the document. */
	p->mime->parts[0].data = NULL;
	osci_blob_unrefp(&p->mime->parts[0].blob);
	return r;
}

/* MIME and XML of one HTTP body into @p. */
static int split(struct osci_message_priv *p, struct osci_blob *body, const struct osci_arrived *arrived,
		 struct osci_err *err)
{
	int r = too_long(p, body, err);

	if (r)
		return r;
	if (!arrived)
		r = osci_mime_parse(&p->mime, body, &p->limits, NULL, NULL, err);
	else if (arrived->mime)
		r = osci_mime_copy(&p->mime, arrived->mime);
	else {
		*err = arrived->err;
		r = arrived->result;
	}
	return r ? r : parse_envelope(p, err);
}

/* The same of what was encrypted; what the signature covers is digested, and kept, when its octets are decrypted. */
static int split_inside(struct osci_message_priv *p, struct osci_blob *inner, const struct osci_arrived *arrived,
			struct osci_spool *keep, struct osci_err *err)
{
	int r = too_long(p, inner, err);

	if (r)
		return r;
	osci_xml_freep(&p->doc);
	osci_mime_freep(&p->mime);
	if (arrived && arrived->inside.mime) {
		r = osci_mime_copy(&p->mime, arrived->inside.mime);
		if (!r)
			r = osci_part_digests_copy(&p->digests, &arrived->inside.digests);
	} else {
		p->digests.keep = keep;
		r = osci_mime_parse(&p->mime, inner, &p->limits, &osci_part_digests_events, &p->digests, err);
	}
	return r ? r : parse_envelope(p, err);
}

/* The inside of an envelope that does not parse: the sender wrote it so and may be told. */
static int inside_failed(int r, struct osci_err *err)
{
	if (r > 0 && err)
		memcpy(err->feedback, "9300", sizeof("9300"));
	return r;
}

static int unwrap(struct osci_message *m, const struct osci_open_opts *opts, const struct osci_arrived *arrived,
		  struct osci_err *err)
{
	struct osci_message_priv *p = m->priv;
	_cleanup_(osci_blob_unrefp) struct osci_blob *inner = NULL;
	bool encrypted;
	int r;

	r = osci_transport_open(xmlDocGetRootElement(p->doc), p->mime, opts, &p->limits, arrived, &inner, &m->suite, &p->cbc,
				err);
	if (r)
		return r;
	m->transport_encrypted = true;
	m->transport_cipher = m->suite.cipher;
	r = split_inside(p, inner, arrived && arrived->inside.octets == inner ? arrived : NULL, opts->keep, err);
	if (!r)
		r = osci_read_type(xmlDocGetRootElement(p->doc), &m->type, &encrypted, err);
	if (!r && encrypted)
		r = osci_fail(err, OSCI_E_LIMIT, "9300", "soap:Envelope", "encrypted message inside an encrypted message");
	return inside_failed(r, err);
}

static int parts(struct osci_message *m, struct osci_err *err)
{
	const struct osci_mime *mime = m->priv->mime;
	size_t i, n = mime->n_parts - 1;
	struct osci_part *v;

	if (n > 0 && !m->has_content)
		return osci_fail(err, OSCI_E_MALFORMED, "9100", "attachment",
				 "parts behind the envelope, and no ContentPackage that could refer to them");
	v = osci_arena_alloc(&m->priv->arena, n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		v[i].content_id = mime->parts[i + 1].head.content_id;
		v[i].data = mime->parts[i + 1].data;
		v[i].len = mime->parts[i + 1].len;
		v[i].blob = mime->parts[i + 1].blob;
		osci_part_digests_of(&m->priv->digests, i, &v[i]);
	}
	m->parts = m->priv->parts = v;
	m->n_parts = n;
	return 0;
}

/* Header blocks of foreign namespaces, canonical, so that they can be handed on. */
static int custom(struct osci_reader *r)
{
	struct osci_custom *v = osci_arena_alloc(&r->p->arena, r->n_blocks, sizeof(*v));
	size_t i, n = 0;
	int x;

	if (!v)
		return -ENOMEM;
	for (i = 0; i + 1 < r->n_blocks; i++) { /* the last one is the Body */
		struct osci_buf out = OSCI_BUF_INIT(r->l->xml_bytes);
		const xmlNode *node = r->blocks[i].node;
		char *xml;

		if (strcmp((const char *)node->ns->href, OSCI_NS_OSCI) == 0 ||
		    strcmp((const char *)node->ns->href, OSCI_NS_2017) == 0)
			continue;
		x = osci_c14n_node(r->blocks[i].node, &out, r->err);
		if (x) {
			osci_buf_free(&out);
			return x;
		}
		xml = osci_buf_take(&out, &v[n].len);
		x = xml ? osci_arena_keep(&r->p->arena, xml) : -ENOMEM;
		if (x)
			return x;
		v[n++].xml = xml;
	}
	r->m->custom = v;
	r->m->n_custom = n;
	return 0;
}

/* A supplier answers a bad or missing signature in the response that fits the order, so it needs the order's values. */
static int signature(struct osci_reader *r)
{
	int x = osci_read_signature(r);

	if (x <= 0 || !r->opts->policy.report_signature || r->p->cbc)
		return x;
	if (r->signature || r->opts->signer) {
		r->m->signature = (struct osci_signature){ .status = OSCI_SIG_BAD };
		r->m->signature_error = *r->err;
	}
	memset(r->err, 0, sizeof(*r->err));
	return 0;
}

static int read_message(struct osci_reader *r)
{
	int x;

	if (r->m->type == OSCI_FAULT) {
		x = osci_read_fault(r);
		return x ? x : parts(r->m, r->err);
	}
	if (r->opts->policy.require_encryption && !r->m->transport_encrypted)
		return osci_fail(r->err, OSCI_E_MALFORMED, "9100", "soap:Envelope", "the message is not encrypted");
	r->info = osci_type_info(r->m->type);
	x = osci_read_envelope(r);
	r->m->has_content = r->p->package != NULL;
	if (!x)
		x = parts(r->m, r->err);
	if (!x) {
		r->step = OSCI_READ_CERTS;
		x = osci_read_certs(r);
	}
	if (!x) {
		r->step = OSCI_READ_SIGNATURE;
		x = signature(r);
	}
	if (!x) {
		r->step = OSCI_READ_VALUES;
		x = osci_read_control(r);
	}
	if (!x)
		x = osci_read_order(r);
	if (!x)
		x = osci_read_features(r);
	return x ? x : custom(r);
}

int osci_reader_run(struct osci_reader *r, struct osci_blob *body)
{
	const struct osci_arrived *arrived = osci_arrived_of(body);
	struct osci_message *m = r->m;
	bool encrypted = false;
	int x;

	r->step = OSCI_READ_OUTER;
	x = split(m->priv, body, arrived, r->err);
	if (!x)
		x = osci_read_type(xmlDocGetRootElement(m->priv->doc), &m->type, &encrypted, r->err);
	if (!x && encrypted) {
		r->step = OSCI_READ_TRANSPORT;
		x = unwrap(m, r->opts, arrived, r->err);
	}
	if (!x) {
		r->step = OSCI_READ_STRUCTURE;
		r->p = m->priv;
		r->l = &m->priv->limits;
		r->envelope = xmlDocGetRootElement(m->priv->doc);
		x = read_message(r);
	}
	/*
	 * CBC proves nothing about what it decrypts to, so that whatever is wrong with the inside may be the answer
	 * a padding oracle is after: one failure for all of it, signatures included.
	 */
	return x > 0 && m->priv->cbc ? osci_decrypt_failed(r->err) : x;
}

static int open_body(struct osci_message **ret, struct osci_blob *body, const struct osci_open_opts *opts,
		     struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = osci_message_new(opts);
	struct osci_reader reader = { .m = m, .opts = opts, .err = err };
	int r;

	if (!m)
		return -ENOMEM;
	r = osci_reader_run(&reader, body);
	if (r)
		return r;
	*ret = m;
	m = NULL;
	return 0;
}

int osci_open_blob(struct osci_message **ret, struct osci_blob *body, const struct osci_open_opts *opts,
		   struct osci_err *err)
{
	struct osci_err own;
	int r;

	*ret = NULL;
	if (!err)
		err = &own;
	memset(err, 0, sizeof(*err));
	r = open_body(ret, body, opts, err);
	if (r > 0 && !err->feedback[0]) /* MIME and XML know no codes of OSCI */
		memcpy(err->feedback, "9100", sizeof("9100"));
	return r;
}

int osci_open(struct osci_message **ret, const void *data, size_t len, const struct osci_open_opts *opts,
	      struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	int r = osci_blob_copy(&body, data, len);

	*ret = NULL;
	return r ? r : osci_open_blob(ret, body, opts, err);
}

const char *osci_message_delivery_id(const struct osci_message *m)
{
	if (m->message_id)
		return m->message_id;
	/* There the delivery is the reply: its card is the second. */
	if (m->type == OSCI_RESPONSE_TO_MEDIATE_DELIVERY)
		return m->has_content && m->n_cards == 2 ? m->cards[1].message_id : NULL;
	return m->has_content && m->n_cards == 1 ? m->cards[0].message_id : NULL;
}

const char *osci_message_verdict(const struct osci_message *m)
{
	return m->n_feedback ? m->feedback[m->n_feedback - 1].code : "";
}

int osci_message_package(const struct osci_message *m, char **ret, size_t *ret_len, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(m->priv->limits.xml_bytes);
	xmlNodePtr node;
	int r = 0;

	*ret = NULL;
	if (!m->priv->package)
		return osci_fail(err, OSCI_E_EMPTY, NULL, "soap:Body", "no ContentPackage");
	for (node = osci_xml_first(m->priv->package, NULL); node && !r; node = osci_xml_next(node, NULL))
		r = osci_c14n_node(node, &out, err);
	if (r)
		return r;
	*ret = osci_buf_take(&out, ret_len);
	return *ret ? 0 : -ENOMEM;
}
