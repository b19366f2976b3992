/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-blobs - AES-GCM over blobs and streams, against the whole at once
 *
 * The view must give at any offset what EVP gives for all of it, whatever the counter does; nothing may come before the
 * tag is right; storage that fails is no failed decryption.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/blobs.h"
#include "crypto/priv.h"
#include "lib/t_reads.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define LARGE (OSCI_CRYPTO_MEMORY + 4321)

static const unsigned char key[32] = "0123456789abcdef0123456789abcde";
static const char *const gcms[] = { XENC11 "aes128-gcm", XENC11 "aes192-gcm", XENC11 "aes256-gcm" };
static const size_t ivs[] = { 12, 16 };
static unsigned char *plain; /* LARGE octets */

static const struct osci_alg *cipher(const char *uri)
{
	const struct osci_alg *a = osci_alg_find(OSCI_ALG_CIPHER, uri);

	assert_non_null(a);
	return a;
}

static unsigned next_random(void)
{
	static unsigned state = 4711;

	return state = state * 1103515245u + 12345u;
}

static void seal(struct osci_buf *out, const struct osci_alg *alg, size_t iv_len, size_t len)
{
	osci_buf_init(out, LARGE + 64);
	assert_int_equal(osci_cipher_encrypt(alg, key, iv_len, plain, len, out), 0);
}

static void assert_refused(const struct osci_alg *alg, size_t key_len, size_t iv_len, struct osci_blob *b)
{
	struct osci_blob *out = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(osci_decrypt_blob(alg, key, key_len, iv_len, b, 1 << 20, NULL, &out, &err), OSCI_E_DECRYPT);
	assert_null(out);
	assert_string_equal(err.feedback, "9202");
	assert_string_equal(err.what, "decryption failed");
	assert_string_equal(err.where, "");
}

/* The tag is right, and the digest taken on the way is that of the plain octets; decrypting gives the same. */
static void check_hash(const struct osci_alg *alg, size_t iv_len, struct osci_blob *b, size_t len)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	unsigned char want[OSCI_DIGEST_MAX], got[OSCI_DIGEST_MAX];
	struct osci_blob *out = NULL;
	struct osci_hash *hash;
	size_t n;
	int i;

	assert_int_equal(osci_digest(sha256, plain, len, want, &n), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(osci_hash_new(&hash, sha256), 0);
		if (i)
			assert_int_equal(osci_gcm_verify_blob(alg, key, iv_len, b, hash, NULL), 0);
		else
			assert_int_equal(osci_decrypt_blob(alg, key, alg->bits / 8, iv_len, b, 0, hash, &out, NULL), 0);
		assert_int_equal(osci_hash_end(hash, got, &n), 0);
		assert_memory_equal(got, want, n);
		osci_hash_freep(&hash);
	}
	osci_blob_unref(out);
}

/* Any offset, any length, against the plain text. */
static void check_octets(const struct osci_blob *b, size_t len, unsigned rounds)
{
	unsigned char *got = malloc(len + 1);

	assert_int_equal(osci_blob_len(b), len);
	assert_int_equal(osci_blob_read(b, 0, got, len, NULL), 0);
	assert_memory_equal(got, plain, len);
	while (rounds-- && len) {
		size_t at = (next_random() >> 4) % len, n = (next_random() >> 4) % (rounds % 2 ? 40 : 70000);

		if (n > len - at)
			n = len - at;
		assert_int_equal(osci_blob_read(b, at, got, n, NULL), 0);
		assert_memory_equal(got, plain + at, n);
	}
	free(got);
}

static void view_at_any_offset(void **state)
{
	size_t a, v, l;

	for (a = 0; a < 3; a++)
		for (v = 0; v < 2; v++) {
			const size_t lens[] = { 0, 1, 15, 16, 17, 65536, LARGE };

			for (l = 0; l < sizeof(lens) / sizeof(lens[0]); l++) {
				struct t_reads t = { 0 };
				struct osci_blob *b, *view = NULL;
				struct osci_buf sealed;

				seal(&sealed, cipher(gcms[a]), ivs[v], lens[l]);
				t.data = sealed.data;
				t.len = sealed.len;
				b = t_reads_blob(&t, sealed.len);
				check_hash(cipher(gcms[a]), ivs[v], b, lens[l]);
				assert_int_equal(osci_gcm_view(&view, cipher(gcms[a]), key, ivs[v], b, NULL), 0);
				osci_blob_unref(b);
				assert_null(osci_blob_data(view));
				check_octets(view, lens[l], 60);
				osci_blob_unref(view);
				assert_int_equal(t.alive, 0);
				osci_buf_free(&sealed);
			}
		}
}

