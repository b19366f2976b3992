/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-large - one large attachment there and back, and what OpenSSL alone needs for the same passes
 *
 * Nothing here is faster than a program may be: the sender reads a file, the recipient syncs the file it wrote
 * before it confirms the delivery.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <osci/package.h>
#include "base/buf.h"
#include "load.h"

static struct osci_blob *open_file(const char *path)
{
	struct osci_blob *blob = NULL;
	struct osci_err err = { 0 };
	struct stat st;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &st) < 0 || osci_blob_file(&blob, fd, 0, (uint64_t)st.st_size, &err))
		load_fail(NULL, "--file cannot be opened");
	return blob;
}

static void send_package(struct load *l, const struct osci_package *package, struct osci_cert *to)
{
	const struct osci_delivery delivery = { .subject = "load", .addressee = to, .package = package };
	struct osci_sender *s = NULL;
	struct osci_err err = { 0 };

	if (osci_sender_new(&s, &l->conf, &delivery, NULL, &err))
		load_fail(&err, "order cannot be written");
	while (osci_sender_step(s) != OSCI_STEP_DONE) {
		if (osci_sender_step(s) == OSCI_STEP_POST)
			load_exchange(l, osci_sender_seq(s));
		else if (osci_sender_continue(s, &err))
			load_fail(&err, "order cannot be written");
	}
	osci_sender_freep(&s);
}

void load_send(const struct load_opts *o)
{
	const struct osci_attachment_draft attachment = { .blob = open_file(o->file) };
	const struct osci_content_draft contents[] = { { .data = "<load/>", .len = 7 }, { .attachment = &attachment } };
	struct osci_container_draft container = { .contents = contents, .n_contents = 2, .n_authors = 1, .n_readers = 1 };
	struct osci_author_draft author = { NULL, OSCI_SIGN_ORIGINATOR };
	struct osci_reader_draft reader = { NULL, OSCI_CIPHER_ADDRESSEE };
	struct osci_package_opts opts = { 0 };
	struct osci_package *package = NULL;
	double start = load_seconds();
	struct osci_err err = { 0 };
	struct osci_cert *to;
	char name[256];
	struct load l;

	load_open(&l, o, o->as);
	snprintf(name, sizeof(name), "%s-enc", o->to ? o->to : "");
	to = load_cert(o->pki, name);
	author.key = l.sign;
	reader.cert = to;
	container.authors = &author;
	container.readers = &reader;
	opts.limits = &l.limits;
	if (osci_package_new(&package, &container, 1, &opts, &err))
		load_fail(&err, "content cannot be written");
	send_package(&l, package, to);
	osci_package_freep(&package);
	printf("{\"load\":\"send\",\"octets\":%llu,", (unsigned long long)osci_blob_len(attachment.blob));
	load_print_cost(start);
	puts("}");
	osci_blob_unref(attachment.blob);
	osci_cert_unref(to);
	load_close(&l);
}

/* --- back -------------------------------------------------------------------- */

static void write_file(const struct osci_blob *blob, const char *path)
{
	_cleanup_(osci_freep) char *chunk = malloc(OSCI_BLOB_CHUNK);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint64_t at, len = osci_blob_len(blob);
	struct osci_err err = { 0 };
	size_t n;

	if (fd < 0 || !chunk)
		load_fail(NULL, "%s cannot be made", path);
	for (at = 0; at < len; at += n) {
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		if (osci_blob_read(blob, at, chunk, n, &err))
			load_fail(&err, "attachment cannot be read");
		if (write(fd, chunk, n) != (ssize_t)n)
			load_fail(NULL, "%s cannot be written", path);
	}
	if (fsync(fd) < 0 || close(fd) < 0)
		load_fail(NULL, "%s cannot be written", path);
}

