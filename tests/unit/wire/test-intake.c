/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-intake - bodies that are opened while they arrive
 *
 * What must hold: however a body is cut into pieces, and whatever is wrong with it, what comes out is what comes out of the
 * same octets when all of them are there; nothing is left in the spool by what failed, was refused or was cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include <osci/package.h>
#include "blob/spool.h"
#include "crypto/crypto.h"
#include "lib/t_alloc.h"
#include "lib/t_keys.h"
#include "t_order.h"
#include "unit/blob/t_blob.h"
#include "wire/read.h"
#include "wire/write_priv.h"

#define PART ((size_t)150077)
#define MARK ((size_t)4096) /* of the spools: what is larger is a file */

static struct osci_limits limits;
static struct t_dir dir;
static struct osci_spool *spool, *kept; /* of bodies, and of parts */

static struct osci_open_opts open_opts(bool keep)
{
	static struct osci_key *keys[1];

	keys[0] = t_reader;
	return (struct osci_open_opts){ .limits = &limits, .keys = keys, .n_keys = 1, .trust = t_trust, .now = T_NOW,
					.policy = { .require_signature = true }, .keep = keep ? kept : NULL };
}

struct octets {
	unsigned char *data;
	size_t len;
};

/* An order with attachments of these lengths, not encrypted for the way. */
static struct octets order(const size_t *lens, size_t n)
{
	struct osci_attachment_draft a[8] = { { NULL } };
	struct osci_content_draft contents[8] = { { NULL } };
	const struct osci_author_draft author = { t_office, OSCI_SIGN_ORIGINATOR };
	const struct osci_container_draft container = { .contents = contents, .n_contents = n, .authors = &author,
							.n_authors = 1 };
	const struct osci_draft_cert certs[] = {
		{ .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(t_office) },
		{ .role = OSCI_CIPHER_ADDRESSEE, .cert = osci_key_cert(t_reader) },
		{ .role = OSCI_SIGN_ORIGINATOR, .cert = osci_key_cert(t_office) },
	};
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "id-1", .certs = certs, .n_certs = 3, .has_package = true };
	const struct osci_write_opts opts = { .signer = t_office, .limits = &limits };
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };
	struct octets o;
	size_t i;

	for (i = 0; i < n; i++) {
		a[i].blob = t_memory(i, lens[i]);
		contents[i].attachment = &a[i];
	}
	if (osci_package_new(&p, &container, 1, &(struct osci_package_opts){ .limits = &limits }, &err))
		fail_msg("package: %s %s", err.where, err.what);
	d.package = p->xml;
	d.package_len = p->len;
	d.parts = p->parts;
	d.n_parts = p->n_parts;
	if (osci_write(&o.data, &o.len, &d, &opts, &err))
		fail_msg("write: %s %s", err.where, err.what);
	osci_package_freep(&p);
	for (i = 0; i < n; i++)
		osci_blob_unref(a[i].blob);
	return o;
}

/* Encrypted for the way; takes @inner. */
static struct octets sealed(struct octets inner)
{
	const struct osci_suite defaults = { 0 };
	struct osci_blob *plain = NULL;
	struct osci_stream *s = NULL;
	struct wire_suite suite;
	struct osci_err err = { 0 };
	struct octets o;

	assert_int_equal(osci_blob_take(&plain, inner.data, inner.len, false), 0);
	if (wire_suite_init(&suite, &defaults, t_office, &err) ||
	    wire_envelope(&s, &suite, plain, osci_key_cert(t_reader), &err) || osci_stream_to_memory(s, &o.data, &o.len, &err))
		fail_msg("envelope: %s %s", err.where, err.what);
	osci_stream_freep(&s);
	osci_blob_unref(plain);
	return o;
}

static struct octets one_part(void)
{
	const size_t len = PART;

	return sealed(order(&len, 1));
}

