/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-hostile - inputs made to be refused: corpus of envelopes, MIME bodies, certificates, and every
 * wrapping attack that make_xsw.py makes of signed messages
 *
 * Equal forms ("eq-...") and the control with a fresh signature must come out as the message they were made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* --- wrapping attacks ------------------------------------------------------ */

static int run(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool named(const char *name, const char *start)
{
	return strncmp(name, start, strlen(start)) == 0;
}

/* What a reader sees of a message, as one text. */
static char *picture(const char *path, const struct osci_open_opts *opts)
{
	struct osci_buf b = OSCI_BUF_INIT(16 * 1024 * 1024);
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err;
	unsigned char *data;
	size_t len, i;

	data = t_read(path, &len);
	if (!data || t_open(data, len, opts, &m, &c, &err))
		fail_msg("%s refused: %s %s: %s", path, err.feedback, err.where, err.what);
	osci_buf_addf(&b, "%s %d %s|%s|%s|%s|%s|%s", osci_type_name(m->type), m->signature.status,
		      m->message_id ? m->message_id : "-", m->subject ? m->subject : "-",
		      m->control.challenge ? m->control.challenge : "-", m->control.response ? m->control.response : "-",
		      m->control.conversation_id ? m->control.conversation_id : "-", osci_message_verdict(m));
	for (i = 0; i < c->n_items; i++) {
		osci_buf_addf(&b, "|%s %s %zu %zu:", c->items[i].container, c->items[i].id, c->items[i].n_signatures,
			      c->items[i].len);
		osci_base64_encode(&b, c->items[i].data, c->items[i].len, 0);
	}
	osci_contents_freep(&c);
	osci_message_freep(&m);
	free(data);
	assert_int_equal(osci_buf_error(&b), 0);
	return osci_buf_take(&b, &len);
}

static void attacks_on(const char *source, const char *signer)
{
	struct osci_open_opts opts = t_vectors_opts(&vectors);
	char dir[] = "/tmp/xsw-XXXXXX", key[64], p12[4400], script[2200], path[600];
	const char *const openssl[] = { "/usr/bin/openssl", "pkcs12", "-in",  p12,		  "-nocerts", "-nodes",
					"-passin",	    "pass:osci-test", "-out", key, NULL };
	const char *const python[] = { "/usr/bin/python3", script, source, dir, "--signer-key", key, NULL };
	size_t n, i, refused = 0, equal = 0;
	char **names, *original;

	assert_non_null(mkdtemp(dir));
	snprintf(key, sizeof(key), "%s.key", dir);
	snprintf(p12, sizeof(p12), "%s/keys/%s.p12", vectors.dir, signer);
	snprintf(script, sizeof(script), "%s/security/make_xsw.py", vectors.shared);
	assert_int_equal(run(openssl), 0);
	assert_int_equal(run(python), 0);
	original = picture(source, &opts);
	names = t_names(dir, "", &n);
	for (i = 0; i < n; i++) {
		unsigned char *data;
		struct osci_err err;
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (strstr(names[i], "index.csv") || strstr(names[i], "MANIFEST")) {
			unlink(path);
			continue;
		}
		if (named(names[i], "eq-") || named(names[i], "r-control.")) {
			char *got = picture(path, &opts);

			assert_string_equal(got, original);
			free(got);
			equal++;
		} else {
			/* Only a partner's policy can know that a signature is missing altogether. */
			opts.policy.require_signature = named(names[i], "strip-block");
			data = t_read(path, &len);
			assert_non_null(data);
			if (timed_open(names[i], data, len, &opts, &err) == 0)
				fail_msg("%s accepted", names[i]);
			free(data);
			refused++;
		}
		unlink(path);
	}
	printf("# %zu attacks refused, %zu equal forms accepted\n", refused, equal);
	assert_true(refused > 80 && equal >= 4);
	t_names_free(names);
	free(original);
	unlink(key);
	rmdir(dir);
}

static void attack_sample(const char *name, const char *signer)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/security/make_xsw.py", vectors.shared);
	if (!at_hand || access(path, R_OK) != 0 || access("/usr/bin/python3", X_OK) != 0 ||
	    access("/usr/bin/openssl", X_OK) != 0)
		skip();
	snprintf(path, sizeof(path), "%s/%s", vectors.shared, name);
	attacks_on(path, signer);
}

static void wrap_store(void **state)
{
	attack_sample("security/xsw-sample/storeDelivery.xml", "office-sig-3072");
}

static void wrap_answer(void **state)
{
	attack_sample("security/xsw-sample/responseToFetchDelivery.xml", "intermed-sig-3072");
}

static void wrap_attachment(void **state)
{
	attack_sample("vectors/osci/store-10-attachment.01-storeDelivery.bin", "office-sig-3072");
}

static void wrap_content(void **state)
{
	attack_sample("vectors/osci/store-02-csig-rsa.01-storeDelivery.bin", "office-sig-3072");
}

static void wrap_signers(void **state)
{
	attack_sample("vectors/osci/store-13-two-signers.01-storeDelivery.bin", "office-sig-3072");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes),	cmocka_unit_test(xml),		cmocka_unit_test(mime),
		cmocka_unit_test(certificates), cmocka_unit_test(wrap_store),	cmocka_unit_test(wrap_answer),
		cmocka_unit_test(wrap_attachment), cmocka_unit_test(wrap_content), cmocka_unit_test(wrap_signers),
	};
	int r;

	at_hand = t_vectors_load(&vectors);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	t_vectors_free(&vectors);
	return r;
}