/* Decrypted, both signatures checked, on the disk: only then the delivery is confirmed. */
static uint64_t take(struct load *l, const struct osci_message *m, const char *path)
{
	const struct osci_open_opts opts = {
		.limits = &l->limits, .policy = { .require_content_signature = true }, .keys = &l->cipher, .n_keys = 1,
		.trust = l->trust, .now = load_now(),
	};
	struct osci_contents *c = NULL;
	struct osci_err err = { 0 };
	uint64_t len;

	if (osci_contents_open(&c, m, &opts, &err))
		load_fail(&err, "contents cannot be opened");
	if (c->n_attachments != 1 || !c->attachments[0].blob || c->n_items != 2 || c->items[1].n_signatures != 1)
		load_fail(NULL, "what came is not what was sent");
	len = osci_blob_len(c->attachments[0].blob);
	write_file(c->attachments[0].blob, path);
	osci_contents_freep(&c);
	return len;
}

void load_receive(const struct load_opts *o)
{
	struct osci_fetcher *f = NULL;
	double start = load_seconds();
	struct osci_err err = { 0 };
	uint64_t len = 0;
	struct load l;

	load_open(&l, o, o->as);
	if (!o->file || osci_fetcher_new(&f, &l.conf, 1, &err))
		load_fail(&err, "--file expected");
	while (osci_fetcher_step(f) != OSCI_STEP_DONE) {
		if (osci_fetcher_step(f) == OSCI_STEP_POST) {
			load_exchange(&l, osci_fetcher_seq(f));
			continue;
		}
		len = take(&l, osci_seq_message(osci_fetcher_seq(f)), o->file);
		if (osci_fetcher_continue(f, &err))
			load_fail(&err, "order cannot be written");
	}
	if (osci_fetcher_count(f) != 1)
		load_fail(NULL, "no delivery in the mailbox");
	osci_fetcher_freep(&f);
	printf("{\"load\":\"receive\",\"octets\":%llu,", (unsigned long long)len);
	load_print_cost(start);
	puts("}");
	load_close(&l);
}

/* --- OpenSSL alone ------------------------------------------------------------ */

/* Octets in the cache, in the pieces that the library moves: nothing is read, copied or written. */
static void gcm_pass(uint64_t len, unsigned char *chunk)
{
	static const unsigned char key[32] = "only for the time it takes     ", iv[12] = "the same";
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[16];
	uint64_t at;
	size_t n;
	int m;

	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv) != 1)
		load_fail(NULL, "AES-GCM cannot begin");
	for (at = 0; at < len; at += n) {
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		if (EVP_EncryptUpdate(ctx, chunk, &m, chunk, (int)n) != 1)
			load_fail(NULL, "AES-GCM failed");
	}
	if (EVP_EncryptFinal_ex(ctx, chunk, &m) != 1 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) != 1)
		load_fail(NULL, "AES-GCM failed");
	EVP_CIPHER_CTX_free(ctx);
}

static void sha_pass(uint64_t len, const unsigned char *chunk)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char digest[32];
	uint64_t at;
	size_t n;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		load_fail(NULL, "SHA-256 cannot begin");
	for (at = 0; at < len; at += n) {
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		if (EVP_DigestUpdate(ctx, chunk, n) != 1)
			load_fail(NULL, "SHA-256 failed");
	}
	if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		load_fail(NULL, "SHA-256 failed");
	EVP_MD_CTX_free(ctx);
}

void load_limit(const struct load_opts *o)
{
	unsigned char *chunk = calloc(1, OSCI_BLOB_CHUNK + 32);
	double start = load_seconds();
	unsigned long i;

	if (!chunk)
		load_fail(NULL, "no memory");
	for (i = 0; i < o->gcm; i++)
		gcm_pass(o->count, chunk);
	for (i = 0; i < o->sha; i++)
		sha_pass(o->count, chunk);
	free(chunk);
	printf("{\"load\":\"limit\",\"octets\":%lu,\"gcm\":%lu,\"sha\":%lu,", o->count, o->gcm, o->sha);
	load_print_cost(start);
	puts("}");
}