/* Where the ciphertext stands, IV and tag included. */
static void sealed_range(const struct octets *o, size_t *begin, size_t *end)
{
	const unsigned char *at = memmem(o->data, o->len, "<osci_enc>", 10), *tail = o->data + o->len - 4;

	assert_non_null(at);
	at = memmem(at, o->len - (size_t)(at - o->data), "\r\n\r\n", 4);
	*begin = (size_t)(at - o->data) + 4;
	while (memcmp(tail, "\r\n--", 4) != 0)
		tail--;
	*end = (size_t)(tail - o->data);
}

/* --- there at once, or in pieces ------------------------------------------------- */

struct outcome {
	int result;
	struct osci_err err;
	struct osci_message *m;
};

static void opened(struct outcome *o, struct osci_blob *body, bool keep)
{
	const struct osci_open_opts opts = open_opts(keep);

	*o = (struct outcome){ 0 };
	o->result = osci_open_blob(&o->m, body, &opts, &o->err);
}

static void at_once(struct outcome *o, const struct octets *body)
{
	struct osci_blob *b = NULL;

	assert_int_equal(osci_blob_copy(&b, body->data, body->len), 0);
	opened(o, b, false);
	osci_blob_unref(b);
}

/* Pieces of @size; the first has @first octets. */
static int arrive(struct osci_blob **ret, const struct octets *body, size_t first, size_t size, bool keep)
{
	const struct osci_open_opts opts = open_opts(keep);
	struct osci_sink *s = NULL;
	size_t at = 0, n;
	int r = osci_open_sink(&s, &opts, spool, body->len);

	for (n = first; !r && at < body->len; at += n, n = size) {
		if (n > body->len - at)
			n = body->len - at;
		r = osci_sink_add(s, body->data + at, n, NULL);
	}
	if (r)
		osci_sink_freep(&s);
	return r ? r : osci_sink_done(&s, ret, NULL);
}

static void assert_same_part(const struct osci_part *a, const struct osci_part *b)
{
	unsigned char *x = malloc(a->len + 1), *y = malloc(a->len + 1);
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;

	assert_string_equal(a->content_id, b->content_id);
	assert_int_equal(a->len, b->len);
	assert_int_equal(osci_blob_read(a->blob, 0, x, a->len, NULL), 0);
	assert_int_equal(osci_blob_read(b->blob, 0, y, a->len, NULL), 0);
	assert_memory_equal(x, y, a->len);
	assert_true(b->hashed);
	osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), x, a->len, digest, &n);
	assert_memory_equal(b->sha256, digest, 32);
	free(x);
	free(y);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
	size_t i;

	if (a->result != b->result)
		fail_msg("%d %s %s: %s, %d %s %s: %s", a->result, a->err.feedback, a->err.where, a->err.what, b->result,
			 b->err.feedback, b->err.where, b->err.what);
	assert_string_equal(a->err.feedback, b->err.feedback);
	assert_string_equal(a->err.where, b->err.where);
	assert_string_equal(a->err.what, b->err.what);
	if (a->result)
		return;
	assert_true(b->m->transport_encrypted == a->m->transport_encrypted);
	assert_int_equal(a->m->type, b->m->type);
	assert_string_equal(a->m->message_id, b->m->message_id);
	assert_int_equal(a->m->n_parts, b->m->n_parts);
	for (i = 0; i < a->m->n_parts; i++)
		assert_same_part(&a->m->parts[i], &b->m->parts[i]);
}

static void nothing_left(void)
{
	assert_int_equal(osci_spool_used(spool), 0);
	assert_int_equal(osci_spool_used(kept), 0);
}

/* It is decrypted on the way; what turns out to be no MIME around it is forgotten again, if the ciphertext is there. */
enum ahead { NOT_AHEAD, AHEAD, FORGOTTEN };

