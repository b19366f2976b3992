/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-package - imported packages as the library sees them: opened, asked for their verdict; the frame of any message
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "engine/release.h"
#include "engine/zip.h"
#include "schemas.h"

#define NS "http://www.osci.de/xauslaender2605"
#define HEAD "<nachrichtenkopf.g2g/>"

static struct xausl *x;
static char imported[] = "/tmp/test-package-XXXXXX";

static int unlink_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Imports the made-up package of the tests into @into/26.05. */
static void import(const char *into)
{
	char source[4096], work[4096];
	struct xausl_import in = { .source = source, .work = work, .own = x, .now_ms = 1795000000000 };
	struct osci_err err = { 0 };
	char text[512];

	snprintf(source, sizeof(source), "%s/tests/unit/schemas/package", getenv("XAUSL_SOURCE_ROOT"));
	snprintf(work, sizeof(work), "%s/26.05", into);
	assert_int_equal(mkdir(work, 0755), 0);
	if (xausl_import_prepare(&in, &err))
		fail_msg("import: %s", osci_err_text(&err, text, sizeof(text)));
}

static char *message(const char *head, const char *person, const char *code, const char *version)
{
	char *text = NULL;

	assert_true(asprintf(&text, "<xa:ABHABH.Anfrage.030001 xmlns:xa=\"" NS "\" standard=\"XAusl\xc3\xa4nder\" "
				    "version=\"26.05\">%s<xa:person>%s</xa:person><xa:grund listVersionID=\"%s\"><code>%s</code>"
				    "</xa:grund></xa:ABHABH.Anfrage.030001>", head, person, version, code) >= 0);
	return text;
}

static enum xausl_verdict verdict(const struct xausl_check_opts *opts, const char *text, const char *first)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;

	assert_int_equal(xausl_validate(&r, x, opts, text, strlen(text), NULL), 0);
	if (first && (!r->n_findings || strcmp(r->findings[0].id, first) != 0))
		fail_msg("%s expected, found %s", first, r->n_findings ? r->findings[0].id : "nothing");
	if (!first)
		assert_int_equal(r->n_findings, 0);
	return r->verdict;
}

static void oracle_of_a_release_without_module(void **state)
{
	const struct xausl_check_opts official = { .imported = true },
				      wanted = { .imported = true, .release = xausl_release_find(x, "26.05") },
				      other = { .imported = true, .release = xausl_release_find(x, "26.11") };
	_cleanup_(osci_freep) char *good = message(HEAD, "Name", "01", "3"), *code = message(HEAD, "Name", "03", "3"),
				   *edition = message(HEAD, "Name", "03", "4"),
				   *name = message(HEAD, "A name of too many letters", "01", "3"),
				   *no_head = message("", "Name", "01", "3"), *wrong = schemas_replace(good, "26.05", "26.04"),
				   *comment = message(HEAD, "Na<!-- -->me", "01", "3");
	_cleanup_(osci_freep) char *ours = schemas_message("070001");
	static const char neither[] = "<xa:Other.030009 xmlns:xa=\"" NS "\"/>";
	static const char reject[] = "<b:rueckweisung.asynchron.0010 xmlns:b=\"urn:made-up:base\" standard=\"Made-Up-Rejection\" "
				     "version=\"6\"><nachricht>QUJD</nachricht></b:rueckweisung.asynchron.0010>";

	assert_int_equal(verdict(&official, good, NULL), XAUSL_VALID);
	assert_int_equal(verdict(&wanted, good, NULL), XAUSL_VALID);
	assert_int_equal(verdict(&official, reject, NULL), XAUSL_VALID);
	assert_int_equal(verdict(&official, code, "code.unknown"), XAUSL_INVALID);
	/* a version of the list the package does not hold */
	assert_int_equal(verdict(&official, edition, NULL), XAUSL_VALID);
	assert_int_equal(verdict(&official, name, "schema.value"), XAUSL_INVALID);
	assert_int_equal(verdict(&official, no_head, "schema.element"), XAUSL_INVALID);
	assert_int_equal(verdict(&official, wrong, "frame.version"), XAUSL_INVALID);
	assert_int_equal(verdict(&official, comment, "xml.comment"), XAUSL_INVALID);
	assert_int_equal(verdict(&other, good, "frame.release"), XAUSL_INVALID);
	assert_int_equal(verdict(&official, "<a xmlns=\"urn:b\"/>", "frame.namespace"), XAUSL_INVALID);
	/* no module of ours for it: the package is asked anyway; no package for ours */
	assert_int_equal(verdict(NULL, good, NULL), XAUSL_VALID);
	assert_int_equal(verdict(NULL, reject, NULL), XAUSL_VALID);
	assert_int_equal(verdict(NULL, name, "schema.value"), XAUSL_INVALID);
	assert_int_equal(verdict(NULL, neither, "frame.release"), XAUSL_INVALID);
	assert_int_equal(verdict(&official, neither, "schema.root"), XAUSL_INVALID);
	assert_int_equal(verdict(NULL, ours, NULL), XAUSL_VALID);
	assert_int_not_equal(verdict(&official, ours, "frame.release"), XAUSL_VALID);
}

