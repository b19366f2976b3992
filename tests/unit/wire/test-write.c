/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-write - what osci_write() puts on the wire, judged without our reader
 *
 * Each message is split by MIME, parsed by plain libxml2 and held against: canonical form of
 * every block (must be the octets written), digests and signature, the official schemas (if they
 * are at hand), values after parsing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <osci/message.h>
#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_package.h"
#include "mime/mime.h"
#include "wire/types.h"
#include "xml/xml.h"

static struct osci_key *office, *office_cipher, *supplier, *supplier_cipher, *reader;
static char schemas[1024]; /* folder of the XSDs, "" if absent */

/* --- judging a message ------------------------------------------------------------- */

struct opened {
	struct osci_mime *mime;
	xmlDocPtr doc;
	xmlNodePtr header, body;
};

static void quiet(void *ctx, const char *fmt, ...)
{
}

static void check_schema(xmlDocPtr doc, const char *name, bool valid)
{
	char path[1200];
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr schema;
	xmlSchemaValidCtxtPtr ctxt;
	int r;

	if (!schemas[0])
		return;
	snprintf(path, sizeof(path), "%s/soap%c%s.xsd", schemas, name[0] & ~0x20, name + 1);
	parser = xmlSchemaNewParserCtxt(path);
	xmlSchemaSetParserErrors(parser, quiet, quiet, NULL);
	schema = xmlSchemaParse(parser);
	assert_non_null(schema);
	ctxt = xmlSchemaNewValidCtxt(schema);
	if (!valid)
		xmlSchemaSetValidErrors(ctxt, quiet, quiet, NULL);
	r = xmlSchemaValidateDoc(ctxt, doc);
	if ((r == 0) != valid)
		fail_msg("%s: schema says %d", name, r);
	xmlSchemaFreeValidCtxt(ctxt);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(parser);
}

static void open_plain(struct opened *o, const void *data, size_t len)
{
	struct osci_err err;
	int r = osci_mime_parse(&o->mime, data, len, NULL, &err);

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

static void close_opened(struct opened *o)
{
	osci_mime_freep(&o->mime);
	xmlFreeDoc(o->doc);
	o->doc = NULL;
}

static char *attr(xmlNodePtr node, const char *name)
{
	static char values[4][512];
	static unsigned next;
	xmlChar *v = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *out = values[next++ % 4];

	snprintf(out, sizeof(values[0]), "%s", v ? (char *)v : "");
	xmlFree(v);
	return out;
}

static xmlNodePtr find(xmlNodePtr from, const char *local)
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

static void text_of(xmlNodePtr node, struct osci_buf *out)
{
	xmlChar *t = xmlNodeGetContent(node);

	osci_buf_adds(out, (char *)t);
	xmlFree(t);
}

static void base64_of(xmlNodePtr node, struct osci_buf *out)
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

static void check_signature(xmlNodePtr signature, const struct osci_cert *cert)
{
	_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(4096);
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);

	base64_of(find(signature, "SignatureValue"), &value);
	assert_int_equal(osci_verify_node(cert, alg, find(signature, "SignedInfo"), value.data, value.len, NULL), 0);
}

