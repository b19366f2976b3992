/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package-hostile - packages that are not what they seem; the message around each of them is in order
 *
 * A package is written, its text or its parts are changed, and the message is signed after that: nothing but the
 * rules for contents stands between the change and the reader.  Names begin with the number of the threat.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "lib/t_confined.h"
#include "lib/t_keys.h"
#include "t_parcel.h"
#include "wire/write_priv.h"

#define MAX ((size_t)16 << 20)

static struct osci_blob *blobs[2];
static struct osci_attachment_draft one, two;

/* What the reader says of the package, with both keys. */
static int verdict(const struct osci_package *p)
{
	struct osci_key *const keys[] = { t_reader, t_second, NULL };
	struct osci_contents *c = NULL;
	struct osci_message *m;
	struct osci_err err;
	unsigned char *data;
	size_t len;
	int r;

	data = t_parcel_write(p, &len);
	m = t_parcel_open(data, len);
	free(data);
	r = t_parcel_contents(&c, m, keys, &err);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	return r;
}

/* @from in the package's text becomes @to, once. */
static void change(struct osci_package *p, const char *from, const char *to)
{
	struct osci_buf b = OSCI_BUF_INIT(MAX);
	const char *at = strstr(p->xml, from);

	if (!at)
		fail_msg("not in the package: %s", from);
	osci_buf_add(&b, p->xml, (size_t)(at - p->xml));
	osci_buf_adds(&b, to);
	osci_buf_adds(&b, at + strlen(from));
	free(p->xml);
	p->xml = osci_buf_take(&b, &p->len);
	assert_non_null(p->xml);
}

static void expect(int result, struct osci_package *p)
{
	int r = verdict(p);

	if (r != result)
		fail_msg("result %s, expected %s", osci_result_name(r), osci_result_name(result));
	osci_package_freep(&p);
}

/* A container with a text and two attachments, as the test wants it. */
static struct osci_package *parcel(size_t authors, size_t readers)
{
	const struct osci_content_draft contents[] = { { .data = "Text", .len = 4 }, { .attachment = &one },
						       { .attachment = &two } };
	const struct osci_author_draft by[] = { T_AUTHOR, T_CLERK };
	const struct osci_reader_draft to[] = { T_READER, T_SECOND };
	const struct osci_container_draft c = { .contents = contents, .n_contents = 3, .authors = by, .n_authors = authors,
						.readers = to, .n_readers = readers };

	return t_parcel_pack(&c, 1, NULL);
}