/* --- the counter of 16-octet IVs: GHASH turned round ---------------------------- */

struct gf {
	uint64_t high, low; /* bit 127 of high is the coefficient of x^0, as GCM has it */
};

static struct gf gf_load(const unsigned char *p)
{
	struct gf v = { 0, 0 };
	int i;

	for (i = 0; i < 8; i++) {
		v.high = v.high << 8 | p[i];
		v.low = v.low << 8 | p[i + 8];
	}
	return v;
}

static struct gf gf_mul(struct gf x, struct gf y)
{
	struct gf z = { 0, 0 };
	int i;

	for (i = 0; i < 128; i++) {
		bool bit = i < 64 ? x.high >> (63 - i) & 1 : x.low >> (127 - i) & 1, carry = y.low & 1;

		if (bit) {
			z.high ^= y.high;
			z.low ^= y.low;
		}
		y.low = y.low >> 1 | y.high << 63;
		y.high = y.high >> 1 ^ (carry ? (uint64_t)0xe1 << 56 : 0);
	}
	return z;
}

/* x^(2^128 - 2) */
static struct gf gf_inverse(struct gf x)
{
	struct gf r = { (uint64_t)1 << 63, 0 };
	int i;

	for (i = 0; i < 127; i++) {
		x = gf_mul(x, x);
		r = gf_mul(r, x);
	}
	return r;
}

/* The IV of 16 octets whose J0 is @j0. */
static void iv_for(const unsigned char *j0, unsigned bits, unsigned char *iv)
{
	static const unsigned char zeros[16];
	EVP_CIPHER_CTX *ecb = EVP_CIPHER_CTX_new();
	unsigned char h[32];
	struct gf inverse, v;
	int n, i;

	assert_int_equal(EVP_EncryptInit_ex(ecb, bits == 128 ? EVP_aes_128_ecb() : bits == 192 ? EVP_aes_192_ecb() :
											 EVP_aes_256_ecb(),
					    NULL, key, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(ecb, h, &n, zeros, 16), 1);
	EVP_CIPHER_CTX_free(ecb);
	inverse = gf_inverse(gf_load(h));
	v = gf_mul(gf_load(j0), inverse);
	v.low ^= 128; /* length of the IV in bits */
	v = gf_mul(v, inverse);
	for (i = 0; i < 8; i++) {
		iv[i] = (unsigned char)(v.high >> (56 - 8 * i));
		iv[8 + i] = (unsigned char)(v.low >> (56 - 8 * i));
	}
}

/* GCM counts in 32 bits and begins again from 0 there; the octets before them stay. */
static void view_counter_wraps(void **state)
{
	static const unsigned char ends[] = { 0xff, 0xfe, 0xf0, 0x00 };
	size_t a, e, len = 5000;

	for (a = 0; a < 3; a++)
		for (e = 0; e < sizeof(ends); e++) {
			unsigned char j0[16] = "xxxxxxxxxxx\xff\xff\xff\xff";
			unsigned char *sealed = malloc(16 + len + 16), end[16];
			struct t_reads t = { .data = sealed, .len = 16 + len + 16 };
			EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
			struct osci_blob *b, *view = NULL;
			int n;

			memset(j0 + 11, 0xff, 4);
			j0[15] = ends[e];
			iv_for(j0, cipher(gcms[a])->bits, sealed);
			assert_true(gcm_begin(gcm, cipher(gcms[a]), key, sealed, 16, 1));
			assert_int_equal(EVP_EncryptUpdate(gcm, sealed + 16, &n, plain, (int)len), 1);
			assert_int_equal(EVP_EncryptFinal_ex(gcm, end, &n), 1);
			assert_int_equal(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, 16, sealed + 16 + len), 1);
			EVP_CIPHER_CTX_free(gcm);
			b = t_reads_blob(&t, t.len);
			assert_int_equal(osci_gcm_verify_blob(cipher(gcms[a]), key, 16, b, NULL, NULL), 0);
			assert_int_equal(osci_gcm_view(&view, cipher(gcms[a]), key, 16, b, NULL), 0);
			check_octets(view, len, 300);
			osci_blob_unref(view);
			osci_blob_unref(b);
			free(sealed);
		}
}

/* --- refusals -------------------------------------------------------------------- */

