/* SPDX-License-Identifier: Apache-2.0 */
/* t_judge - see the header */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "t_judge.h"
#include "wire/types.h"
#include "xml/xml.h"

struct osci_key *office, *office_cipher, *supplier, *supplier_cipher, *reader;

const struct osci_feedback feedback[] = {
	{ "3707", "de", "Zertifikat <selbst> signiert & geprüft" }, { "0801", "de", "Auftrag ausgeführt" },
};
struct osci_inspection inspections[] = {
	{ "CN=Amt <A&B>,C=DE", "CN=CA\\, eins,C=DE", "4711", "advanced", "ok", "valid", "ok", "2026-11-22T09:00:00Z" },
	{ "CN=B", "CN=CA", "1", "unknown", "indeterminate", "invalid", NULL, "2026-11-22T10:00:00.5+01:00" },
};
const struct osci_card cards[] = {
	{ "m1@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T09:00:01Z",
	  "2026-11-22T09:00:02+01:00", "Betreff & <mehr>", inspections, 2 },
	{ "m2@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", NULL, NULL, NULL, NULL, 0 },
};
const char *const ids[] = { "m1@intermed", "m2@intermed" };

void open_plain(struct opened *o, const void *data, size_t len)
{
	struct osci_err err;
	int r = t_mime_parse(&o->mime, data, len, &err);

	if (r)
		fail_msg("MIME: %s", err.what);
	o->doc = xmlReadMemory((const char *)o->mime->parts[0].data, (int)o->mime->parts[0].len, NULL, NULL,
			       XML_PARSE_NONET | XML_PARSE_HUGE);
	assert_non_null(o->doc);
	o->header = osci_xml_first(xmlDocGetRootElement(o->doc), NULL);
	o->body = osci_xml_next(o->header, NULL);
	if (!o->body) {
		o->body = o->header;
		o->header = NULL;
	}
}

void close_opened(struct opened *o)
{
	osci_mime_freep(&o->mime);
	xmlFreeDoc(o->doc);
	o->doc = NULL;
}

char *attr(xmlNodePtr node, const char *name)
{
	static char values[4][512];
	static unsigned next;
	xmlChar *v = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *out = values[next++ % 4];

	snprintf(out, sizeof(values[0]), "%s", v ? (char *)v : "");
	xmlFree(v);
	return out;
}

xmlNodePtr find(xmlNodePtr from, const char *local)
{
	xmlNodePtr n;

	for (n = osci_xml_first(from, NULL); n; n = osci_xml_next(n, NULL)) {
		xmlNodePtr deep;

		if (!strcmp((const char *)n->name, local))
			return n;
		deep = find(n, local);
		if (deep)
			return deep;
	}
	return NULL;
}

void text_of(xmlNodePtr node, struct osci_buf *out)
{
	xmlChar *t = xmlNodeGetContent(node);

	osci_buf_adds(out, (char *)t);
	xmlFree(t);
}

void base64_of(xmlNodePtr node, struct osci_buf *out)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(1 << 26);

	assert_non_null(node);
	text_of(node, &text);
	assert_int_equal(osci_base64_decode(out, (char *)text.data, text.len), 0);
}

/* The block's canonical form is what was written, and the signature names it with the right digest. */
static void check_block(const struct opened *o, xmlNodePtr block, xmlNodePtr signature, unsigned *covered)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	_cleanup_buf_ struct osci_buf canonical = OSCI_BUF_INIT(1 << 26);
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t len;
	xmlNodePtr ref;
	char uri[600];

	assert_int_equal(osci_c14n_node(block, &canonical, NULL), 0);
	if (!memmem(o->mime->parts[0].data, o->mime->parts[0].len, canonical.data, canonical.len))
		fail_msg("%s is not written canonically", block->name);
	if (!signature)
		return;
	snprintf(uri, sizeof(uri), "#%s", attr(block, "Id"));
	assert_int_equal(osci_digest_node(sha256, block, digest, &len, NULL), 0);
	for (ref = find(signature, "Reference"); ref; ref = osci_xml_next(ref, NULL)) {
		_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(64);

		if (strcmp(attr(ref, "URI"), uri))
			continue;
		base64_of(find(ref, "DigestValue"), &value);
		assert_int_equal(value.len, len);
		assert_memory_equal(value.data, digest, len);
		(*covered)++;
		return;
	}
	fail_msg("no reference to %s", uri);
}

void check_signature(xmlNodePtr signature, const struct osci_cert *cert)
{
	_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(4096);
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);

	base64_of(find(signature, "SignatureValue"), &value);
	assert_int_equal(osci_verify_node(cert, alg, find(signature, "SignedInfo"), value.data, value.len, NULL), 0);
}