/* The package with @plain as the decrypted text of its only element. */
static void seal(struct osci_package *p, const char *plain)
{
	struct osci_buf out = OSCI_BUF_INIT(MAX), blob = OSCI_BUF_INIT(MAX);
	char id[WIRE_CERT_ID_MAX];
	const unsigned char key[WIRE_KEY_OCTETS_MAX] = "0123456789abcdef0123456789abcde";
	struct wire_suite suite;

	assert_int_equal(wire_suite_init(&suite, NULL, NULL, NULL), 0);
	assert_int_equal(osci_cipher_encrypt(suite.cipher, key, suite.iv_len, plain, strlen(plain), &blob), 0);
	osci_cert_id(id, sizeof(id), OSCI_CIPHER_ADDRESSEE, osci_key_cert(t_reader));
	osci_buf_adds(&out, "<xenc:EncryptedData" WIRE_XMLNS " Id=\"ed\">");
	wire_cipher_method(&out, &suite);
	osci_buf_adds(&out, "<ds:KeyInfo>");
	assert_int_equal(wire_encrypted_key(&out, &suite, osci_key_cert(t_reader), id, key, NULL), 0);
	osci_buf_adds(&out, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(&out, blob.data, blob.len, 76);
	osci_buf_adds(&out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
	osci_buf_free(&blob);
	free(p->xml);
	p->xml = osci_buf_take(&out, &p->len);
	assert_non_null(p->xml);
}

/* --- what signatures cost -------------------------------------------------------------- */

#define MANY_CONTENTS 500
#define MANY_AUTHORS 30

struct costly {
	unsigned char *data;
	size_t len;
	struct osci_limits limits;
};

static int open_costly(void *arg, char *text, size_t size)
{
	const struct costly *c = arg;
	const struct osci_open_opts opts = { .trust = t_trust, .now = T_NOW, .limits = &c->limits };
	struct osci_contents *contents = NULL;
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	int r = osci_open(&m, c->data, c->len, &opts, &err);

	if (!r)
		r = osci_contents_open(&contents, m, &opts, &err);
	snprintf(text, size, "%s: %s", err.where, err.what);
	osci_contents_freep(&contents);
	osci_message_freep(&m);
	return r;
}

/* Each signature is in order and within its own limit; together they want 15,000 digests. */
static void a_11_references_of_all_signatures(void **state)
{
	static struct osci_content_draft contents[MANY_CONTENTS];
	static struct osci_author_draft authors[MANY_AUTHORS];
	const struct osci_container_draft draft = { .contents = contents, .n_contents = MANY_CONTENTS,
						    .authors = authors, .n_authors = MANY_AUTHORS };
	struct costly c;
	const struct osci_package_opts opts = { .limits = &c.limits };
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };
	struct t_cost cost;

	for (size_t i = 0; i < MANY_CONTENTS; i++)
		contents[i] = (struct osci_content_draft){ .data = "x", .len = 1 };
	for (size_t i = 0; i < MANY_AUTHORS; i++)
		authors[i] = (struct osci_author_draft)T_CLERK;
	osci_limits_default(&c.limits);
	assert_int_equal(osci_package_new(&p, &draft, 1, &opts, &err), OSCI_E_LIMIT); /* nor do we write that */
	c.limits.references_message = MANY_CONTENTS * MANY_AUTHORS + 100;
	if (osci_package_new(&p, &draft, 1, &opts, &err))
		fail_msg("%s: %s", err.where, err.what);
	c.data = t_parcel_write(p, &c.len);
	osci_package_freep(&p);
	cost = t_confined("references, no limit", open_costly, &c);
	if (cost.result)
		fail_msg("nothing else is wrong with it: %s", cost.text);
	osci_limits_default(&c.limits);
	cost = t_confined("references", open_costly, &c);
	assert_int_equal(cost.result, OSCI_E_LIMIT);
	assert_non_null(strstr(cost.text, "references in all signatures"));
	if (cost.seconds > 1 * T_SLOWER)
		fail_msg("refused after %.2f s", cost.seconds);
	free(c.data);
}

/* --- W-10: containers and contents moved about --------------------------------------------- */

static void w_10_content_of_another_container(void **state)
{
	const struct osci_author_draft by = T_AUTHOR;
	const struct osci_content_draft first = { .data = "eins", .len = 4 }, second = { .data = "zwei", .len = 4 },
					more[] = { { .attachment = &one }, { .data = "drei", .len = 4 } };
	const struct osci_container_draft c[] = { { .contents = &first, .n_contents = 1, .authors = &by, .n_authors = 1 },
						  { .contents = &second, .n_contents = 1 },
						  { .contents = more, .n_contents = 2, .authors = &by, .n_authors = 1 } };
	const char *content = "<osci:Content><osci:Base64Content Id=\"fremd\">RkFMU0NI</osci:Base64Content></osci:Content>";
	struct osci_package *p = t_parcel_pack(c, 3, NULL);
	char *signature, *begin, *end;

	expect(0, p);
	/* something more in a signed container, before and behind what is signed */
	p = t_parcel_pack(c, 1, NULL);
	change(p, "<osci:Content>", "<osci:Content><osci:Base64Content Id=\"fremd\">RkFMU0NI</osci:Base64Content>"
				    "</osci:Content><osci:Content>");
	expect(OSCI_E_SIGNATURE, p);
	p = t_parcel_pack(c, 1, NULL);
	change(p, "</osci:ContentContainer>", content);
	change(p, content, "<osci:Content><osci:Base64Content Id=\"fremd\">RkFMU0NI</osci:Base64Content></osci:Content>"
			   "</osci:ContentContainer>");
	expect(OSCI_E_SIGNATURE, p);
	/* the signature of one container in another */
	p = t_parcel_pack(c, 2, NULL);
	begin = strstr(p->xml, "<ds:Signature>");
	end = strstr(begin, "</ds:Signature>") + strlen("</ds:Signature>");
	signature = strndup(begin, (size_t)(end - begin));
	change(p, signature, "");
	begin = strstr(strstr(p->xml, "</osci:ContentContainer>"), "<osci:Content>");
	begin = strndup(begin, (size_t)(strstr(begin, "\">") - begin)); /* with its Id */
	end = malloc(strlen(signature) + strlen(begin) + 1);
	memcpy(end, signature, strlen(signature));
	memcpy(end + strlen(signature), begin, strlen(begin) + 1);
	change(p, begin, end);
	free(begin);
	free(end);
	free(signature);
	expect(OSCI_E_SIGNATURE, p);
	/* the content of a signed container replaced by a pointer to a part of another */
	p = t_parcel_pack(c, 3, NULL);
	change(p, "<osci:Content Id=\"", "<osci:Content Id=\"fremd\" href=\"cid:nirgends\"></osci:Content><osci:Content Id=\"");
	expect(OSCI_E_MALFORMED, p);
	p = parcel(1, 0);
	change(p, "href=\"cid:one\"", "href=\"cid:two\"");
	expect(OSCI_E_SIGNATURE, p);
}

static void w_10_what_decrypts_to_something_else(void **state)
{
	static const char *const bad[] = {
		"", "Text", "<a></a>", "<!DOCTYPE a><osci:ContentContainer" WIRE_XMLNS " Id=\"c\"></osci:ContentContainer>",
		"<osci:ContentContainer" WIRE_XMLNS " Id=\"c\"></osci:ContentContainer><osci:ContentContainer" WIRE_XMLNS
		" Id=\"d\"></osci:ContentContainer>",
		"<soap:Envelope" WIRE_XMLNS "><soap:Body></soap:Body></soap:Envelope>",
		"<osci:ContentPackage" WIRE_XMLNS "></osci:ContentPackage>",
		"<osci:ContentContainer Id=\"c\"></osci:ContentContainer>",
	};
	const struct osci_content_draft content = { .data = "x", .len = 1 };
	const struct osci_reader_draft to = T_READER;
	const struct osci_container_draft c = { .contents = &content, .n_contents = 1, .readers = &to, .n_readers = 1 };
	struct osci_package *p;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = t_parcel_pack(&c, 1, NULL);
		seal(p, bad[i]);
		expect(OSCI_E_DECRYPT, p);
	}
}