/* In pieces it is what it is at once. */
static void check_pieces(const struct octets *body, size_t first, size_t size, const struct outcome *want, enum ahead ahead)
{
	int keep;

	for (keep = 0; keep < 2; keep++) {
		struct osci_blob *b = NULL;
		struct outcome got;

		assert_int_equal(arrive(&b, body, first, size, keep), 0);
		assert_int_equal(osci_blob_len(b), body->len);
		assert_int_equal(osci_arrived_of(b) != NULL, ahead == AHEAD || (ahead == FORGOTTEN && keep));
		if (ahead && keep)
			assert_int_equal(osci_spool_used(spool), 0); /* once is enough */
		if (!keep)
			assert_int_equal(osci_spool_used(kept), 0);
		opened(&got, b, keep);
		assert_same(want, &got);
		osci_message_freep(&got.m);
		opened(&got, b, keep); /* and again */
		assert_same(want, &got);
		osci_blob_unref(b);
		osci_message_freep(&got.m);
		nothing_left();
	}
}

static void check(const struct octets *body, enum ahead ahead, int result)
{
	struct outcome want;

	at_once(&want, body);
	if (want.result != result)
		fail_msg("%d %s %s: %s", want.result, want.err.feedback, want.err.where, want.err.what);
	check_pieces(body, 5000, 32768, &want, ahead);
	osci_message_freep(&want.m);
}

static void any_pieces(void **state)
{
	static const size_t sizes[] = { 1, 13, 4096, 65535, 65536, 65537, SIZE_MAX };
	struct octets body = one_part();
	struct outcome want;
	size_t begin, end, i;

	at_once(&want, &body);
	assert_int_equal(want.result, 0);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_pieces(&body, sizes[i], sizes[i], &want, AHEAD);
	sealed_range(&body, &begin, &end);
	for (i = 0; i < 30; i++) /* IV, tag and delimiter cut anywhere */
		check_pieces(&body, 80000, end - 80000 - 20 + i, &want, AHEAD);
	osci_message_freep(&want.m);
	free(body.data);
}

/* A part that is kept lies in a file for itself and can get a name; the octets of several stay apart. */
static void parts_of_any_size(void **state)
{
	static const size_t lens[][6] = { { 100, 70000 }, { PART, 3, 90000 }, { 5000, 5000, 5000, 5000, 5000, 100000 } };
	static const size_t n[] = { 2, 3, 6 };
	size_t i, k;
	int fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (i = 0; i < 3; i++) {
		struct octets body = sealed(order(lens[i], n[i]));
		struct osci_blob *b = NULL;
		struct outcome got;

		check(&body, AHEAD, 0);
		assert_int_equal(arrive(&b, &body, 1000, 30000, true), 0);
		opened(&got, b, true);
		for (k = 0; k < n[i]; k++) {
			bool file = lens[i][k] > MARK && k < 4;

			assert_int_equal(osci_blob_link(got.m->parts[k].blob, fd, "name"), file ? 0 : OSCI_E_USAGE);
			if (file)
				assert_int_equal(unlinkat(fd, "name", 0), 0);
		}
		osci_message_freep(&got.m);
		osci_blob_unref(b);
		free(body.data);
	}
	close(fd);
}

/* --- cut anywhere: the inside alone, with a key at hand ---------------------------- */