/* Everything above; @signer NULL = must be unsigned. */
static void check_message(const struct opened *o, enum osci_type type, const struct osci_key *signer)
{
	char location[256];
	xmlNodePtr n, signature = NULL;
	unsigned covered = 0, blocks = 0, parts = 0;

	osci_type_schema_location(location, sizeof(location), type);
	assert_non_null(memmem(o->mime->parts[0].data, o->mime->parts[0].len, location, strlen(location)));
	check_schema(o->doc, osci_type_name(type), true);
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

static void write_and_check(const struct osci_draft *d, const struct osci_key *signer)
{
	struct osci_write_opts opts = { .signer = signer };
	_cleanup_(osci_freep) unsigned char *data = NULL;
	struct opened o;
	struct osci_err err;
	size_t len;
	int r = osci_write(&data, &len, d, &opts, &err);

	if (r)
		fail_msg("%s: %s %s", osci_type_name(d->type), err.where, err.what);
	open_plain(&o, data, len);
	check_message(&o, d->type, signer);
	close_opened(&o);
}

static void both(const struct osci_draft *d)
{
	write_and_check(d, osci_type_info(d->type)->request ? office : supplier);
	write_and_check(d, NULL);
}

static void refused(const struct osci_draft *d, int line)
{
	struct osci_write_opts opts = { .signer = NULL };
	unsigned char *data = NULL;
	size_t len;

	if (osci_write(&data, &len, d, &opts, NULL) != OSCI_E_USAGE || data)
		fail_msg("line %d: not refused", line);
}

#define REFUSED(d) refused(d, __LINE__)

/* --- drafts ------------------------------------------------------------------------ */

#define IN_DIALOG { .response = "cmVzcG9uc2U=", .challenge = "Y2hhbGxlbmdl", .conversation_id = "4711", \
		    .has_sequence = true, .sequence = 3 }
#define IMPLICIT { .challenge = "a<b&c>\"d", .has_sequence = true }

static const struct osci_feedback feedback[] = {
	{ "3707", "de", "Zertifikat <selbst> signiert & geprüft" }, { "0801", "de", "Auftrag ausgeführt" },
};
static struct osci_inspection inspections[] = {
	{ "CN=Amt <A&B>,C=DE", "CN=CA\\, eins,C=DE", "4711", "advanced", "ok", "valid", "ok", "2026-11-22T09:00:00Z" },
	{ "CN=B", "CN=CA", "1", "unknown", "indeterminate", "invalid", NULL, "2026-11-22T10:00:00.5+01:00" },
};
static const struct osci_card cards[] = {
	{ "m1@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-22T09:00:01Z",
	  "2026-11-22T09:00:02+01:00", "Betreff & <mehr>", inspections, 2 },
	{ "m2@intermed", "2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z", NULL, NULL, NULL, NULL, 0 },
};
static const char *const ids[] = { "m1@intermed", "m2@intermed" };

static void requests(void **state)
{
	struct osci_draft_cert cipher = { .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(office_cipher) };
	struct osci_draft d = { .type = OSCI_INIT_DIALOG, .control = { .challenge = "abc" }, .certs = &cipher,
				.n_certs = 1 };

	both(&d);
	d = (struct osci_draft){ .type = OSCI_EXIT_DIALOG, .control = IN_DIALOG, .languages = "de en-GB" };
	both(&d);
	d = (struct osci_draft){ .type = OSCI_GET_MESSAGE_ID, .control = IMPLICIT, .certs = &cipher, .n_certs = 1 };
	both(&d);
	d = (struct osci_draft){ .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG };
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-22T09:00:00Z" };
	both(&d);
	d.type = OSCI_FETCH_PROCESS_CARD;
	d.selection.role = "Originator";
	d.selection.no_reception = true;
	d.selection.limit = 17;
	both(&d);
	d.selection.kind = OSCI_SELECT_RECENT;
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	both(&d);
}

static void answers(void **state)
{
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_INIT_DIALOG, .feedback = feedback, .n_feedback = 2,
				.control = { .response = "r", .challenge = "c", .conversation_id = "99" } };

	both(&d);
	d.type = OSCI_RESPONSE_TO_EXIT_DIALOG;
	d.control = (struct osci_control)IN_DIALOG;
	d.control.challenge = NULL;
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	d.type = OSCI_RESPONSE_TO_GET_MESSAGE_ID;
	both(&d);
	d.message_id = "m1@intermed";
	both(&d);
	d.type = OSCI_RESPONSE_TO_STORE_DELIVERY;
	both(&d);
	d.cards = cards;
	d.n_cards = 1;
	both(&d);
	d.type = OSCI_RESPONSE_TO_FETCH_DELIVERY;
	both(&d);
	d.type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD;
	d.n_cards = 2;
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	both(&d);
}

/* --- deliveries --------------------------------------------------------------------- */

struct delivery {
	struct osci_draft_cert certs[4];
	struct osci_draft draft;
	struct osci_package *package;
};