#define INLINE(id) "<osci:Content><osci:Base64Content Id=\"" id "\">QQ==</osci:Base64Content></osci:Content>"
#define INSIDE(text) "<osci:ContentContainer" WIRE_XMLNS " Id=\"c\">" text "</osci:ContentContainer>"

static void w_10_ids_of_outside_inside(void **state)
{
	static const char *const bad[] = { INSIDE(INLINE("body")), INSIDE(INLINE("BODY")), INSIDE(INLINE("ed")),
					   INSIDE(INLINE("x") INLINE("x")), INSIDE(INLINE("c")) };
	struct osci_package *p;
	size_t i;

	p = parcel(0, 1);
	p->n_parts = 0;
	seal(p, INSIDE(INLINE("x")));
	assert_int_equal(verdict(p), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		seal(p, bad[i]);
		assert_int_equal(verdict(p), OSCI_E_MALFORMED);
	}
	p->n_parts = 2;
	osci_package_freep(&p);
}

/* --- M-03: parts and what points to them --------------------------------------------------- */

static void m_03_parts_without_reference(void **state)
{
	const struct osci_content_draft content = { .data = "x", .len = 1 };
	const struct osci_reader_draft to = { osci_key_cert(t_stranger), OSCI_CIPHER_OTHER_READER };
	struct osci_container_draft c = { .contents = &content, .n_contents = 1, .readers = &to };
	struct osci_package *p;

	p = parcel(0, 0);
	change(p, "href=\"cid:one\"", "href=\"cid:none\"");
	expect(OSCI_E_MALFORMED, p);
	p = parcel(0, 0);
	change(p, "href=\"cid:one\"", "href=\"cid:two\"");
	expect(OSCI_E_MALFORMED, p); /* the first part is left over */
	for (c.n_readers = 0; c.n_readers <= 1; c.n_readers++) {
		struct osci_package *parts = parcel(0, 0);

		p = t_parcel_pack(&c, 1, NULL);
		p->parts = realloc(p->parts, 2 * sizeof(*p->parts));
		memcpy(p->parts, parts->parts, 2 * sizeof(*p->parts));
		p->n_parts = parts->n_parts;
		parts->n_parts = 0;
		osci_package_freep(&parts);
		expect(c.n_readers ? 0 : OSCI_E_MALFORMED, p); /* a part may belong to what others read */
	}
	p = parcel(0, 0);
	change(p, "href=\"cid:one\"", "href=\"cid:osci@message\"");
	expect(OSCI_E_MALFORMED, p);
	p = parcel(0, 0);
	change(p, "href=\"cid:one\"", "href=\"http://x/one\"");
	expect(OSCI_E_MALFORMED, p);
}

