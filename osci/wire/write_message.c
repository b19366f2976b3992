/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_message - osci_write_stream(): one message from its draft
 *
 * The message is a row of pieces: text of our own, and the blobs of its parts as they are.  Nothing large is copied;
 * the parts are read once for their digests, unless those are known, and once when the stream is read, which is
 * when the transport encryption happens.  The signature is the second header block but needs the digests of all others,
 * so what stands before them is written last.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/mime.h"
#include "wire/write_priv.h"

#define CONTROL_MAX ((size_t)16 * 1024)
#define FRONT_MAX ((size_t)4 << 20)
#define ENVELOPE_ROOM ((size_t)16 * 1024)
#define FIXED_REFS 8 /* blocks that a type has at most */
#define FAULT_MAX ((size_t)64 * 1024)
#define FAULT_TEXT_MAX 4096

static void writer_free(struct wire_writer *w)
{
	size_t i;

	for (i = 0; i < w->n_refs; i++)
		free(w->refs[i].owned);
	free(w->refs);
	for (i = 0; i < w->n_pieces; i++)
		osci_blob_unref(w->pieces[i]);
	free(w->pieces);
	osci_buf_free(&w->out);
}

/*
 * Ids that others chose (certificates, content, custom headers of a delivery that is handed on) must not meet
 * ours: then our blocks get a random ending.
 */
static int choose_suffix(struct wire_writer *w)
{
	const struct osci_draft *d = w->draft;
	bool relayed = !w->info->request || d->type == OSCI_ACCEPT_DELIVERY || d->type == OSCI_PROCESS_DELIVERY;
	bool foreign = d->n_custom || (d->has_package && relayed);
	unsigned char random[8];
	size_t i;
	int r;

	for (i = 0; i < d->n_certs; i++)
		foreign |= d->certs[i].id != NULL;
	if (!foreign)
		return 0;
	r = osci_random(random, sizeof(random));
	if (r)
		return r;
	w->suffix[0] = '_';
	osci_hex(w->suffix + 1, random, sizeof(random));
	return 0;
}

static int writer_init(struct wire_writer *w, const struct osci_draft *draft, const struct osci_write_opts *opts,
		       struct osci_err *err)
{
	int r;

	w->draft = draft;
	w->opts = opts;
	w->type = wire_type_find(draft->type);
	w->info = osci_type_info(draft->type);
	if (!w->type || !w->info)
		return wire_usage(err, "message", "type is not written");
	if (opts->limits)
		w->limits = *opts->limits;
	else
		osci_limits_default(&w->limits);
	r = wire_suite_init(&w->suite, &opts->suite, opts->signer, err);
	if (r)
		return r;
	w->max_refs = FIXED_REFS + draft->n_custom + draft->n_parts;
	w->refs = calloc(w->max_refs, sizeof(*w->refs));
	if (!w->refs)
		return -ENOMEM;
	osci_buf_init(&w->out, w->limits.http_body);
	r = choose_suffix(w);
	return r ? r : wire_plan_certs(w, err);
}

static bool content_id_ok(const struct osci_draft *d, size_t part)
{
	const char *id = d->parts[part].content_id;
	size_t i;

	if (!wire_content_id_ok(id))
		return false;
	for (i = 0; i < part; i++)
		if (!strcasecmp(d->parts[i].content_id, id))
			return false;
	return true;
}

/* Octets of a part: the blob of the draft, or a copy. */
static int part_blob(const struct osci_part *part, struct osci_blob **ret)
{
	if (!part->blob)
		return osci_blob_copy(ret, part->data, part->len);
	*ret = osci_blob_ref(part->blob);
	return 0;
}

static int write_parts(struct wire_writer *w, const char *boundary, struct osci_err *err)
{
	size_t i;
	int r;

	for (i = 0; i < w->draft->n_parts; i++) {
		const struct osci_part *p = &w->draft->parts[i];
		struct osci_blob **text = &w->pieces[w->n_pieces], **blob = text + 1;

		if (!content_id_ok(w->draft, i))
			return wire_usage(err, "MIME", "Content-ID outside the profile or given twice");
		r = part_blob(p, blob);
		if (r)
			return r;
		w->n_pieces += 2;
		osci_mime_write_part_head(&w->out, boundary, p->content_id, osci_blob_len(*blob));
		r = osci_blob_take_buf(text, &w->out);
		if (!r)
			r = wire_ref_part(w, p, *blob, err);
		if (r)
			return r;
	}
	osci_mime_write_end(&w->out, boundary);
	return osci_blob_take_buf(&w->pieces[w->n_pieces++], &w->out);
}

static void write_start(struct osci_buf *out, const char *boundary, enum osci_type type)
{
	char location[256];

	osci_type_schema_location(location, sizeof(location), type);
	osci_mime_write_begin(out, boundary);
	osci_buf_addf(out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n<soap:Envelope" WIRE_XMLNS
		      " xsi:schemaLocation=\"%s\"><soap:Header>",
		      location);
}