static void delivery_make(struct delivery *v, bool sign, bool encrypt, const void *data, size_t len)
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

static void stores(void **state)
{
	struct osci_part parts[] = { { "anlage.bin", (const unsigned char *)"\0\1\r\n", 4 }, { "b", NULL, 0 } };
	int i;

	for (i = 0; i < 4; i++) {
		struct delivery v;

		delivery_make(&v, i & 1, i & 2, "<nachricht/>", 12);
		both(&v.draft);
		v.draft.parts = parts;
		v.draft.n_parts = 2;
		both(&v.draft);
		v.draft.subject = NULL;
		both(&v.draft);
		osci_package_freep(&v.package);
	}
}

/* Orders with which an intermediary hands on or is asked to, and their answers. */
static void passive(void **state)
{
	struct osci_draft_cert certs[] = { { OSCI_CIPHER_INTERMEDIARY, osci_key_cert(supplier_cipher), NULL },
					   { OSCI_SIGN_ADDRESSEE, osci_key_cert(reader), NULL },
					   { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL } };
	struct osci_draft d;
	struct delivery v;

	delivery_make(&v, true, true, "<nachricht/>", 12);
	d = v.draft;
	d.type = OSCI_FORWARD_DELIVERY;
	d.receiver_uri = "https://empf\xc3\xa4nger.example/osci?a=1&b='2'";
	both(&d);
	d.quality_creation = "cryptographic";
	d.quality_reception = "plain";
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	both(&d);
	d.type = OSCI_MEDIATE_DELIVERY;
	both(&d);
	d.quality_creation = d.quality_reception = NULL;
	both(&d);
	d.message_id = d.subject = NULL;
	both(&d);
	d.subject = "ohne Nummer";
	REFUSED(&d);
	d = v.draft;
	d.type = OSCI_FORWARD_DELIVERY;
	REFUSED(&d); /* no receiver */
	d.receiver_uri = "https://a b/";
	REFUSED(&d);
	d.receiver_uri = "";
	REFUSED(&d);
	d.receiver_uri = "urn:x";
	d.quality_creation = "best";
	REFUSED(&d);

	d = v.draft;
	d.type = OSCI_ACCEPT_DELIVERY;
	d.message_id = d.subject = NULL;
	d.control = (struct osci_control){ .challenge = "c" };
	d.certs = certs;
	d.n_certs = 3;
	REFUSED(&d); /* no process card */
	d.cards = cards;
	d.n_cards = 1;
	write_and_check(&d, supplier);
	write_and_check(&d, NULL);
	d.n_cards = 2;
	REFUSED(&d);
	d.n_cards = 1;
	d.cards = &cards[1];
	REFUSED(&d); /* Forwarding is not set */
	d.type = OSCI_PROCESS_DELIVERY;
	REFUSED(&d);
	d.n_cards = 0;
	write_and_check(&d, supplier);
	d.cards = cards;
	d.n_cards = 1;
	d.message_id_response = "m77@intermed";
	write_and_check(&d, supplier);
	d.quality_creation = "plain"; /* a block that the type has not */
	REFUSED(&d);

	d = (struct osci_draft){ .type = OSCI_RESPONSE_TO_FORWARD_DELIVERY, .control = { .response = "r" },
				 .feedback = feedback, .n_feedback = 2 };
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	d.cards = cards;
	d.n_cards = 1;
	both(&d);
	d.cards = &cards[1];
	both(&d);
	d.type = OSCI_RESPONSE_TO_MEDIATE_DELIVERY;
	REFUSED(&d); /* a request card shows all three times */
	d.n_cards = 0;
	both(&d);
	d.cards = (struct osci_card[]){ cards[0], cards[0] };
	d.n_cards = 1;
	both(&d);
	d.n_cards = 2;
	t_package_into(&d, v.package);
	d.certs = v.certs;
	d.n_certs = 3;
	both(&d);
	d = (struct osci_draft){ .type = OSCI_RESPONSE_TO_ACCEPT_DELIVERY, .control = { .response = "r" },
				 .feedback = feedback, .n_feedback = 2 };
	write_and_check(&d, reader);
	write_and_check(&d, NULL);
	d.type = OSCI_RESPONSE_TO_PROCESS_DELIVERY;
	write_and_check(&d, office);
	d.quality_reception = "cryptographic";
	write_and_check(&d, office);
	d.quality_creation = "plain";
	d.message_id = "m77@intermed";
	d.subject = "Antwort";
	t_package_into(&d, v.package);
	d.certs = v.certs;
	d.n_certs = 3;
	write_and_check(&d, office);
	osci_package_freep(&v.package);
}

