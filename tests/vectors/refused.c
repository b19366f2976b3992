/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused - messages that a reader must not take: one change each, named, with the code of the answer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make.h"

#define MAX ((size_t)1 << 20)

static void describe(const char *name, const char *code, const char *what)
{
	json_t *o = json_object(), *rejected = json_object();

	json_object_set_new(rejected, "code", json_string(code));
	json_object_set_new(o, "rejected", rejected);
	json_object_set_new(o, "what", json_string(what));
	save_json(name, o);
}

/* The first @from behind the first @after becomes @to. */
static void change(const struct osci_buf *in, const char *after, const char *from, const char *to, struct osci_buf *out)
{
	const unsigned char *at = memmem(in->data, in->len, after, strlen(after)), *end = in->data + in->len;

	MUST(at);
	at = memmem(at, (size_t)(end - at), from, strlen(from));
	MUST(at);
	osci_buf_add(out, in->data, (size_t)(at - in->data));
	osci_buf_adds(out, to);
	at += strlen(from);
	osci_buf_add(out, at, (size_t)(end - at));
	MUST(osci_buf_error(out) == 0);
}

/* Text changes of @is_signed, an order with an attachment; where the structure is wrong (9100) of @bare, a small one. */
static void changed_text(const struct osci_buf *is_signed, const struct osci_buf *bare)
{
	static const struct {
		const char *name, *code, *what, *after, *from, *to;
	} v[] = {
		{ "challenge", "9601", "another Challenge than the signed one", "", "SGVyYXVz", "SGVyYXVa" },
		{ "subject", "9601", "another Subject than the signed one", "", "rung &amp;", "rung &lt;" },
		{ "signature-value", "9601", "another SignatureValue", "<ds:SignatureValue>", "A", "B" },
		{ "digest-value", "9601", "another DigestValue in SignedInfo", "<ds:DigestValue>", "=", "A" },
		{ "attachment", "9601", "an octet of the encrypted attachment changed", "Content-ID: <anlage-1.bin>", "\r\n\r\n",
		  "\r\n\r\nx" },
		{ "extra-block", "9602", "a header block that the signature does not cover", "", "</soap:Header>",
		  "<x:y xmlns:x=\"urn:x\" Id=\"unsigned\"></x:y></soap:Header>" },
		{ "reference-id", "9602", "a reference to an element that is not there", "<ds:SignedInfo>", "URI=\"#body\"",
		  "URI=\"#nobody\"" },
		{ "signature-algorithm", "9601", "SHA-1 as signature algorithm", "<ds:SignedInfo>",
		  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1" },
		{ "digest-algorithm", "9601", "SHA-1 as digest algorithm", "<ds:SignedInfo>",
		  "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1" },
		{ "transform", "9601", "XPath as transform", "<ds:Transform ", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		  "http://www.w3.org/TR/1999/REC-xpath-19991116" },
		{ "doctype", "9100", "a DOCTYPE", "", "<soap:Envelope", "<!DOCTYPE a [<!ENTITY e \"x\">]><soap:Envelope" },
		{ "processing-instruction", "9100", "a processing instruction", "", "<soap:Header>", "<soap:Header><?x y?>" },
		{ "duplicate-id", "9100", "two elements with one Id", "<osci:DesiredLanguages", "Id=\"desiredlanguages\"",
		  "Id=\"body\"" },
		{ "two-control-blocks", "9100", "a second ControlBlock", "", "<osci:DesiredLanguages",
		  "<osci:ControlBlock Id=\"second\"></osci:ControlBlock><osci:DesiredLanguages" },
		{ "unknown-element", "9100", "an element that the order does not have", "", "</osci:storeDelivery>",
		  "<osci:More></osci:More></osci:storeDelivery>" },
		{ "schema-location", "9100", "the name of a message type that is none", "", "soapStoreDelivery.xsd",
		  "soapStealDelivery.xsd" },
		{ "other-type", "9100", "the name of another message type", "", "soapStoreDelivery.xsd", "soapFetchDelivery.xsd" },
		{ "namespace", "9100", "the order in another namespace", "<osci:storeDelivery",
		  "xmlns:osci=\"http://www.osci.de/2002/04/osci\"", "xmlns:osci=\"http://www.osci.de/2002/04/osci2\"" },
		{ "must-understand", "9100", "a foreign header that demands to be understood", "", "</soap:Header>",
		  "<x:y xmlns:x=\"urn:x\" Id=\"u\" soap:mustUnderstand=\"1\"></x:y></soap:Header>" },
		{ "message-id", "9100", "a MessageId that is no base64", "<osci:MessageId>", "bTFA", "b*FA" },
		{ "utf8", "9100", "octets that are no UTF-8", "", "<osci:Subject>", "<osci:Subject>\xff" },
		{ "mime-end", "9100", "the closing boundary is gone", "</soap:Envelope>", "--\r\n", "" },
	};
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(MAX);

		change(strcmp(v[i].code, "9100") ? is_signed : bare, v[i].after, v[i].from, v[i].to, &out);
		snprintf(name, sizeof(name), "refused-%s", v[i].name);
		save_message(name, out.data, out.len);
		describe(name, v[i].code, v[i].what);
	}
}