static void e_05_blob_changed_or_cut(void **state)
{
	const struct osci_alg *alg = cipher(gcms[2]);
	size_t v, i;

	for (v = 0; v < 2; v++) {
		size_t small = ivs[v] + 40 + GCM_TAG, large = ivs[v] + LARGE + GCM_TAG;
		struct osci_blob *b, *out = NULL, *cut;
		struct osci_buf sealed;
		struct t_reads t;

		/* Every octet and every length of a small one. */
		seal(&sealed, alg, ivs[v], 40);
		t = (struct t_reads){ .data = sealed.data, .len = small };
		b = t_reads_blob(&t, small);
		for (i = 0; i < small; i++) {
			sealed.data[i] ^= 1;
			assert_refused(alg, 32, ivs[v], b);
			sealed.data[i] ^= 1;
			assert_int_equal(osci_blob_slice(&cut, b, 0, i, NULL), 0);
			assert_refused(alg, 32, ivs[v], cut);
			osci_blob_unref(cut);
		}
		assert_refused(alg, 31, ivs[v], b);
		assert_refused(cipher(gcms[1]), 24, ivs[v], b);
		assert_refused(alg, 32, 28 - ivs[v], b);
		assert_refused(alg, 32, 13, b);
		osci_blob_unref(b);
		osci_buf_free(&sealed);

		/* One that is read twice: both ends, the middle, and tags of 0 to 15 octets. */
		seal(&sealed, alg, ivs[v], LARGE);
		t = (struct t_reads){ .data = sealed.data, .len = large };
		b = t_reads_blob(&t, large);
		for (i = 0; i < 5; i++) {
			const size_t at[] = { 0, ivs[v], large / 2, large - GCM_TAG, large - 1 };

			sealed.data[at[i]] ^= 0x80;
			assert_refused(alg, 32, ivs[v], b);
			sealed.data[at[i]] ^= 0x80;
		}
		for (i = 0; i < GCM_TAG; i++) {
			assert_int_equal(osci_blob_slice(&cut, b, 0, large - GCM_TAG + i, NULL), 0);
			assert_refused(alg, 32, ivs[v], cut);
			osci_blob_unref(cut);
		}
		assert_int_equal(osci_decrypt_blob(alg, key, 32, ivs[v], b, 0, NULL, &out, NULL), 0);
		assert_null(osci_blob_data(out));
		check_octets(out, LARGE, 100);
		osci_blob_unref(out);
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
		osci_buf_free(&sealed);
	}
}

/* Storage that fails is told from a wrong key, at each read; nothing is left behind. */
static void reads_fail(void **state)
{
	const struct osci_alg *alg = cipher(gcms[2]);
	unsigned char digest[OSCI_DIGEST_MAX];
	struct osci_blob *b, *out = NULL;
	struct osci_buf sealed;
	struct osci_err err;
	struct t_reads t;
	unsigned at;
	size_t n, len;

	for (len = 100; len <= LARGE; len += LARGE - 100) {
		seal(&sealed, alg, 12, len);
		t = (struct t_reads){ .data = sealed.data, .len = sealed.len };
		b = t_reads_blob(&t, sealed.len);
		for (at = 1;; at++) {
			t.fail_at = at;
			t.reads = 0;
			if (osci_decrypt_blob(alg, key, 32, 12, b, 0, NULL, &out, &err) == 0)
				break;
			assert_int_equal(err.code, -EIO);
			assert_string_equal(err.what[0] ? "place" : "", "place");
			assert_null(out);
		}
		assert_int_equal(t.reads, at - 1);
		if (len == LARGE)
			assert_true(at > LARGE / OSCI_BLOB_CHUNK);
		osci_blob_unrefp(&out);
		for (at = 1; at <= sealed.len / OSCI_BLOB_CHUNK + 1; at++) {
			t.fail_at = at;
			t.reads = 0;
			assert_int_equal(osci_digest_blob(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), b, digest, &n, NULL),
					 -EIO);
		}
		/* A view whose storage fails later. */
		t.fail_at = 0;
		assert_int_equal(osci_gcm_view(&out, alg, key, 12, b, NULL), 0);
		t.fail_at = 1;
		assert_int_equal(osci_blob_read(out, 0, digest, 1, NULL), -EIO);
		osci_blob_unrefp(&out);
		osci_blob_unref(b);
		assert_int_equal(t.alive, 0);
		osci_buf_free(&sealed);
	}
}

/* --- ways ------------------------------------------------------------------------ */