/* Decrypts and verifies what osci_package_new() made, by hand. */
static void content(void **state)
{
	static const char data[] = "Inhalt, der l\xc3\xa4nger ist als eine Zeile von Base64 und deshalb umbrochen wird.";
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	const struct osci_alg *oaep = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	struct osci_write_opts opts = { .signer = office };
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), key = OSCI_BUF_INIT(64), blob = OSCI_BUF_INIT(1 << 20),
				      plain = OSCI_BUF_INIT(1 << 20), item = OSCI_BUF_INIT(4096),
				      value = OSCI_BUF_INIT(64), canonical = OSCI_BUF_INIT(1 << 20);
	_cleanup_(osci_freep) unsigned char *out = NULL;
	unsigned char digest[OSCI_DIGEST_MAX];
	char id[96];
	struct delivery v;
	struct opened o;
	xmlNodePtr enc, signature;
	xmlDocPtr doc;
	size_t len;

	delivery_make(&v, true, true, data, sizeof(data));
	assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
	open_plain(&o, out, len);
	enc = find(o.body, "EncryptedData");
	osci_cert_id(id, sizeof(id), OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader));
	assert_string_equal(attr(find(enc, "RetrievalMethod"), "URI") + 1, id);
	assert_string_equal(attr(find(enc, "RetrievalMethod"), "Type"), OSCI_TYPE_X509DATA);
	assert_string_equal(osci_xml_first(find(find(enc, "EncryptedKey"), "EncryptionMethod"), NULL)->name, "MGF");
	base64_of(find(find(enc, "EncryptedKey"), "CipherValue"), &wrapped);
	assert_int_equal(osci_oaep_unwrap(reader, oaep, osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), wrapped.data,
					  wrapped.len, &key, NULL), 0);
	base64_of(find(osci_xml_next(osci_xml_next(osci_xml_first(enc, NULL), NULL), NULL), "CipherValue"), &blob);
	assert_int_equal(osci_cipher_decrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key.data, key.len, 12,
					     blob.data, blob.len, &plain, NULL), 0);
	doc = xmlReadMemory((char *)plain.data, (int)plain.len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_int_equal(osci_c14n_node(xmlDocGetRootElement(doc), &canonical, NULL), 0);
	assert_int_equal(canonical.len, plain.len);
	assert_memory_equal(canonical.data, plain.data, plain.len);
	signature = osci_xml_first(xmlDocGetRootElement(doc), NULL);
	check_signature(signature, osci_key_cert(office));
	osci_cert_id(id, sizeof(id), OSCI_SIGN_ORIGINATOR, osci_key_cert(office));
	assert_string_equal(attr(find(signature, "RetrievalMethod"), "URI") + 1, id);
	base64_of(find(xmlDocGetRootElement(doc), "Base64Content"), &item);
	assert_int_equal(item.len, sizeof(data));
	assert_memory_equal(item.data, data, sizeof(data));
	assert_int_equal(osci_digest(sha256, data, sizeof(data), digest, &len), 0);
	base64_of(find(find(signature, "Reference"), "DigestValue"), &value);
	assert_memory_equal(value.data, digest, len);
	assert_string_equal(attr(find(signature, "Transform"), "Algorithm"), OSCI_URI_BASE64);
	xmlFreeDoc(doc);
	close_opened(&o);
	osci_package_freep(&v.package);
}

