/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-hostile - inputs made to be refused: corpus of envelopes, MIME bodies, certificates
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "t_vectors.h"
#include "wire/types.h"

static struct t_vectors vectors;
static bool at_hand;

#if defined(__SANITIZE_ADDRESS__)
#define SLOW 10.0
#else
#define SLOW 1.0
#endif

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int timed_open(const char *name, const void *data, size_t len, const struct osci_open_opts *opts,
		      struct osci_err *err)
{
	double t = seconds();
	int r = t_open(data, len, opts, NULL, NULL, err);

	t = seconds() - t;
	if (r < 0 || t > SLOW)
		fail_msg("%s: result %d after %.2f s", name, r, t);
	if (r > 0 && (!err->what[0] || strlen(err->feedback) != 4))
		fail_msg("%s: refused without code or cause (%s, %s)", name, err->feedback, err->what);
	return r;
}

/*
 * The envelopes of the corpus carry no xsi:schemaLocation, which alone gets them refused.  With it they have to be refused
 * for what is wrong in them; @unsigned: also without their signature, which holds under no key.
 */
static void repaired(struct osci_buf *out, const char *data, size_t len, bool without_signature)
{
	const char *envelope = memmem(data, len, ":Envelope", 9), *end = data + len, *block, *close;
	char location[256];

	if (!envelope) {
		osci_buf_add(out, data, len);
		return;
	}
	envelope += 9;
	osci_schema_location(location, sizeof(location),
			     memmem(data, len, "EncryptedData", 13) ? "MessageEncrypted" : "ResponseToFetchDelivery");
	osci_buf_add(out, data, (size_t)(envelope - data));
	if (!memmem(data, len, "xmlns:xsi=", 10))
		osci_buf_adds(out, " xmlns:xsi=\"" OSCI_NS_XSI "\"");
	if (!memmem(data, len, "xsi:schemaLocation=", 19))
		osci_buf_addf(out, " xsi:schemaLocation=\"%s\"", location);
	block = memmem(envelope, (size_t)(end - envelope), "<osci:SupplierSignature", 23);
	close = block ? memmem(block, (size_t)(end - block), "</osci:SupplierSignature>", 25) : NULL;
	if (!without_signature || !close) {
		osci_buf_add(out, envelope, (size_t)(end - envelope));
		return;
	}
	osci_buf_add(out, envelope, (size_t)(block - envelope));
	osci_buf_add(out, close + 25, (size_t)(end - close - 25));
}

/* Nothing wrong in them but the signature, or a value that is carried as text and never used as a path or log line. */
static bool only_unsigned(const char *name)
{
	static const char *const list[] = { "sig-", "message-id-traversal", "subject-log-injection", "content-length-",
					    "schemalocation-remote" };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strncmp(name, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

static void corpus_file(const char *name, const unsigned char *data, size_t len)
{
	_cleanup_buf_ struct osci_buf located = OSCI_BUF_INIT(16 * 1024 * 1024);
	_cleanup_buf_ struct osci_buf bare = OSCI_BUF_INIT(16 * 1024 * 1024);
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	struct osci_err err;

	opts.policy.require_signature = true;
	if (timed_open(name, data, len, &opts, &err) == 0)
		fail_msg("%s accepted", name);
	repaired(&located, (const char *)data, len, false);
	if (timed_open(name, located.data, located.len, &opts, &err) == 0)
		fail_msg("%s accepted with a schemaLocation", name);
	repaired(&bare, (const char *)data, len, true);
	if (timed_open(name, bare.data, bare.len, &opts, &err) == 0)
		fail_msg("%s accepted without signature, though one is demanded", name);
	opts.policy.require_signature = false;
	if (timed_open(name, bare.data, bare.len, &opts, &err) == 0 && !only_unsigned(name))
		fail_msg("%s accepted without signature", name);
}

static void corpus(const char *folder, const char *end, size_t at_least)
{
	char dir[3000], path[4096];
	char **names;
	size_t n, i;

	if (!at_hand)
		skip();
	snprintf(dir, sizeof(dir), "%s/security/corpus/%s", vectors.shared, folder);
	names = t_names(dir, end, &n);
	assert_true(n >= at_least);
	for (i = 0; i < n; i++) {
		unsigned char *data;
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		data = t_read(path, &len);
		assert_non_null(data);
		corpus_file(names[i], data, len);
		free(data);
	}
	t_names_free(names);
}

static void envelopes(void **state)
{
	corpus("soap", ".xml", 25);
}

static void xml(void **state)
{
	corpus("xml", ".xml", 35);
}

static void mime(void **state)
{
	corpus("mime", ".mime", 14);
}

/* Each hostile certificate in the place of one that the message really carries. */
static void certificates(void **state)
{
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	char dir[3000], path[8192];
	const char *at, *close;
	unsigned char *message;
	char **names;
	size_t n, i, len;

	if (!at_hand)
		skip();
	snprintf(path, sizeof(path), "%s/store-01-plain.01-storeDelivery.bin", vectors.dir);
	message = t_read(path, &len);
	assert_non_null(message);
	at = strstr((const char *)message, "<ds:X509Certificate>");
	assert_non_null(at);
	at += strlen("<ds:X509Certificate>");
	close = strchr(at, '<');
	snprintf(dir, sizeof(dir), "%s/security/corpus/cert", vectors.shared);
	names = t_names(dir, "", &n);
	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(16 * 1024 * 1024);
		struct osci_err err;
		unsigned char *der;
		size_t der_len;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		der = t_read(path, &der_len);
		assert_non_null(der);
		osci_buf_add(&b, message, (size_t)(at - (const char *)message));
		osci_base64_encode(&b, der, der_len, 76);
		osci_buf_add(&b, close, len - (size_t)(close - (const char *)message));
		if (timed_open(names[i], b.data, b.len, &opts, &err) == 0)
			fail_msg("message with the certificate %s accepted", names[i]);
		free(der);
	}
	printf("# %zu certificates\n", n);
	t_names_free(names);
	free(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes),	cmocka_unit_test(xml),		cmocka_unit_test(mime),
		cmocka_unit_test(certificates),
	};
	int r;

	at_hand = t_vectors_load(&vectors);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_vectors_free(&vectors);
	return r;
}