static void inside_in_pieces(const struct octets *c, const unsigned char key[32], size_t cut, const struct octets *plain,
			     bool keep)
{
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	struct osci_blob *whole = NULL;
	struct osci_ahead *a = NULL;
	struct osci_inside in;
	struct osci_mime *m = NULL;
	unsigned char *got = malloc(plain->len);
	size_t i;

	assert_int_equal(osci_blob_copy(&whole, c->data, c->len), 0);
	assert_int_equal(osci_ahead_new(&a, &limits, keep ? kept : NULL, alg, key, 12), 0);
	assert_int_equal(osci_ahead_add(a, c->data, cut, NULL), 0);
	assert_int_equal(osci_ahead_add(a, c->data + cut, c->len - cut, NULL), 0);
	assert_int_equal(osci_ahead_end(a, whole, &in, NULL), 0);
	assert_non_null(in.octets);
	assert_int_equal(osci_blob_len(in.octets), plain->len);
	assert_int_equal(osci_blob_read(in.octets, 0, got, plain->len, NULL), 0);
	assert_memory_equal(got, plain->data, plain->len);
	assert_int_equal(osci_mime_parse(&m, in.octets, &limits, NULL, NULL, NULL), 0);
	assert_non_null(in.mime);
	assert_int_equal(in.mime->n_parts, m->n_parts);
	assert_int_equal(in.digests.n, m->n_parts - 1);
	for (i = 0; i < m->n_parts; i++) {
		assert_int_equal(in.mime->parts[i].len, m->parts[i].len);
		assert_int_equal(osci_blob_read(in.mime->parts[i].blob, 0, got, m->parts[i].len, NULL), 0);
		assert_int_equal(osci_blob_read(m->parts[i].blob, 0, got + m->parts[i].len, m->parts[i].len, NULL), 0);
		assert_memory_equal(got, got + m->parts[i].len, m->parts[i].len);
	}
	osci_mime_freep(&m);
	osci_inside_free(&in);
	osci_ahead_freep(&a);
	osci_blob_unref(whole);
	free(got);
}

static void inside_cut_anywhere(void **state)
{
	static const unsigned char key[32] = "thirty-two octets of a test key";
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM);
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(1 << 16), out = OSCI_BUF_INIT(1 << 16);
	struct octets p, c;
	size_t cut;

	osci_mime_write_begin(&plain, "b0undary");
	osci_buf_adds(&plain, "<root/>");
	osci_mime_write_part_head(&plain, "b0undary", "one", 40);
	osci_buf_adds(&plain, "\r\n--b0undar\r\n--b0undar?\r\r\n-\r\n--b0unda\r\n");
	osci_mime_write_part_head(&plain, "b0undary", "two", 0);
	osci_mime_write_part_head(&plain, "b0undary", "three", 4);
	osci_buf_adds(&plain, "drei");
	osci_mime_write_end(&plain, "b0undary");
	assert_int_equal(osci_cipher_encrypt(alg, key, 12, plain.data, plain.len, &out), 0);
	p = (struct octets){ plain.data, plain.len };
	c = (struct octets){ out.data, out.len };
	for (cut = 0; cut <= c.len; cut++) {
		inside_in_pieces(&c, key, cut, &p, false);
		inside_in_pieces(&c, key, cut, &p, true);
	}
	nothing_left();
}

/* --- what is wrong ------------------------------------------------------------------ */

static void e_05_octets_changed_on_the_way(void **state)
{
	struct octets body = one_part();
	size_t begin, end, i, n;

	sealed_range(&body, &begin, &end);
	for (i = 0; i < 7; i++) {
		const size_t at[] = { begin, begin + 11, begin + 12, begin + 4000, begin + (end - begin) / 2, end - 16, end - 1 };

		body.data[at[i]] ^= 1;
		check(&body, AHEAD, OSCI_E_DECRYPT);
		body.data[at[i]] ^= 1;
	}
	for (i = 1; i <= 17; i += 4) { /* the tag, and the octet before it */
		struct octets cut = { malloc(body.len), body.len - i };

		memcpy(cut.data, body.data, end - i);
		memcpy(cut.data + end - i, body.data + end, body.len - end);
		check(&cut, AHEAD, OSCI_E_DECRYPT);
		free(cut.data);
	}
	/* A wrapped key that does not unwrap goes the same way. */
	for (n = 0; memcmp(body.data + n, "</xenc:CipherValue>", 19) != 0; n++)
		;
	body.data[n - 40] = body.data[n - 40] == 'A' ? 'B' : 'A';
	check(&body, AHEAD, OSCI_E_DECRYPT);
	free(body.data);
}

static struct octets changed(struct octets o, const char *from, const char *to)
{
	unsigned char *at = memmem(o.data, o.len, from, strlen(from));
	struct octets n = { malloc(o.len + strlen(to)), o.len + strlen(to) - strlen(from) };
	size_t front = (size_t)(at - o.data);