/* The same delivery to two readers, one of them in another role. */
static void two_readers(void **state)
{
	const struct osci_content_draft contents = { .data = "x", .len = 1 };
	const struct osci_author_draft author = { supplier, OSCI_SIGN_OTHER_AUTHOR };
	const struct osci_reader_draft readers[] = { { osci_key_cert(reader), OSCI_CIPHER_ADDRESSEE },
						     { osci_key_cert(supplier_cipher), OSCI_CIPHER_OTHER_READER } };
	const struct osci_container_draft c = { .contents = &contents, .n_contents = 1, .authors = &author,
						.n_authors = 1, .readers = readers, .n_readers = 2 };
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = IMPLICIT, .message_id = "a" };
	struct osci_package *package = NULL;

	assert_int_equal(osci_package_new(&package, &c, 1, NULL, NULL), 0);
	t_package_into(&d, package);
	d.certs = package->certs;
	d.n_certs = package->n_certs;
	assert_int_equal(d.n_certs, 3);
	both(&d);
	osci_package_freep(&package);
}

/* --- handed on ------------------------------------------------------------------------ */

#define XMLNS(prefix, uri) " xmlns:" prefix "=\"" uri "\""
#define OSCI XMLNS("osci", OSCI_NS_OSCI)
#define CONTAINER(attributes, content) \
	"<osci:ContentContainer" attributes "><osci:Content>" content "</osci:Content></osci:ContentContainer>"

static void carried(void **state)
{
	/* Canonical form of each child: all that was in scope stands on it; the Ids are those of our blocks. */
	static const char package[] =
		CONTAINER(XMLNS("ds", OSCI_NS_DS) OSCI XMLNS("x", "urn:x") " Id=\"body\"",
			  "<osci:Base64Content" XMLNS("ds", "urn:other") " Id=\"i\">eA==</osci:Base64Content>")
		CONTAINER(OSCI " Id=\"controlblock\"", "");
	/* '>' stands in values of canonical XML. */
	static const char odd[] = CONTAINER(OSCI XMLNS("x", "urn:a") " Id=\"a\" z=\"> xmlns:osci= \"",
					    "<x:y z=\"a>b &quot;\">a &gt; b</x:y>");
	static const char header[] = "<x:meta xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"urn:x\" "
				     "Id=\"featuredescription\"><x:a>1</x:a></x:meta>";
	struct osci_custom custom = { header, sizeof(header) - 1 };
	struct osci_draft_cert cert = { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), "intermediarycertificates" };
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .control = IN_DIALOG, .feedback = feedback,
				.n_feedback = 2, .cards = cards, .n_cards = 1, .certs = &cert, .n_certs = 1,
				.custom = &custom, .n_custom = 1, .package = package,
				.package_len = sizeof(package) - 1, .has_package = true };
	char folder;
	static const char *const bad[] = { "text", "<a>", "</a>", "<a></a>text", "<a/>", "<!-- --><a></a>", "<a b=\"" };
	size_t i;

	both(&d); /* schema validity says that all Ids differ */
	d.package = odd;
	d.package_len = sizeof(odd) - 1;
	folder = schemas[0]; /* such elements are not declared anywhere */
	schemas[0] = '\0';
	both(&d);
	schemas[0] = folder;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		d.package = bad[i];
		d.package_len = strlen(bad[i]);
		REFUSED(&d);
	}
	d.package = package;
	d.package_len = sizeof(package) - 1;
	custom = (struct osci_custom){ "<a xmlns=\"urn:x\"></a>", 21 };
	REFUSED(&d); /* no Id */
}

static void duplicate_ids_are_seen(void **state)
{
	/* The check above can fail: the same message with our plain Ids would not be valid. */
	static const char xml[] =
		"<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header></soap:Header>"
		"<soap:Body></soap:Body></soap:Envelope>";
	xmlDocPtr doc = xmlReadMemory(xml, sizeof(xml) - 1, NULL, NULL, XML_PARSE_NONET);

	check_schema(doc, "storeDelivery", false);
	xmlFreeDoc(doc);
}