/* M-04 in the content: the order signature of a new sender covers anything, the authors' do not. */
static void m_03_parts_exchanged(void **state)
{
	struct osci_package *p;
	size_t authors;

	for (authors = 0; authors <= 2; authors++) {
		struct osci_part kept;

		p = parcel(authors, 0);
		kept = p->parts[0];
		p->parts[0].blob = p->parts[1].blob;
		p->parts[0].data = p->parts[1].data;
		p->parts[0].len = p->parts[1].len;
		p->parts[0].hashed = false;
		p->parts[1].blob = kept.blob;
		p->parts[1].data = kept.data;
		p->parts[1].len = kept.len;
		p->parts[1].hashed = false;
		expect(authors ? OSCI_E_SIGNATURE : 0, p);
	}
	p = parcel(2, 1);
	p->parts[0].len = osci_blob_len(p->parts[1].blob);
	p->parts[0].data = p->parts[1].data;
	osci_blob_unref(p->parts[0].blob);
	p->parts[0].blob = osci_blob_ref(p->parts[1].blob);
	p->parts[0].hashed = false;
	expect(OSCI_E_DECRYPT, p); /* each has a key of its own */
}

#define KEY(id, cid, octets)                                                                                         \
	"<xenc:EncryptedData Id=\"" id "\"><xenc:EncryptionMethod Algorithm=\"" OSCI_URI_AES256_GCM "\">"             \
	"<osci128:IvLength xmlns:osci128=\"http://xoev.de/transport/osci12/8\" Value=\"12\"></osci128:IvLength>"      \
	"</xenc:EncryptionMethod><ds:KeyInfo><ds:MgmtData>" octets "</ds:MgmtData></ds:KeyInfo><xenc:CipherData>"     \
	"<xenc:CipherReference URI=\"cid:" cid "\"></xenc:CipherReference></xenc:CipherData></xenc:EncryptedData>"
#define HREF(id, cid) "<osci:Content Id=\"" id "\" href=\"cid:" cid "\"></osci:Content>"
#define K1 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=" /* 32 times A */
#define K2 "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
#define FILE_NAME "Antrag M\xc3\xbcller (1).pdf"
#define NESTED(id, text) "<osci:Content Id=\"n" id "\"><osci:ContentContainer Id=\"" id "\">" text \
			 "</osci:ContentContainer></osci:Content>"