/* In memory, in memory although the blob is not, or as a view: the same octets. */
static void where_it_lies(void **state)
{
	const struct osci_alg *alg = cipher(gcms[2]);
	size_t i;

	for (i = 0; i < 4; i++) {
		size_t len = i / 2 ? LARGE : 3000;
		struct osci_blob *b, *out = NULL;
		struct osci_buf sealed;
		struct t_reads t;

		seal(&sealed, alg, 16, len);
		t = (struct t_reads){ .data = sealed.data, .len = sealed.len, .memory = i % 2 };
		b = t_reads_blob(&t, sealed.len);
		assert_int_equal(osci_decrypt_blob(alg, key, 32, 16, b, 0, NULL, &out, NULL), 0);
		assert_int_equal(osci_blob_data(out) != NULL, i != 2);
		check_octets(out, len, 50);
		osci_blob_unref(out);
		osci_blob_unref(b);
		osci_buf_free(&sealed);
	}
}

static void cbc_stays_in_memory(void **state)
{
	const struct osci_alg *alg = cipher(XENC "aes256-cbc");
	unsigned char sealed[16 + 48] = { 0 };
	struct t_reads t = { .data = sealed, .len = sizeof(sealed) };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct osci_blob *b, *out = NULL;
	int n, m;

	EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, sealed);
	EVP_EncryptUpdate(ctx, sealed + 16, &n, plain, 40);
	EVP_EncryptFinal_ex(ctx, sealed + 16 + n, &m);
	EVP_CIPHER_CTX_free(ctx);
	b = t_reads_blob(&t, sizeof(sealed));
	assert_int_equal(osci_decrypt_blob(alg, key, 32, 16, b, sizeof(sealed), NULL, &out, NULL), 0);
	assert_non_null(osci_blob_data(out));
	check_octets(out, 40, 20);
	osci_blob_unrefp(&out);
	assert_int_equal(osci_decrypt_blob(alg, key, 32, 16, b, sizeof(sealed) - 1, NULL, &out, NULL), OSCI_E_DECRYPT);
	assert_null(out);
	assert_int_equal(osci_gcm_view(&out, alg, key, 16, b, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_gcm_verify_blob(alg, key, 16, b, NULL, NULL), OSCI_E_DECRYPT);
	osci_blob_unref(b);
}

static void digest_of_a_blob(void **state)
{
	static const char *const uris[] = { OSCI_URI_SHA256, OSCI_URI_SHA512 };
	size_t i, len;

	for (i = 0; i < 2; i++)
		for (len = 0; len <= LARGE; len += LARGE / 3) {
			const struct osci_alg *alg = osci_alg_find(OSCI_ALG_DIGEST, uris[i]);
			unsigned char want[OSCI_DIGEST_MAX], got[OSCI_DIGEST_MAX];
			struct t_reads t = { .data = plain, .len = len };
			struct osci_blob *b = t_reads_blob(&t, len);
			size_t n, m;

			assert_int_equal(osci_digest(alg, plain, len, want, &n), 0);
			assert_int_equal(osci_digest_blob(alg, b, got, &m, NULL), 0);
			assert_int_equal(n, m);
			assert_memory_equal(want, got, n);
			t.memory = true;
			t.fail_at = 1;
			assert_int_equal(osci_digest_blob(alg, b, got, &m, NULL), 0);
			assert_memory_equal(want, got, n);
			osci_blob_unref(b);
		}
}

/* --- writing --------------------------------------------------------------------- */

static struct osci_blob *text(const char *s)
{
	struct osci_blob *b = NULL;

	if (s)
		assert_int_equal(osci_blob_copy(&b, s, strlen(s)), 0);
	return b;
}

