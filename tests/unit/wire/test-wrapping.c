/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-wrapping - every wrapping attack that make_xsw.py makes of signed messages: of the reference implementation and
 * of our own, of every kind of order that carries contents
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

#include <osci/package.h>
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

/* --- our own messages ---------------------------------------------------------- */

static struct osci_key *signer(const char *name)
{
	struct osci_key *key = NULL;
	struct osci_err err;
	char path[4400];

	snprintf(path, sizeof(path), "%s/keys/%s.p12", vectors.dir, name);
	if (osci_key_load_p12(&key, path, "osci-test", 0, &err))
		fail_msg("%s: %s", path, err.what);
	return key;
}

/* Written with a package of two authors, one of its attachments in a nested container, and attacked. */
static void attack_own(struct osci_draft *d, const char *by)
{
	struct osci_key *office = signer("office-sig-3072"), *author = signer("office-sig-4096"), *sender = signer(by);
	struct osci_cert *reader = t_vectors_cert(&vectors, "bamf-enc-3072");
	const struct osci_author_draft authors[] = { { office, OSCI_SIGN_ORIGINATOR }, { author, OSCI_SIGN_OTHER_AUTHOR } };
	struct osci_blob *blob = NULL;
	const struct osci_write_opts opts = { .signer = sender };
	char path[] = "/tmp/own-XXXXXX";
	struct osci_draft_cert certs[5];
	struct osci_package *p = NULL;
	unsigned char *data = NULL;
	struct osci_err err = { 0 };
	size_t len, i;
	int fd;

	assert_int_equal(osci_blob_copy(&blob, "Anlage", 6), 0);
	{
		const struct osci_attachment_draft a = { "anlage.bin", blob }, b = { "zwei", blob };
		const struct osci_content_draft inside[] = { { .attachment = &b } };
		const struct osci_container_draft inner = { .contents = inside, .n_contents = 1 };
		const struct osci_content_draft contents[] = { { .data = "Text", .len = 4 }, { .attachment = &a },
							       { .container = &inner } };
		const struct osci_container_draft c = { .contents = contents, .n_contents = 3, .authors = authors,
							.n_authors = 2 };

		assert_int_equal(osci_package_new(&p, &c, 1, NULL, &err), 0);
	}
	d->has_package = true;
	d->package = p->xml;
	d->package_len = p->len;
	d->parts = p->parts;
	d->n_parts = p->n_parts;
	d->certs = certs;
	for (i = 0; i < p->n_certs; i++)
		certs[d->n_certs++] = p->certs[i];
	certs[d->n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE, .cert = reader };
	if (osci_write(&data, &len, d, &opts, &err))
		fail_msg("%s: %s %s", osci_type_name(d->type), err.where, err.what);
	fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len && close(fd) == 0);
	attacks_on(path, by);
	unlink(path);
	free(data);
	osci_package_freep(&p);
	osci_blob_unref(blob);
	osci_cert_unref(reader);
	osci_key_unref(office);
	osci_key_unref(author);
	osci_key_unref(sender);
}

#define IN_DIALOG { .response = "cmVz", .challenge = "Y2hh", .conversation_id = "4711", .has_sequence = true, .sequence = 3 }
#define ALONE { .challenge = "Y2hh", .has_sequence = true }

static void own_store(void **state)
{
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = ALONE, .message_id = "m1@i", .subject = "Betreff" };

	if (!at_hand)
		skip();
	attack_own(&d, "office-sig-3072");
}

static void own_forward(void **state)
{
	struct osci_draft d = { .type = OSCI_FORWARD_DELIVERY, .control = ALONE, .message_id = "m1@i", .subject = "Betreff",
				.receiver_uri = "https://empfaenger.example/" };

	if (!at_hand)
		skip();
	attack_own(&d, "office-sig-3072");
}

static void own_mediate(void **state)
{
	struct osci_draft d = { .type = OSCI_MEDIATE_DELIVERY, .control = IN_DIALOG, .message_id = "m1@i",
				.subject = "Betreff", .receiver_uri = "https://empfaenger.example/" };

	if (!at_hand)
		skip();
	attack_own(&d, "office-sig-3072");
}

static void own_process(void **state)
{
	struct osci_draft d = { .type = OSCI_PROCESS_DELIVERY, .control = { .challenge = "Y2hh" },
				.message_id_response = "m2@i" };

	if (!at_hand)
		skip();
	attack_own(&d, "intermed-sig-3072");
}

static void own_partial(void **state)
{
	static const struct osci_features features = { 0 };
	struct osci_draft d = {
		.type = OSCI_PARTIAL_STORE_DELIVERY, .control = IN_DIALOG, .message_id = "m1@i", .features = &features,
		.chunk = { .present = true, .number = 1, .size_kib = 1024, .total_kib = 4000, .total_chunks = 4 },
	};

	if (!at_hand)
		skip();
	attack_own(&d, "office-sig-3072");
}

/* Argument "own": our own messages; without it those of others. */
int main(int argc, char **argv)
{
	const struct CMUnitTest theirs[] = {
		cmocka_unit_test(wrap_store),   cmocka_unit_test(wrap_answer), cmocka_unit_test(wrap_attachment),
		cmocka_unit_test(wrap_content), cmocka_unit_test(wrap_signers),
	};
	const struct CMUnitTest own[] = {
		cmocka_unit_test(own_store),   cmocka_unit_test(own_forward), cmocka_unit_test(own_mediate),
		cmocka_unit_test(own_process), cmocka_unit_test(own_partial),
	};
	int r;

	at_hand = t_vectors_load(&vectors);
	r = argc > 1 ? cmocka_run_group_tests(own, NULL, NULL) : cmocka_run_group_tests(theirs, NULL, NULL);
	t_vectors_free(&vectors);
	return r;
}