static void what_the_package_says_of_itself(void **state)
{
	const struct xausl_package *p = xausl_release_package(xausl_release_find(x, "26.05"));
	const char *number, *root, *ns;
	struct xausl_package_info info;

	assert_non_null(p);
	assert_null(xausl_release_package(xausl_release_find(x, "26.11")));
	xausl_package_info(p, &info);
	assert_string_equal(info.version, "26.05");
	assert_string_equal(info.namespace_uri, NS);
	assert_string_equal(info.source, "package");
	assert_string_equal(info.publisher, "not verified");
	assert_int_equal(strlen(info.sha256), 64);
	assert_true(info.folder);
	assert_int_equal(info.messages, 3);
	assert_int_equal(info.lists, 1);
	assert_int_equal(info.namespaces, 3);
	assert_string_equal(info.imported, "2026-11-18T11:06:40.000Z");
	assert_null(xausl_package_missing_list(p, 0));
	assert_true(xausl_package_message(p, 0, &number, &root, &ns));
	assert_string_equal(number, "0010");
	assert_string_equal(root, "rueckweisung.asynchron.0010");
	assert_string_equal(ns, "urn:made-up:base");
	assert_false(xausl_package_message(p, 3, &number, &root, &ns));
}

/* Rules of the documentation are left out if that is wanted, codes are not. */
static void without_rules(void **state)
{
	const struct xausl_check_opts opts = { .without_rules = true };
	_cleanup_(osci_freep) char *text = schemas_message("070001"), *empty = NULL, *title = NULL, *unknown = NULL;
	const char *code = "AERL-STAT-030"; /* not for an office */

	empty = schemas_replace(text, "<nachrichtentyp", "<nachrichtentyp ");
	assert_int_equal(verdict(&opts, empty, NULL), XAUSL_VALID);
	title = strstr(text, "aufenthaltstitel");
	assert_non_null(title);
	unknown = strstr(title, "<code>");
	assert_non_null(unknown);
	assert_true(asprintf(&title, "%.*s<code>%s%s", (int)(unknown - text), text, code, strstr(unknown, "</code>")) > 0);
	unknown = schemas_replace(title, code, "AERL-STAT-YYY");
	assert_int_equal(verdict(NULL, title, "rule.title-not-for-office"), XAUSL_INVALID);
	assert_int_equal(verdict(&opts, title, NULL), XAUSL_VALID);
	assert_int_equal(verdict(&opts, unknown, "code.unknown"), XAUSL_INVALID);
}