	assert_non_null(at);
	memcpy(n.data, o.data, front);
	memcpy(n.data + front, to, strlen(to));
	memcpy(n.data + front + strlen(to), at + strlen(from), o.len - front - strlen(from));
	free(o.data);
	return n;
}

static struct octets with_end(struct octets o, size_t less, const char *more)
{
	o.len -= less;
	o.data = realloc(o.data, o.len + strlen(more));
	memcpy(o.data + o.len, more, strlen(more));
	o.len += strlen(more);
	return o;
}

/* Around the ciphertext: what is refused, is refused with the same words. */
static void wrong_outside(void **state)
{
	const char *boundary;
	struct octets body;
	char part[300];

	body = with_end(one_part(), 6, "");
	check(&body, FORGOTTEN, OSCI_E_MALFORMED); /* no final boundary */
	free(body.data);
	body = one_part();
	boundary = strstr((char *)body.data, "\r\n--") + 4;
	snprintf(part, sizeof(part), "\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
		 "Content-ID: <x>\r\n\r\nx\r\n--%.*s--", (int)strcspn(boundary, "\r"), boundary);
	body = with_end(body, 4, part);
	check(&body, AHEAD, OSCI_E_MALFORMED); /* a third part */
	free(body.data);
	body = changed(one_part(), "osci_enc>", "osci_Enc>");
	check(&body, NOT_AHEAD, OSCI_E_MALFORMED);
	free(body.data);
	body = changed(one_part(), "aes256-gcm", "aes256-cbc");
	check(&body, NOT_AHEAD, OSCI_E_ALGORITHM);
	free(body.data);
	body = changed(one_part(), "<soap:Body>", "<soap:Body><x/>");
	check(&body, NOT_AHEAD, OSCI_E_MALFORMED);
	free(body.data);
	body = changed(one_part(), "<soap:Body>", "<soap:Bod>");
	check(&body, NOT_AHEAD, OSCI_E_MALFORMED);
	free(body.data);
}

/* Inside, where the tag is right: what the sender wrote is judged as ever. */
static void wrong_inside(void **state)
{
	const size_t len = PART;
	struct octets o = order(&len, 1), bare = { NULL, 0 };
	const unsigned char *xml = memmem(o.data, o.len, "<?xml", 5);
	struct octets body;

	bare.len = o.len - (size_t)(xml - o.data);
	bare.data = malloc(bare.len);
	memcpy(bare.data, xml, bare.len);
	free(o.data);
	bare = sealed(bare); /* an envelope with something behind it */
	check(&bare, AHEAD, OSCI_E_MALFORMED);
	free(bare.data);
	body = sealed(with_end(order(&len, 1), 6, ""));
	check(&body, AHEAD, OSCI_E_MALFORMED);
	free(body.data);
	body = sealed(changed(order(&len, 1), "Encoding: binary", "Encoding: base64"));
	check(&body, AHEAD, OSCI_E_MALFORMED);
	free(body.data);
	body = sealed(changed(order(&len, 1), "Y2g=", "Y2k="));
	check(&body, AHEAD, OSCI_E_SIGNATURE);
	free(body.data);
	body = sealed(sealed(order(&len, 1)));
	check(&body, AHEAD, OSCI_E_LIMIT);
	free(body.data);
}

/* Not encrypted, or small: nothing happens ahead. */
static void nothing_to_decrypt(void **state)
{
	const size_t len = PART, few = 100;
	struct octets body = order(&len, 1);

	check(&body, NOT_AHEAD, 0);
	free(body.data);
	body = sealed(order(&few, 1));
	check(&body, NOT_AHEAD, 0);
	free(body.data);
	body = (struct octets){ calloc(1, PART), PART };
	check(&body, NOT_AHEAD, OSCI_E_LIMIT);
	memset(body.data, '\n', body.len);
	check(&body, NOT_AHEAD, OSCI_E_MALFORMED);
	free(body.data);
}

/* --- what fails ---------------------------------------------------------------------- */