/* --- transport envelope and fault ------------------------------------------------------ */

static void transport(void **state)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	struct osci_write_opts opts = { .signer = office, .encrypt_for = osci_key_cert(supplier_cipher) };
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), key = OSCI_BUF_INIT(64), inner = OSCI_BUF_INIT(1 << 24),
				      der = OSCI_BUF_INIT(8192);
	_cleanup_(osci_freep) unsigned char *out = NULL;
	_cleanup_(osci_freep) char *big = malloc(1 << 20);
	struct delivery v;
	struct opened o;
	xmlNodePtr enc;
	size_t len, der_len;
	const unsigned char *want = osci_cert_der(opts.encrypt_for, &der_len);

	memset(big, 'x', 1 << 20);
	delivery_make(&v, true, true, big, 1 << 20);
	assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
	open_plain(&o, out, len);
	check_schema(o.doc, "messageEncrypted", true);
	assert_int_equal(o.mime->n_parts, 2);
	assert_string_equal(o.mime->parts[1].head.content_id, "osci_enc");
	assert_null(o.header);
	enc = find(o.body, "EncryptedData");
	base64_of(find(enc, "X509Certificate"), &der);
	assert_int_equal(der.len, der_len);
	assert_memory_equal(der.data, want, der_len);
	base64_of(find(find(enc, "EncryptedKey"), "CipherValue"), &wrapped);
	assert_int_equal(osci_oaep_unwrap(supplier_cipher, sha256, osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256),
					  wrapped.data, wrapped.len, &key, NULL), 0);
	assert_int_equal(osci_cipher_decrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key.data, key.len, 12,
					     o.mime->parts[1].data, o.mime->parts[1].len, &inner, NULL), 0);
	close_opened(&o);
	open_plain(&o, inner.data, inner.len);
	check_message(&o, OSCI_STORE_DELIVERY, office);
	close_opened(&o);
	osci_package_freep(&v.package);
}

static void fault(void **state)
{
	struct osci_draft d = { .type = OSCI_FAULT, .fault_code = "Client", .fault_osci = "9202",
				.fault_text = "nicht <lesbar> & so" };
	struct osci_write_opts opts = { .signer = supplier, .encrypt_for = osci_key_cert(office_cipher) };
	_cleanup_(osci_freep) unsigned char *out = NULL;
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(100);
	struct opened o;
	size_t len;

	assert_int_equal(osci_write(&out, &len, &d, &opts, NULL), 0);
	assert_null(memmem(out, len, "schemaLocation", 14));
	open_plain(&o, out, len);
	check_schema(o.doc, "messageFault", true);
	text_of(find(o.body, "faultstring"), &text);
	assert_string_equal((char *)text.data, d.fault_text);
	close_opened(&o);
	d.fault_code = "Other";
	REFUSED(&d);
	d.fault_code = "Server";
	d.fault_osci = "90x0";
	REFUSED(&d);
}

/* --- refusals --------------------------------------------------------------------------- */