static void m_03_keys_of_parts(void **state)
{
	static const struct {
		const char *plain;
		int result;
	} list[] = {
		{ INSIDE(HREF("h", "one") KEY("k", "one", K1)), 0 },
		{ INSIDE(NESTED("n", HREF("h", "one")) KEY("k", "one", K1)), 0 }, /* key further out */
		{ INSIDE(NESTED("n", HREF("h", "one") KEY("k", "one", K1))), 0 },
		{ INSIDE(NESTED("n", HREF("h", "one") KEY("k", "one", K1))
			 NESTED("m", HREF("h2", "one") KEY("k2", "one", K1))), 0 },
		{ INSIDE(HREF("h", "one") KEY("Attachment" FILE_NAME, "one", K1)), 0 }, /* as peers name it */
		{ INSIDE(HREF("h", "one") KEY("a/b", "one", K1)), OSCI_E_MALFORMED },
		{ INSIDE(HREF("h", "one") KEY("a b", "one", K1) NESTED("m", HREF("A B", "one"))), OSCI_E_MALFORMED },
		{ INSIDE(HREF("a b", "one") KEY("k", "one", K1)), OSCI_E_MALFORMED }, /* keys only */
		{ INSIDE(HREF("h", "one") KEY("k", "one", K2)), OSCI_E_DECRYPT },
		{ INSIDE(HREF("h", "one") KEY("k", "one", "QUFB")), OSCI_E_DECRYPT },
		{ INSIDE(HREF("h", "one") KEY("k", "one", "*")), OSCI_E_MALFORMED },
		{ INSIDE(HREF("h", "one") KEY("k", "nowhere", K1)), OSCI_E_MALFORMED },
		{ INSIDE(HREF("h", "one") KEY("k", "one", K1) KEY("l", "one", K1)), OSCI_E_MALFORMED },
		{ INSIDE(INLINE("x") KEY("k", "one", K1)), OSCI_E_MALFORMED }, /* key for nothing */
		/* of another container */
		{ INSIDE(NESTED("n", INLINE("x") KEY("k", "one", K1)) HREF("h", "one")), OSCI_E_MALFORMED },
		{ INSIDE(NESTED("n", HREF("h", "one") KEY("k", "one", K1)) NESTED("m", HREF("h2", "one"))), OSCI_E_MALFORMED },
		{ INSIDE(NESTED("n", HREF("h", "one") KEY("k", "one", K1)) NESTED("m", HREF("h2", "one") KEY("k2", "one", K2))),
		  OSCI_E_MALFORMED }, /* another key for the same part */
		{ INSIDE(HREF("h", "one") NESTED("n", HREF("h2", "one") KEY("k", "one", K1))), OSCI_E_MALFORMED }, /* plain first */
	};
	static const unsigned char key[33] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	_cleanup_buf_ struct osci_buf blob = OSCI_BUF_INIT(MAX);
	struct osci_package *p = parcel(0, 1);
	struct osci_blob *sealed = NULL;
	const char *id;
	size_t i;
	int r;

	assert_int_equal(osci_cipher_encrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key, 12, "eins", 4,
					     &blob), 0);
	assert_int_equal(osci_blob_copy(&sealed, blob.data, blob.len), 0);
	osci_blob_unref(p->parts[0].blob);
	p->parts[0].blob = sealed;
	p->parts[0].data = osci_blob_data(sealed);
	p->parts[0].len = blob.len;
	p->parts[0].hashed = false;
	p->n_parts = 1;
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		seal(p, list[i].plain);
		r = verdict(p);
		if (r != list[i].result)
			fail_msg("%zu: %s, expected %s", i, osci_result_name(r), osci_result_name(list[i].result));
	}
	/* A part named like a file is carried on, signed, sealed and found again. */
	id = p->parts[0].content_id;
	p->parts[0].content_id = FILE_NAME;
	seal(p, INSIDE(HREF("h", FILE_NAME) KEY("Attachment" FILE_NAME, FILE_NAME, K1)));
	assert_int_equal(verdict(p), 0);
	p->parts[0].content_id = id;
	/* The same key in the clear protects nothing: it is refused by its place. */
	free(p->xml);
	p->xml = strdup(INSIDE(HREF("h", "one") KEY("k", "one", K1)));
	p->len = strlen(p->xml);
	assert_int_equal(verdict(p), OSCI_E_ALGORITHM);
	/* In the clear in one container, encrypted in another. */
	seal(p, INSIDE(HREF("h", "one") KEY("k", "one", K1)));
	{
		_cleanup_buf_ struct osci_buf both = OSCI_BUF_INIT(MAX);

		osci_buf_adds(&both, p->xml);
		osci_buf_adds(&both, "<osci:ContentContainer" WIRE_XMLNS " Id=\"clear\">" HREF("hc", "one")
				     "</osci:ContentContainer>");
		free(p->xml);
		p->xml = osci_buf_take(&both, &p->len);
	}
	assert_int_equal(verdict(p), OSCI_E_MALFORMED);
	p->n_parts = 2;
	osci_package_freep(&p);
}