/* Everything above; @signer NULL = must be unsigned. */
void check_message(const struct opened *o, enum osci_type type, const struct osci_key *signer)
{
	char location[256];
	xmlNodePtr n, signature = NULL;
	unsigned covered = 0, blocks = 0, parts = 0;

	osci_type_schema_location(location, sizeof(location), type);
	assert_non_null(memmem(o->mime->parts[0].data, o->mime->parts[0].len, location, strlen(location)));
	n = osci_xml_first(o->header, NULL);
	assert_string_equal(n->name, "ControlBlock");
	n = osci_xml_next(n, NULL);
	if (signer) {
		assert_string_equal(n->name, osci_type_info(type)->request ? "ClientSignature" : "SupplierSignature");
		signature = osci_xml_first(n, NULL);
	}
	for (n = osci_xml_first(o->header, NULL); n; n = osci_xml_next(n, NULL)) {
		if (signature && n == signature->parent)
			continue;
		check_block(o, n, signature, &covered);
		blocks++;
	}
	check_block(o, o->body, signature, &covered);
	if (!signature)
		return;
	assert_int_equal(covered, blocks + 1);
	for (n = find(signature, "Reference"); n; n = osci_xml_next(n, NULL))
		parts += !strncmp(attr(n, "URI"), "cid:", 4);
	assert_int_equal(parts, o->mime->n_parts - 1);
	check_signature(signature, osci_key_cert(signer));
	n = find(signature, "RetrievalMethod");
	assert_non_null(memmem(o->mime->parts[0].data, o->mime->parts[0].len, attr(n, "URI") + 1,
			       strlen(attr(n, "URI")) - 1));
}

void write_and_check_but(const struct osci_draft *d, const struct osci_key *signer, unsigned allowed)
{
	struct osci_write_opts opts = { .signer = signer };
	_cleanup_(osci_freep) unsigned char *data = NULL;
	struct opened o;
	struct osci_err err;
	size_t len;
	int r = osci_write(&data, &len, d, &opts, &err);

	if (r)
		fail_msg("%s: %s %s", osci_type_name(d->type), err.where, err.what);
	t_xsd_check(data, len, NULL, 0, allowed);
	open_plain(&o, data, len);
	check_message(&o, d->type, signer);
	close_opened(&o);
}

void write_and_check(const struct osci_draft *d, const struct osci_key *signer)
{
	write_and_check_but(d, signer, 0);
}

void both_but(const struct osci_draft *d, unsigned allowed)
{
	const struct osci_key *const signers[] = {
		[OSCI_SIGN_ORIGINATOR] = office, [OSCI_SIGN_ADDRESSEE] = reader, [OSCI_SIGN_INTERMEDIARY] = supplier,
	};

	write_and_check_but(d, signers[osci_type_info(d->type)->signer], allowed);
	write_and_check_but(d, NULL, allowed);
}

void both(const struct osci_draft *d)
{
	both_but(d, 0);
}

void refused(const struct osci_draft *d, int line)
{
	struct osci_write_opts opts = { .signer = NULL };
	unsigned char *data = NULL;
	size_t len;

	if (osci_write(&data, &len, d, &opts, NULL) != OSCI_E_USAGE || data)
		fail_msg("line %d: not refused", line);
}

void delivery_make(struct delivery *v, bool sign, bool encrypt, const void *data, size_t len)
{
	const struct osci_cert *cert = osci_key_cert(reader);
	const struct osci_content_draft contents[] = { { .data = data, .len = len }, { .data = "zwei", .len = 4 } };
	const struct osci_author_draft author = { office, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft to = { cert, OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft c = { .contents = contents, .n_contents = 2, .authors = &author,
						.n_authors = sign, .readers = &to, .n_readers = encrypt };

	memset(v, 0, sizeof(*v));
	v->certs[0] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE, .cert = cert };
	v->certs[1] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(office_cipher) };
	v->certs[2] = (struct osci_draft_cert){ .role = OSCI_SIGN_ORIGINATOR, .cert = osci_key_cert(office) };
	v->draft = (struct osci_draft){ .type = OSCI_STORE_DELIVERY, .control = IMPLICIT, .message_id = "m1@intermed",
					.subject = "Anhörung & <Größe> \"4\"\r\t", .certs = v->certs, .n_certs = 3,
					.has_package = true };
	assert_int_equal(osci_package_new(&v->package, &c, 1, NULL, NULL), 0);
	t_package_into(&v->draft, v->package);
}

int judge_setup(void **state)
{
	office = t_key("Amt Signatur", 3072, OSCI_USE_SIGN);
	office_cipher = t_key("Amt Chiffrierung", 3072, OSCI_USE_ENCRYPT);
	supplier = t_key("Vermittler Signatur", 3072, OSCI_USE_SIGN);
	supplier_cipher = t_key("Vermittler Chiffrierung", 3072, OSCI_USE_ENCRYPT);
	reader = t_key("Leser", 3072, OSCI_USE_SIGN | OSCI_USE_ENCRYPT);
	return 0;
}

int judge_teardown(void **state)
{
	osci_key_unref(office);
	osci_key_unref(office_cipher);
	osci_key_unref(supplier);
	osci_key_unref(supplier_cipher);
	osci_key_unref(reader);
	return 0;
}