static int write_front(struct wire_writer *w, struct osci_buf *front, const char *boundary, struct osci_err *err)
{
	const char *element = w->info->request ? "ClientSignature" : "SupplierSignature";
	const char *id = w->info->request ? "clientsignature" : "suppliersignature";
	_cleanup_buf_ struct osci_buf control = OSCI_BUF_INIT(CONTROL_MAX);
	int r = wire_control(w, &control, err);

	if (!r)
		r = osci_buf_error(&control);
	if (r)
		return r;
	write_start(front, boundary, w->draft->type);
	osci_buf_add(front, control.data, control.len);
	if (!w->opts->signer)
		return osci_buf_error(front);
	osci_buf_addf(front, "<osci:%s Id=\"%s%s\"" WIRE_ACTOR_NEXT ">", element, id, w->suffix);
	r = wire_signature(front, w->opts->signer, &w->suite, w->refs, w->n_refs, w->signer_ref, err);
	osci_buf_addf(front, "</osci:%s>", element);
	return r ? r : osci_buf_error(front);
}

/* The whole message: what stands in front comes last, as it holds the digests of all else. */
static int write_plain(struct wire_writer *w, struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf front = OSCI_BUF_INIT(FRONT_MAX);
	char boundary[72];
	size_t expect = ENVELOPE_ROOM + w->draft->package_len;
	int r = osci_mime_boundary(boundary, sizeof(boundary));

	if (r)
		return r;
	w->pieces = calloc(2 * w->draft->n_parts + 2, sizeof(*w->pieces));
	if (!w->pieces || (expect <= w->out.max && !osci_buf_room(&w->out, expect)))
		return -ENOMEM;
	w->n_pieces = 1;
	r = wire_write_blocks(w, err);
	if (!r)
		r = wire_write_body(w, err);
	osci_buf_adds(&w->out, "</soap:Envelope>");
	if (!r)
		r = write_parts(w, boundary, err);
	if (!r)
		r = write_front(w, &front, boundary, err);
	if (!r)
		r = osci_blob_take_buf(&w->pieces[0], &front);
	return r ? r : osci_blob_concat(ret, w->pieces, w->n_pieces);
}

static int write_message(struct wire_writer *w, struct osci_stream **ret, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *plain = NULL;
	int r = write_plain(w, &plain, err);

	if (r)
		return r;
	if (osci_blob_len(plain) > w->limits.http_body)
		return OSCI_E_LIMIT;
	if (!w->opts->encrypt_for)
		return osci_stream_of_blob(ret, plain);
	r = wire_envelope(ret, &w->suite, plain, w->opts->encrypt_for, err);
	if (!r && osci_stream_len(*ret) > w->limits.http_body) {
		osci_stream_freep(ret);
		r = OSCI_E_LIMIT;
	}
	return r;
}

/* Without schemaLocation, header, signature and encryption: that is how a fault is known. */
static int write_fault(struct osci_stream **ret, const struct osci_draft *d, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *b = NULL;
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(FAULT_MAX);
	char boundary[72];
	int r;

	if (!d->fault_code || (strcmp(d->fault_code, "Client") && strcmp(d->fault_code, "Server")) ||
	    !wire_number_ok(d->fault_osci, 4) || !wire_text_ok(d->fault_text, FAULT_TEXT_MAX))
		return wire_usage(err, "soap:Fault", "code or text outside the profile");
	r = osci_mime_boundary(boundary, sizeof(boundary));
	if (r)
		return r;
	osci_mime_write_begin(&out, boundary);
	osci_buf_addf(&out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n<soap:Envelope" WIRE_XMLNS_OSCI WIRE_XMLNS_SOAP
		      "><soap:Body><soap:Fault><faultcode>soap:%s</faultcode><faultstring>",
		      d->fault_code);
	osci_buf_add_xml_text(&out, d->fault_text, strlen(d->fault_text));
	osci_buf_addf(&out,
		      "</faultstring><detail><osci:Code>%s</osci:Code></detail></soap:Fault></soap:Body></soap:Envelope>",
		      d->fault_osci);
	osci_mime_write_end(&out, boundary);
	r = osci_blob_take_buf(&b, &out);
	return r ? r : osci_stream_of_blob(ret, b);
}

int osci_write_stream(struct osci_stream **ret, const struct osci_draft *draft, const struct osci_write_opts *opts,
		      struct osci_err *err)
{
	_cleanup_(writer_free) struct wire_writer w = { 0 };
	int r;

	*ret = NULL;
	if (draft->type == OSCI_FAULT)
		return write_fault(ret, draft, err);
	r = writer_init(&w, draft, opts, err);
	if (!r)
		r = write_message(&w, ret, err);
	if (r == OSCI_E_LIMIT)
		return osci_fail(err, r, NULL, osci_type_name(draft->type), "message is over a limit");
	return r;
}

int osci_write(unsigned char **ret, size_t *ret_len, const struct osci_draft *draft,
	       const struct osci_write_opts *opts, struct osci_err *err)
{
	_cleanup_(osci_stream_freep) struct osci_stream *s = NULL;
	int r = osci_write_stream(&s, draft, opts, err);

	*ret = NULL;
	*ret_len = 0;
	return r ? r : osci_stream_to_memory(s, ret, ret_len, err);
}