static void refusals(void **state)
{
	struct osci_draft good = { .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG }, d = good;
	struct osci_draft_cert certs[2] = { { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL },
					    { OSCI_CIPHER_ADDRESSEE, osci_key_cert(office_cipher), NULL } };
	struct delivery v;

	d.control.response = NULL;
	REFUSED(&d);
	d = good;
	d.control.conversation_id = "12a";
	REFUSED(&d);
	d = good;
	d.control.challenge = "\x01";
	REFUSED(&d);
	d = good;
	d.languages = "de  en";
	REFUSED(&d);
	d.languages = "";
	REFUSED(&d);
	d = good;
	d.has_package = true;
	d.package = "";
	REFUSED(&d);
	d = good;
	d.certs = certs;
	d.n_certs = 1;
	REFUSED(&d);
	d = good;
	d.type = OSCI_INIT_DIALOG; /* control block and certificate do not fit */
	REFUSED(&d);
	d.control = (struct osci_control){ .challenge = "x" };
	REFUSED(&d);
	d = good;
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "gestern" };
	REFUSED(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	REFUSED(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECENT, .time = "2026-11-22T09:00:00Z" };
	REFUSED(&d);
	d = good;
	d.type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD; /* no feedback */
	REFUSED(&d);

	delivery_make(&v, false, false, "x", 1);
	v.draft.message_id = NULL;
	REFUSED(&v.draft);
	v.draft.message_id = "../x y";
	REFUSED(&v.draft);
	v.draft.message_id = "m";
	v.draft.subject = "\xff";
	REFUSED(&v.draft);
	v.draft.subject = "\b";
	REFUSED(&v.draft);
	v.draft.subject = NULL;
	v.draft.has_package = false;
	REFUSED(&v.draft);
	v.draft.has_package = true;
	v.draft.certs = certs;
	v.draft.n_certs = 2;
	REFUSED(&v.draft);
	v.draft.n_certs = 1;
	certs[0].id = "a b";
	REFUSED(&v.draft);
	certs[0].id = NULL;
	v.draft.n_parts = 1;
	v.draft.parts = &(struct osci_part){ "../x", (const unsigned char *)"", 0 };
	REFUSED(&v.draft);
	v.draft.parts = &(struct osci_part){ "osci@Message", (const unsigned char *)"", 0 };
	REFUSED(&v.draft);
	osci_package_freep(&v.package);
}

static void over_the_limit(void **state)
{
	struct osci_limits limits;
	struct osci_write_opts opts = { .limits = &limits };
	unsigned char *out = NULL;
	struct delivery v;
	size_t len;

	int i;

	delivery_make(&v, true, false, "x", 1);
	for (i = 0; i < 2; i++) {
		opts.encrypt_for = i ? osci_key_cert(supplier_cipher) : NULL;
		osci_limits_default(&limits);
		assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
		free(out);
		limits.http_body = len;
		assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
		free(out);
		for (limits.http_body = len - 1; limits.http_body > 1000; limits.http_body -= 997) {
			assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), OSCI_E_LIMIT);
			assert_null(out);
		}
	}
	osci_package_freep(&v.package);
}

static int setup(void **state)
{
	const char *shared = getenv("XAUSL_SHARED");
	char catalog[1100];

	office = t_key("Amt Signatur", 3072, OSCI_USE_SIGN);
	office_cipher = t_key("Amt Chiffrierung", 3072, OSCI_USE_ENCRYPT);
	supplier = t_key("Vermittler Signatur", 3072, OSCI_USE_SIGN);
	supplier_cipher = t_key("Vermittler Chiffrierung", 3072, OSCI_USE_ENCRYPT);
	reader = t_key("Leser", 3072, OSCI_USE_ENCRYPT);
	snprintf(schemas, sizeof(schemas), "%s/standards/osci-1.2/schema", shared ? shared : "");
	snprintf(catalog, sizeof(catalog), "%s/catalog-offline.xml", schemas);
	if (access(catalog, R_OK)) {
		print_message("# skipped: validity against the schemas (no XAUSL_SHARED)\n");
		schemas[0] = '\0';
		return 0;
	}
	xmlInitializeCatalog();
	return xmlLoadCatalog(catalog);
}

static int teardown(void **state)
{
	osci_key_unref(office);
	osci_key_unref(office_cipher);
	osci_key_unref(supplier);
	osci_key_unref(supplier_cipher);
	osci_key_unref(reader);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),       cmocka_unit_test(answers),     cmocka_unit_test(stores),
		cmocka_unit_test(passive),
		cmocka_unit_test(content),        cmocka_unit_test(two_readers), cmocka_unit_test(carried),
		cmocka_unit_test(duplicate_ids_are_seen), cmocka_unit_test(transport), cmocka_unit_test(fault),
		cmocka_unit_test(refusals),       cmocka_unit_test(over_the_limit),
	};

	xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();

	if (osci_crypto_init(NULL))
		return 1;
	xmlSetExternalEntityLoader(loader); /* the schemas consist of many files */
	return cmocka_run_group_tests(tests, setup, teardown);
}