static void folders_that_do_not_fit(void **state)
{
	_cleanup_(xausl_freep) struct xausl *other = schemas_open();
	char into[] = "/tmp/test-package-XXXXXX", path[4096], twice[4096];
	struct xausl_package *p = NULL;
	struct osci_err err = { 0 };
	FILE *f;

	assert_non_null(mkdtemp(into));
	snprintf(path, sizeof(path), "%s/absent", into);
	assert_int_equal(xausl_open_imported(other, path, &err), 0);
	assert_int_equal(xausl_package_open(&p, path, &err), OSCI_E_CONFIG);
	import(into);
	/* left by an import that was killed */
	snprintf(path, sizeof(path), "%s/.import-abc", into);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(xausl_open_imported(other, into, &err), 0);
	assert_non_null(xausl_release_package(xausl_release_find(other, "26.05")));
	assert_int_equal(xausl_open_imported(other, into, &err), OSCI_E_CONFIG);
	assert_non_null(strstr(err.what, "twice"));
	/* a file that is not the one that was imported */
	snprintf(path, sizeof(path), "%s/26.05/codelists/Grund_3.csv", into);
	f = fopen(path, "a");
	assert_non_null(f);
	fputs("\"03\";\"added\"\n", f);
	fclose(f);
	snprintf(twice, sizeof(twice), "%s/26.05", into);
	assert_int_equal(xausl_package_open(&p, twice, &err), OSCI_E_CONFIG);
	assert_non_null(strstr(err.where, "Grund_3.csv"));
	assert_null(p);
	remove_tree(into);
}

/* --- the frame --------------------------------------------------------- */

#define UUID "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001"

static int frame(struct xausl_head **h, const char *text)
{
	return xausl_read_frame(h, text, strlen(text), NULL, NULL);
}

static void check_sample(const char *name, const char *data, size_t len, void *ud)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	_cleanup_(xausl_head_freep) struct xausl_head *h = NULL;

	assert_int_equal(xausl_validate(&r, x, NULL, data, len, NULL), 0);
	assert_int_equal(r->verdict, XAUSL_VALID);
	assert_int_equal(xausl_read_frame(&h, data, len, NULL, NULL), 0);
	assert_string_equal(h->root, r->message);
	assert_string_equal(h->number, r->number);
	assert_string_equal(h->type, r->number);
	assert_int_equal(strncmp(name, h->number, strlen(h->number)), 0);
	assert_int_equal(strlen(h->uuid), 36);
	assert_true(h->created_ms > 0);
	assert_non_null(strchr(h->author_key, ':'));
	assert_non_null(strchr(h->reader_key, ':'));
	assert_true(h->author_name[0] && h->reader_name[0]);
	assert_false(h->test);
	if (!strcmp(h->number, "0010"))
		assert_int_equal(strlen(h->trigger_uuid), 36);
}

static void frame_of_every_sample(void **state)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/xausl-schemas/26.11/samples", getenv("XAUSL_SOURCE_ROOT"));
	assert_int_equal(schemas_each(dir, check_sample, NULL), 28);
}

static void frame_of_a_message_nobody_knows(void **state)
{
	static const char text[] =
		"<n:Some.Thing.990001 xmlns:n=\"urn:next\" version=\"99\" standard=\"S\" test=\"\"><nachrichtenkopf.g2g>"
		"<identifikation.nachricht><nachrichtenUUID> " UUID "\n</nachrichtenUUID><nachrichtentyp listURI=\"urn:l\" "
		"listVersionID=\"7\"><code>990001</code></nachrichtentyp>"
		"<erstellungszeitpunkt>2027-05-01T00:00:00.000+02:00</erstellungszeitpunkt></identifikation.nachricht>"
		"<leser><kennung>a:1</kennung></leser><autor><kennung>b:2</kennung><name>M\xc3\xbcller &amp; Co</name></autor>"
		"</nachrichtenkopf.g2g><n:ausloeserUUID>" UUID "</n:ausloeserUUID><n:more/>"
		"</n:Some.Thing.990001>";
	_cleanup_(xausl_head_freep) struct xausl_head *h = NULL;

	assert_int_equal(frame(&h, text), 0);
	assert_string_equal(h->root, "Some.Thing.990001");
	assert_string_equal(h->namespace_uri, "urn:next");
	assert_string_equal(h->number, "990001");
	assert_string_equal(h->uuid, UUID);
	assert_string_equal(h->type, "990001");
	assert_string_equal(h->type_list, "urn:l");
	assert_string_equal(h->type_version, "7");
	assert_string_equal(h->version, "99");
	assert_string_equal(h->standard, "S");
	assert_true(h->test);
	assert_int_equal(h->created_ms, 1809122400000);
	assert_string_equal(h->reader_key, "a:1");
	assert_string_equal(h->reader_name, "");
	assert_string_equal(h->author_key, "b:2");
	assert_string_equal(h->author_name, "M\xc3\xbcller & Co");
	assert_string_equal(h->trigger_uuid, UUID);
}

