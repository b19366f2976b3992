/* SPDX-License-Identifier: Apache-2.0 */
/* made-up - see made-up.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "made-up.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "xml/xml.h"

char dir[] = "/tmp/xausl-windows-XXXXXX";
struct xausl *x;
struct osci_err err;

void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

int reopen(const char *releases, const char *transitions)
{
	xausl_freep(&x);
	memset(&err, 0, sizeof(err));
	put("releases.csv", releases);
	put("transitions.csv", transitions);
	return xausl_open(&x, dir, dir, &err);
}

void world(const char *releases, const char *transitions)
{
	char text[512];

	if (reopen(releases, transitions))
		fail_msg("%s", osci_err_text(&err, text, sizeof(text)));
}

int64_t at(const char *when)
{
	int64_t ms;

	assert_int_equal(osci_parse_datetime(when, strlen(when), &ms), 0);
	return ms;
}

const struct xausl_release *release(const char *version)
{
	const struct xausl_release *r = xausl_release_find(x, version);

	assert_non_null(r);
	return r;
}

static const struct {
	const char *name, *text; /* without a text: a folder */
} parts[] = {
	{ "%s", NULL },
	{ "%s/xsd", NULL },
	{ "%s/manifest.csv", "release;27.05\nnamespace;urn:x2705\nstandard;S\norigin;test\n"
			     "schema;a;urn:x2705;a.xsd\nmessage;1;M.1;office\n" },
	{ "%s/rules.csv", "" },
	{ "%s/map-names.csv", "list-uri;listURI\nlist-version;listVersionID\ncode;code\ncode-name;name\n" },
	{ "%s/map-chars.csv", "range;0020;007E\n" },
	{ "%s/map-blocks.csv", "1;x:e;e;text;1\n" },
	{ "%s/xsd/a.xsd", "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:x2705\">"
			  "<xs:element name=\"M.1\" type=\"xs:string\"/></xs:schema>" },
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static void part_name(char out[128], const char *module, const char *name)
{
	snprintf(out, 128, "%s%s", module, name + 2);
}

int made_up_setup(void **state)
{
	static const char *const modules[] = { "m2611", "m2705" };
	char name[128], path[256];

	if (osci_xml_init() || !mkdtemp(dir))
		return -1;
	for (size_t m = 0; m < 2; m++) {
		for (size_t i = 0; i < N_PARTS; i++) {
			part_name(name, modules[m], parts[i].name);
			if (parts[i].text) {
				_cleanup_(osci_freep) char *text = strdup(parts[i].text);

				for (char *p = text; p && m == 0 && (p = strstr(p, "x2705")); p += 5)
					memcpy(p, "x2611", 5);
				for (char *p = text; p && m == 0 && (p = strstr(p, "27.05")); p += 5)
					memcpy(p, "26.11", 5);
				put(name, text);
				continue;
			}
			snprintf(path, sizeof(path), "%s/%s", dir, name);
			if (mkdir(path, 0700))
				return -1;
		}
		snprintf(path, sizeof(path), "%s/%s", dir, modules[m]);
		if (xausl_release_seal(path, &err))
			return -1;
	}
	return 0;
}

int made_up_teardown(void **state)
{
	static const char *const rest[] = { "releases.csv", "transitions.csv", "acceptance.csv", "report.txt", "" };
	static const char *const modules[] = { "m2611", "m2705" };
	char name[128], path[256];

	for (size_t m = 0; m < 2; m++)
		for (size_t i = N_PARTS; i-- > 0;) {
			part_name(name, modules[m], parts[i].name);
			snprintf(path, sizeof(path), "%s/%s", dir, name);
			remove(path);
		}
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, rest[i]);
		remove(path);
	}
	xausl_freep(&x);
	return 0;
}