static void sealed_stream(void **state)
{
	static const char *const heads[] = { NULL, "", "head" }, *const tails[] = { "tail", NULL, "" };
	size_t a, v, i, step;

	for (i = 0; i < 27 * 2; i++) {
		const size_t lens[] = { 0, 100, LARGE }, steps[] = { 7, OSCI_BLOB_CHUNK + 1 };
		size_t len = lens[i % 3], way = i / 3 % 3, pos = 0, n, head_len;
		struct osci_blob *head = text(heads[way]), *tail = text(tails[way]), *b;
		struct t_reads t = { .data = plain, .len = len };
		_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(2 * LARGE);
		struct osci_stream *s = NULL;
		unsigned char *got;
		int r;

		a = i / 9 % 3;
		v = i / 27;
		step = steps[len < LARGE ? way % 2 : 1];
		head_len = heads[way] ? strlen(heads[way]) : 0;
		b = t_reads_blob(&t, len);
		assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[a]), key, ivs[v], head, b, tail, NULL), 0);
		osci_blob_unref(head);
		osci_blob_unref(tail);
		osci_blob_unref(b);
		got = malloc(osci_stream_len(s) + 1);
		do {
			r = osci_stream_read(s, got + pos, step, &n, NULL);
			assert_int_equal(r, 0);
			pos += n;
		} while (n);
		assert_int_equal(pos, osci_stream_len(s));
		assert_int_equal(pos, head_len + ivs[v] + len + GCM_TAG + (tails[way] ? strlen(tails[way]) : 0));
		assert_memory_equal(got, heads[way] ? heads[way] : "", head_len);
		assert_int_equal(osci_cipher_decrypt(cipher(gcms[a]), key, cipher(gcms[a])->bits / 8, ivs[v], got + head_len,
						     ivs[v] + len + GCM_TAG, &out, NULL), 0);
		assert_int_equal(out.len, len);
		if (len)
			assert_memory_equal(out.data, plain, len);
		assert_memory_equal(got + head_len + ivs[v] + len + GCM_TAG, tails[way] ? tails[way] : "",
				    tails[way] ? strlen(tails[way]) : 0);
		osci_stream_freep(&s);
		assert_int_equal(t.alive, 0);
		free(got);
	}
}

/* A blob that fails on the way ends the stream, and what was read last is wiped. */
static void sealed_stream_fails(void **state)
{
	unsigned at;

	for (at = 1; at <= LARGE / OSCI_BLOB_CHUNK + 1; at++) {
		struct t_reads t = { .data = plain, .len = LARGE, .fail_at = at };
		struct osci_blob *b = t_reads_blob(&t, LARGE);
		unsigned char *out = (unsigned char *)"";
		struct osci_stream *s = NULL;
		unsigned char again;
		size_t n;

		assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[2]), key, 12, NULL, b, NULL, NULL), 0);
		osci_blob_unref(b);
		assert_int_equal(osci_stream_to_memory(s, &out, &n, NULL), -EIO);
		t.fail_at = 0;
		assert_int_equal(osci_stream_read(s, &again, 1, &n, NULL), -EIO);
		osci_stream_freep(&s);
		assert_int_equal(t.alive, 0);
	}
}

static void e_07_fresh_iv_per_stream(void **state)
{
	struct osci_blob *b = text("x");
	unsigned char iv[2][16];
	size_t i, n;

	for (i = 0; i < 2; i++) {
		struct osci_stream *s = NULL;

		assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[2]), key, 16, NULL, b, NULL, NULL), 0);
		assert_int_equal(osci_stream_read(s, iv[i], 16, &n, NULL), 0);
		assert_int_equal(n, 16);
		osci_stream_freep(&s);
	}
	assert_memory_not_equal(iv[0], iv[1], 16);
	osci_blob_unref(b);
}

static void not_written(void **state)
{
	struct osci_blob *b = text("x");
	struct osci_stream *s = NULL;
	struct osci_blob *huge;
	struct t_reads t = { 0 };

	assert_int_equal(osci_encrypt_stream(&s, cipher(XENC "aes256-cbc"), key, 16, NULL, b, NULL, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[2]), key, 13, NULL, b, NULL, NULL), OSCI_E_USAGE);
	assert_int_equal(osci_encrypt_stream(&s, NULL, key, 12, NULL, b, NULL, NULL), OSCI_E_USAGE);
	huge = t_reads_blob(&t, GCM_MAX + 1);
	assert_int_equal(osci_encrypt_stream(&s, cipher(gcms[2]), key, 12, NULL, huge, NULL, NULL), OSCI_E_LIMIT);
	assert_null(s);
	assert_int_equal(t.reads, 0);
	osci_blob_unref(huge);
	osci_blob_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(view_at_any_offset),
		cmocka_unit_test(view_counter_wraps),
		cmocka_unit_test(e_05_blob_changed_or_cut),
		cmocka_unit_test(reads_fail),
		cmocka_unit_test(where_it_lies),
		cmocka_unit_test(cbc_stays_in_memory),
		cmocka_unit_test(digest_of_a_blob),
		cmocka_unit_test(sealed_stream),
		cmocka_unit_test(sealed_stream_fails),
		cmocka_unit_test(e_07_fresh_iv_per_stream),
		cmocka_unit_test(not_written),
	};
	int r;

	if (osci_crypto_init(NULL))
		return 1;
	plain = t_octets(LARGE);
	if (!plain)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(plain);
	return r;
}