static void frames_that_are_none(void **state)
{
#define ID(s) "<a><nachrichtenkopf.g2g><identifikation.nachricht>" s "</identifikation.nachricht></nachrichtenkopf.g2g></a>"
	static const char *const texts[] = {
		"", "<a", "<a/>", "<!DOCTYPE a><a/>", "<a><nachrichtenkopf.g2g/></a>",
		"<a><nachrichtenkopf.g2g/><nachrichtenkopf.g2g/></a>", ID(""), ID("<nachrichtenUUID/>"),
		ID("<nachrichtenUUID>x<b/></nachrichtenUUID>"), ID("<nachrichtenUUID>x<!-- c -->y</nachrichtenUUID>"),
		ID("<nachrichtenUUID>x</nachrichtenUUID><nachrichtenUUID>y</nachrichtenUUID>"),
		"<a><b><nachrichtenkopf.g2g><identifikation.nachricht><nachrichtenUUID>x</nachrichtenUUID>"
		"</identifikation.nachricht></nachrichtenkopf.g2g></b></a>",
	};
	_cleanup_(xausl_head_freep) struct xausl_head *h = NULL;
	_cleanup_(osci_freep) char *longer = malloc(6000), *text = NULL;
	struct osci_err err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!frame(&h, texts[i]))
			fail_msg("text %zu has no frame", i);
		assert_null(h);
	}
	assert_non_null(longer);
	memset(longer, 'x', 5999);
	longer[5999] = '\0';
	assert_true(asprintf(&text, ID("<nachrichtenUUID>%s</nachrichtenUUID>"), longer) > 0);
	assert_int_equal(xausl_read_frame(&h, text, strlen(text), NULL, &err), OSCI_E_MALFORMED);
	assert_string_equal(err.where, "nachrichtenUUID");
	/* no instant, no number, nothing else: that is for others to judge */
	assert_int_equal(frame(&h, ID("<nachrichtenUUID>x</nachrichtenUUID>"
				      "<erstellungszeitpunkt>today</erstellungszeitpunkt>")), 0);
	assert_int_equal(h->created_ms, -1);
	assert_string_equal(h->number, "");
	assert_string_equal(h->author_key, "");
}

/* --- parts --------------------------------------------------------------- */

static void names_that_are_safe(void **state)
{
	static const char *const good[] = { "a", "a/b.xsd", "a b/\xc3\x9c" "berblick.pdf", ".hidden/x", "a/", "a..b", "..a/b" };
	static const char *const bad[] = { "", "/", "/a", "a//b", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b", "a\\b",
					   "C:a", "a\tb", "a\x7f" "b", "\xc2\x85", "\xff", "a.", "a ", " a", "a/b./c", "a?b",
					   "a*", "a|b", "a\"b", "<a>" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (xausl_name_wrong(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!xausl_name_wrong(bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_non_null(xausl_name_wrong("a\0b", 3));
	assert_int_equal(xausl_name_compare("XSD/a.xsd", "xsd/A.XSD"), 0);
}

static void patterns_that_decide(void **state)
{
	static const char *const good[] = { "[a-z]+( [a-z]+)*", "([0-9]{2}){3}", "(0[1-9]|1[0-2])", "a?b?c?", "", "(((" };
	static const char *const bad[] = { "(x+x+)+y", "(a|aa)+b" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(xausl_pattern_decides(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(xausl_pattern_decides(bad[i]));
}

static int setup(void **state)
{
	struct osci_err err = { 0 };

	x = schemas_open();
	assert_non_null(mkdtemp(imported));
	import(imported);
	return xausl_open_imported(x, imported, &err);
}

static int teardown(void **state)
{
	xausl_freep(&x);
	remove_tree(imported);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oracle_of_a_release_without_module),
		cmocka_unit_test(what_the_package_says_of_itself),
		cmocka_unit_test(without_rules),
		cmocka_unit_test(folders_that_do_not_fit),
		cmocka_unit_test(frame_of_every_sample),
		cmocka_unit_test(frame_of_a_message_nobody_knows),
		cmocka_unit_test(frames_that_are_none),
		cmocka_unit_test(names_that_are_safe),
		cmocka_unit_test(patterns_that_decide),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