/* The blob is the last part; its tag is its end. */
static void changed_octets(const struct osci_buf *in)
{
	static const struct {
		const char *name, *what;
		size_t from_end;
	} v[] = {
		{ "transport-tag", "an octet of the authentication tag of the transport encryption changed", 100 },
		{ "transport-text", "an octet of the transport encryption changed", 400 },
	};
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(MAX);

		osci_buf_add(&out, in->data, in->len);
		out.data[out.len - v[i].from_end] ^= 0x20;
		snprintf(name, sizeof(name), "refused-%s", v[i].name);
		save_message(name, out.data, out.len);
		describe(name, "9202", v[i].what);
	}
}

static void changed_chunk(void)
{
	static const struct osci_features features = { 0 };
	struct scenario s = { .name = "refused", .draft = {
		.type = OSCI_PARTIAL_FETCH_DELIVERY, .features = &features,
		.control = { .response = "QQ==", .challenge = "Qg==", .conversation_id = "1", .has_sequence = true },
		.chunk = { .present = true, .number = 1, .size_kib = 1024, .received = "-1" } } };
	static const struct {
		const char *name, *what, *from, *to;
	} v[] = {
		{ "chunk-number", "a chunk number that is no number", "ChunkNumber=\"1\"", "ChunkNumber=\"eins\"" },
		{ "chunk-received", "received chunks that are no numbers", "ReceivedChunks=\"-1\"", "ReceivedChunks=\"1;2\"" },
		{ "chunk-attribute", "an attribute that ChunkInformation does not have", "ChunkNumber", "Path=\"/\" ChunkNumber" },
	};
	char name[128];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		_cleanup_buf_ struct osci_buf in = OSCI_BUF_INIT(MAX), out = OSCI_BUF_INIT(MAX);

		compose(&s, UNSIGNED, &in);
		change(&in, "", v[i].from, v[i].to, &out);
		snprintf(name, sizeof(name), "refused-%s", v[i].name);
		save_message(name, out.data, out.len);
		describe(name, "9100", v[i].what);
	}
}

static void wrong_parties(void)
{
	_cleanup_buf_ struct osci_buf to_stranger = OSCI_BUF_INIT(MAX), by_stranger = OSCI_BUF_INIT(MAX);
	struct osci_key *office = keys[VK_OFFICE_SIGN];
	struct scenario s = { .name = "refused", .encrypt_for = VK_STRANGER, .draft = {
		.type = OSCI_FETCH_DELIVERY,
		.control = { .response = "QQ==", .challenge = "Qg==", .conversation_id = "1", .has_sequence = true } } };

	compose(&s, SEALED, &to_stranger);
	save_message("refused-not-ours", to_stranger.data, to_stranger.len);
	describe("refused-not-ours", "9200", "encrypted for a certificate that is none of ours");
	keys[VK_OFFICE_SIGN] = keys[VK_STRANGER];
	compose(&s, SIGNED, &by_stranger);
	keys[VK_OFFICE_SIGN] = office;
	save_message("refused-untrusted", by_stranger.data, by_stranger.len);
	describe("refused-untrusted", "9700", "signed with a certificate that nobody trusts");
}

/* Content signature and content encryption: an unsigned order, so that the order signature does not speak first. */
static void changed_content(void)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(MAX), sealed = OSCI_BUF_INIT(MAX), out = OSCI_BUF_INIT(MAX),
				      other = OSCI_BUF_INIT(MAX);
	struct scenario s;

	scenario_store(&s, "refused", false, false);
	s.draft.certs = s.certs;
	s.draft.n_certs = 3;
	compose(&s, UNSIGNED, &plain);
	osci_package_freep(&s.package);
	change(&plain, "<osci:Base64Content", "\">PG", "\">PH", &out);
	save_message("refused-content", out.data, out.len);
	describe("refused-content", "9601", "another content than the author signed");
	scenario_store(&s, "refused", true, false);
	s.draft.certs = s.certs;
	s.draft.n_certs = 3;
	compose(&s, UNSIGNED, &sealed);
	osci_package_freep(&s.package);
	change(&sealed, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>", "A", "B", &other);
	save_message("refused-content-cipher", other.data, other.len);
	describe("refused-content-cipher", "9202", "an octet of the encrypted content changed");
}

void write_refused(void)
{
	_cleanup_buf_ struct osci_buf is_signed = OSCI_BUF_INIT(MAX), sealed = OSCI_BUF_INIT(MAX), bare = OSCI_BUF_INIT(MAX);
	struct scenario s;

	scenario_store(&s, "refused", true, true);
	s.draft.certs = s.certs;
	s.draft.n_certs = 3;
	compose(&s, SIGNED, &is_signed);
	s.certs[0] = s.certs[1]; /* the addressee's alone */
	s.draft.n_certs = 1;
	s.draft.package_len = s.draft.n_parts = 0;
	compose(&s, UNSIGNED, &bare);
	compose(&s, SEALED, &sealed);
	osci_package_freep(&s.package);
	changed_text(&is_signed, &bare);
	changed_octets(&sealed);
	changed_chunk();
	wrong_parties();
	changed_content();
}
