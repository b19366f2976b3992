/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-vectors - every own vector opens and says what its description says, or is refused with the code named there;
 * each that opens is valid against the official schemas.  One line of TAP for each file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/osci.h>
#include "../unit/wire/t_vectors.h"
#include "facts.h"
#include "lib/t_xsd.h"

static struct osci_key *keys[VK_COUNT];
static struct osci_trust *trust;
static char root[2048];

static int open_one(const unsigned char *data, size_t len, const struct osci_policy *policy, struct osci_message **m,
		    struct osci_contents **c, struct osci_err *err)
{
	struct osci_open_opts opts = { .keys = keys, .n_keys = VK_STRANGER, .trust = trust, .now = VECTORS_NOW };

	if (policy)
		opts.policy = *policy;
	return t_open(data, len, &opts, m, c, err);
}

static void says_what_it_says(const char *name, const json_t *expected, const unsigned char *data, size_t len)
{
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err;
	json_t *got;
	char *text;

	if (open_one(data, len, NULL, &m, &c, &err))
		fail_msg("refused: %s %s: %s", err.feedback, err.where, err.what);
	got = facts_of_message(m, c);
	if (!json_equal(got, expected)) {
		text = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
		print_error("%s\n", text);
		free(text);
		fail_msg("it says something else");
	}
	json_decref(got);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	/* The bundle's name is a matter of the draft; the echo of several ids has a valid form. */
	t_xsd_check(data, len, keys, VK_STRANGER,
		    strstr(name, "responseToPartialStoreDelivery-last") ? T_XSD_PROCARD : 0);
}

/* A message without signature or encryption opens only where the policy lets it. */
static void stricter(const json_t *expected, const unsigned char *data, size_t len)
{
	const struct osci_policy signature = { .require_signature = true }, encryption = { .require_encryption = true };
	bool fault = json_object_get(expected, "faultcode");
	struct osci_err err;

	assert_int_equal(open_one(data, len, &signature, NULL, NULL, &err),
			 fault || json_object_get(expected, "signer") ? 0 : OSCI_E_UNSIGNED);
	assert_int_equal(open_one(data, len, &encryption, NULL, NULL, &err),
			 fault || json_object_get(expected, "transport_algorithm") ? 0 : OSCI_E_MALFORMED);
}

static void one(void **state)
{
	const char *name = *state;
	char path[4200];
	unsigned char *data;
	struct osci_err err;
	json_t *j, *rejected;
	size_t len;

	snprintf(path, sizeof(path), "%s/osci/%s.json", root, name);
	j = json_load_file(path, 0, NULL);
	assert_non_null(j);
	snprintf(path, sizeof(path), "%s/osci/%s.mime", root, name);
	data = t_read(path, &len);
	assert_non_null(data);
	rejected = json_object_get(j, "rejected");
	if (rejected) {
		assert_true(open_one(data, len, NULL, NULL, NULL, &err) > 0);
		assert_string_equal(err.feedback, json_string_value(json_object_get(rejected, "code")));
		assert_true(err.what[0]);
	} else {
		says_what_it_says(name, j, data, len);
		stricter(j, data, len);
	}
	json_decref(j);
	free(data);
}

/* All 24 types and the fault are among them, plain and encrypted. */
static void every_type(void **state)
{
	char path[4200];
	int type;

	for (type = 0; type <= OSCI_FAULT; type++) {
		static const char *const shapes[] = { "signed", "sealed", "unsigned" };
		size_t i;

		for (i = type == OSCI_FAULT ? 2 : 0; i < (type == OSCI_FAULT ? 3 : 2); i++) {
			FILE *f;

			snprintf(path, sizeof(path), "%s/osci/%s.%s.mime", root, osci_type_name((enum osci_type)type), shapes[i]);
			f = fopen(path, "rb");
			if (!f)
				fail_msg("%s is missing", path);
			fclose(f);
		}
	}
}

int main(void)
{
	struct CMUnitTest *tests;
	char path[4200], **names;
	size_t n, i;
	int r;

	snprintf(root, sizeof(root), "%s/tests/vectors", getenv("XAUSL_SOURCE_ROOT"));
	if (osci_init(NULL) || osci_trust_new(&trust))
		return 1;
	for (i = 0; i < VK_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/keys/%s.p12", root, vector_key_names[i]);
		if (osci_key_load_p12(&keys[i], path, VECTORS_PASSWORD, 0, NULL) ||
		    (i != VK_STRANGER && osci_trust_add(trust, osci_key_cert(keys[i]))))
			return 1;
	}
	snprintf(path, sizeof(path), "%s/osci", root);
	names = t_names(path, ".json", &n);
	tests = calloc(n + 1, sizeof(*tests));
	for (i = 0; i < n; i++) {
		names[i][strlen(names[i]) - strlen(".json")] = '\0';
		tests[i] = (struct CMUnitTest){ .name = names[i], .test_func = one, .initial_state = names[i] };
	}
	tests[n] = (struct CMUnitTest)cmocka_unit_test(every_type);
	r = _cmocka_run_group_tests("vectors", tests, n + 1, NULL, NULL);
	free(tests);
	t_names_free(names);
	osci_trust_freep(&trust);
	for (i = 0; i < VK_COUNT; i++)
		osci_key_unref(keys[i]);
	return r;
}
