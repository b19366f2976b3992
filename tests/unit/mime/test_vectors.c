/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vectors - messages of the reference implementation and hostile ones, as MIME
 *
 * Needs the shared vectors (XAUSL_SHARED); skips without them.  What is refused for the
 * content of the envelope only parses here: such files are not listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glob.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/t_mime.h"

static const char *shared;

static unsigned char *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct osci_buf b;
	size_t n;

	osci_buf_init(&b, 1 << 26);
	if (!f)
		return NULL;
	while ((n = fread(osci_buf_room(&b, 65536), 1, 65536, f)) > 0)
		osci_buf_grow(&b, n);
	fclose(f);
	return (unsigned char *)osci_buf_take(&b, len);
}

/* Vectors whose defect is one of MIME. */
static const char *const broken[] = {
	"store-01-plain.01-storeDelivery.tampered-boundary.bin",
	"store-01-plain.01-storeDelivery.tampered-no-end.bin",
	"store-06-all-rsa.01-storeDelivery.tampered-no-end.bin",
	"store-10-attachment.01-storeDelivery.tampered-attachment-twice.bin",
};

static bool is_broken(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (!strcmp(name, broken[i]))
			return true;
	return false;
}

static void vectors(void **state)
{
	char pattern[1024];
	glob_t g;
	size_t i, n_broken = 0;

	snprintf(pattern, sizeof(pattern), "%s/vectors/osci/*.bin", shared);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	for (i = 0; i < g.gl_pathc; i++) {
		struct osci_mime *m = NULL;
		struct osci_err err;
		size_t len;
		unsigned char *data = load(g.gl_pathv[i], &len);
		int r;

		assert_non_null(data);
		r = t_mime_parse(&m, data, len, &err);
		if (is_broken(g.gl_pathv[i])) {
			assert_int_equal(r, OSCI_E_MALFORMED);
			n_broken++;
		} else if (r) {
			fail_msg("%s: %s", g.gl_pathv[i], err.what);
		} else {
			assert_string_equal(m->parts[0].head.content_id, "osci@message");
			assert_memory_equal(m->parts[0].data, "<", 1);
		}
		osci_mime_freep(&m);
		free(data);
	}
	assert_int_equal(n_broken, sizeof(broken) / sizeof(broken[0]));
	globfree(&g);
}

static void corpus(void **state)
{
	static const char *const files[] = {
		"no-boundary-parameter", "boundary-never-appears", "no-final-boundary", "duplicate-content-id",
		"nested-multipart", "header-nul", "content-id-path", "root-not-xml", "base64-garbage",
	};
	/* Refused for their envelope; the MIME around it is well formed. */
	static const char *const whole[] = {
		"content-length-negative", "content-length-overflow", "cid-to-nowhere", "unreferenced-part",
		"enc-gcm-no-tag",
	};
	char path[1024];
	size_t i, len;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) + sizeof(whole) / sizeof(whole[0]); i++) {
		bool bad = i < sizeof(files) / sizeof(files[0]);
		struct osci_mime *m = NULL;
		unsigned char *data;

		snprintf(path, sizeof(path), "%s/security/corpus/mime/%s.mime", shared,
			 bad ? files[i] : whole[i - sizeof(files) / sizeof(files[0])]);
		data = load(path, &len);
		assert_non_null(data);
		if (t_mime_parse(&m, data, len, NULL) != (bad ? OSCI_E_MALFORMED : 0))
			fail_msg("%s", path);
		osci_mime_freep(&m);
		free(data);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(vectors), cmocka_unit_test(corpus) };

	shared = getenv("XAUSL_SHARED");
	if (!shared || access(shared, R_OK)) {
		puts("1..0 # SKIP no shared vectors (XAUSL_SHARED)");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