static void allocations_fail(void **state)
{
	struct octets body = one_part();
	struct outcome want, got;
	long n;
	int keep;

	at_once(&want, &body);
	for (keep = 0; keep < 2; keep++) {
		for (n = 1;; n++) {
			struct osci_blob *b = NULL;
			int r;

			t_alloc_failed = false;
			t_alloc_countdown = n;
			r = arrive(&b, &body, 5000, 50000, keep);
			t_alloc_countdown = 0;
			if (!r) { /* done without; the message is the same */
				opened(&got, b, keep);
				assert_same(&want, &got);
				osci_message_freep(&got.m);
			} else {
				assert_int_equal(r, -ENOMEM);
				assert_true(t_alloc_failed);
			}
			osci_blob_unref(b);
			nothing_left();
			if (!t_alloc_failed)
				break;
			assert_true(n < 10000);
		}
		print_message("# %ld allocations\n", n - 1);
	}
	osci_message_freep(&want.m);
	free(body.data);
}

static void disk_full(void **state)
{
	static const rlim_t rooms[] = { 0, 5000, 66000, 131072, 149000 };
	struct octets body = one_part();
	struct rlimit old, now;
	size_t i;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (i = 0; i < 10; i++) {
		struct osci_blob *b = NULL;

		now = old;
		now.rlim_cur = rooms[i / 2];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
		assert_int_equal(arrive(&b, &body, 5000, 3000, i & 1), -EFBIG);
		setrlimit(RLIMIT_FSIZE, &old);
		assert_null(b);
		nothing_left();
	}
	free(body.data);
}

static void quota(void **state)
{
	const struct osci_open_opts opts = open_opts(true);
	struct octets body = one_part();
	struct osci_spool *own = t_spool(dir.path, MARK, 100000);
	struct osci_open_opts small = opts;
	struct osci_sink *s = NULL;

	small.keep = own;
	assert_int_equal(osci_open_sink(&s, &small, spool, body.len), 0);
	assert_int_equal(osci_sink_add(s, body.data, body.len, NULL), OSCI_E_LIMIT);
	osci_sink_freep(&s);
	assert_int_equal(osci_spool_used(own), 0);
	osci_spool_unref(own);
	assert_int_equal(osci_open_sink(&s, &opts, spool, body.len - 1), 0);
	assert_int_equal(osci_sink_add(s, body.data, body.len, NULL), OSCI_E_LIMIT);
	osci_sink_freep(&s);
	nothing_left();
	free(body.data);
}

static void cut_off(void **state)
{
	struct octets body = one_part();
	size_t i;

	for (i = 0; i < 32; i++) {
		const struct osci_open_opts opts = open_opts(i & 1);
		struct osci_sink *s = NULL;

		assert_int_equal(osci_open_sink(&s, &opts, spool, body.len), 0);
		assert_int_equal(osci_sink_add(s, body.data, body.len / 32 * (i + 1), NULL), 0);
		osci_sink_freep(&s);
		nothing_left();
	}
	free(body.data);
}

static int setup(void **state)
{
	osci_limits_default(&limits);
	if (t_order_setup(state))
		return -1;
	dir = t_dir_new();
	spool = t_spool(dir.path, MARK, 0);
	kept = t_spool(dir.path, MARK, 0);
	return 0;
}

static int teardown(void **state)
{
	osci_spool_unref(spool);
	osci_spool_unref(kept);
	t_dir_end(&dir);
	return t_order_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_pieces),
		cmocka_unit_test(parts_of_any_size),
		cmocka_unit_test(inside_cut_anywhere),
		cmocka_unit_test(e_05_octets_changed_on_the_way),
		cmocka_unit_test(wrong_outside),
		cmocka_unit_test(wrong_inside),
		cmocka_unit_test(nothing_to_decrypt),
		cmocka_unit_test(allocations_fail),
		cmocka_unit_test(disk_full),
		cmocka_unit_test(quota),
		cmocka_unit_test(cut_off),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