/* --- what else a content signature could carry --------------------------------------- */

static void a_12_objects_in_content_signatures(void **state)
{
	static const char *const bad[] = {
		"<ds:Object></ds:Object>", "<ds:Object><ds:Manifest Id=\"man\"></ds:Manifest></ds:Object>",
		"<ds:Object><ds:SignatureProperties></ds:SignatureProperties></ds:Object>",
		"<ds:Object>Text</ds:Object>", "<ds:Manifest></ds:Manifest>",
		"<ds:Object><xades:QualifyingProperties xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">"
		"<xades:SignedProperties Id=\"ts\"><xades:SignedSignatureProperties><xades:SigningTime>2026-11-22T09:00:00Z"
		"</xades:SigningTime></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>"
		"</ds:Object>", /* the profile's own, but no reference covers it */
	};
	size_t i;
	int r;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct osci_package *p = parcel(2, 0);
		char to[1024];

		snprintf(to, sizeof(to), "%s</ds:Signature>", bad[i]);
		change(p, "</ds:Signature>", to);
		r = verdict(p);
		assert_true(r == OSCI_E_MALFORMED || r == OSCI_E_ALGORITHM || r == OSCI_E_SIGNATURE);
		osci_package_freep(&p);
	}
}

/* Parallel signatures: each one has to hold, whoever made the other. */
static void w_07_one_of_two_signatures_broken(void **state)
{
	struct osci_package *p = parcel(2, 0);
	char *second = strstr(strstr(p->xml, "<ds:SignatureValue>") + 1, "<ds:SignatureValue>");

	assert_non_null(second);
	second += strlen("<ds:SignatureValue>");
	*second = *second == 'A' ? 'B' : 'A';
	expect(OSCI_E_SIGNATURE, p);
}

static int setup(void **state)
{
	if (t_parcel_setup(state))
		return -1;
	blobs[0] = t_blob("Anlage eins");
	blobs[1] = t_blob("zwei");
	one = (struct osci_attachment_draft){ "one", blobs[0] };
	two = (struct osci_attachment_draft){ "two", blobs[1] };
	return 0;
}

static int teardown(void **state)
{
	osci_blob_unref(blobs[0]);
	osci_blob_unref(blobs[1]);
	return t_parcel_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(w_10_content_of_another_container),
		cmocka_unit_test(w_10_what_decrypts_to_something_else),
		cmocka_unit_test(w_10_ids_of_outside_inside),
		cmocka_unit_test(m_03_parts_without_reference),
		cmocka_unit_test(m_03_parts_exchanged),
		cmocka_unit_test(m_03_keys_of_parts),
		cmocka_unit_test(a_12_objects_in_content_signatures),
		cmocka_unit_test(w_07_one_of_two_signatures_broken),
		cmocka_unit_test(a_11_references_of_all_signatures),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
