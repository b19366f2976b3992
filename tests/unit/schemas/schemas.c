/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemas - what the tests of this folder share
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "schemas.h"
#include "engine/csv.h"
#include "base/buf.h"
#include "xml/xml.h"

#define FILE_MAX (8u << 20)

static const char *source_root(void)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");

	assert_non_null(root);
	return root;
}

struct xausl *schemas_open(void)
{
	char schemas[4096], versions[4096], text[512];
	struct osci_err err = { 0 };
	struct xausl *x = NULL;

	assert_int_equal(osci_xml_init(), 0);
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", source_root());
	snprintf(versions, sizeof(versions), "%s/versions", source_root());
	if (xausl_open(&x, schemas, versions, &err))
		fail_msg("xausl_open: %s", osci_err_text(&err, text, sizeof(text)));
	return x;
}

char *schemas_source_file(const char *path, size_t *len)
{
	char full[4096], *data = NULL;
	size_t n = 0;

	snprintf(full, sizeof(full), "%s/%s", source_root(), path);
	if (xausl_file_load(&data, &n, full, FILE_MAX, NULL))
		fail_msg("%s cannot be read", full);
	if (len)
		*len = n;
	return data;
}

const char *schemas_reference(const char *sub, char *out, size_t size)
{
	const char *shared = getenv("XAUSL_SHARED");

	if (!shared)
		return NULL;
	snprintf(out, size, "%s/standards/xauslaender/26.11/%s", shared, sub);
	return access(out, R_OK) ? NULL : out;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t schemas_each(const char *dir, void (*fn)(const char *name, const char *data, size_t len, void *ud), void *ud)
{
	char *names[256], path[4096], *data;
	struct dirent *e;
	size_t n = 0, len;
	DIR *d;

	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		size_t l = strlen(e->d_name);

		if (l < 5 || strcmp(e->d_name + l - 4, ".xml") != 0)
			continue;
		assert_true(n < sizeof(names) / sizeof(names[0]));
		names[n] = strdup(e->d_name);
		assert_non_null(names[n]);
		n++;
	}
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(xausl_file_load(&data, &len, path, FILE_MAX, NULL), 0);
		fn(names[i], data, len, ud);
		free(data);
		free(names[i]);
	}
	return n;
}

char *schemas_message(const char *number)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/unit/schemas/messages/%s.xml", number);
	return schemas_source_file(path, NULL);
}

char *schemas_replace(const char *text, const char *from, const char *to)
{
	const char *hit = strstr(text, from);
	char *out;

	if (!hit)
		fail_msg("text to replace is not there: %s", from);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(hit - text), text, to, hit + strlen(from)) >= 0);
	return out;
}

enum xausl_verdict schemas_verdict(const struct xausl *x, const char *data, size_t len, char *first, size_t size)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;

	assert_int_equal(xausl_validate(&r, x, NULL, data, len, NULL), 0);
	if (first)
		snprintf(first, size, "%s%s%s", r->n_findings ? r->findings[0].id : "", r->n_findings ? " " : "",
			 r->n_findings ? r->findings[0].path : "");
	assert_true((r->verdict == XAUSL_VALID) == (r->n_errors == 0));
	return r->verdict;
}
