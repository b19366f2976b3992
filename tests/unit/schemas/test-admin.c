/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-admin - administrative messages: rules between their parts and about the message they carry, the namespaces of the
 * base module, faults an office or the gateway can make, and hostile ones
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "map-common.h"
#include "schemas.h"
#include "lib/t_confined.h"

#define UUID "1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f0001"
#define AUTHORITY(key) "{\"key\":\"" key "\",\"name\":\"Stadt\",\"channels\":[{\"type\":\"01\",\"value\":\"a@b.example\"}]"
#define FORWARDER(key, time) AUTHORITY(key) ",\"time\":\"" time "\"}"
#define ORIGINAL "\"original\":{\"uuid\":\"" UUID "\",\"message\":\"070001\",\"created\":\"2026-11-16T09:00:00.000+01:00\"}"
#define EVENT "\"event\":{\"time\":\"2026-11-16T09:00:00.000+01:00\",\"reference\":\"MW-1\"}"

static struct map_test t;
static char created[64]; /* of the messages built here */

/* Fields of a message that is right; "CREATED" stands for the time of its creation. */
static const char *const right[][2] = {
	{ "000002", "{\"reasons\":[{\"code\":\"T200\"}]," ORIGINAL "}" },
	{ "000020", "{\"original\":{\"message\":\"070001\"},\"original_xml\":\"PGEvPg==\"}" },
	{ "000030", "{\"original\":{\"uuid\":\"" UUID "\"},\"text\":\"verzogen\"}" },
	{ "000040", "{\"documents\":\"UEs=\"," ORIGINAL ",\"packet\":1}" },
	{ "0010", "{\"reasons\":[{\"code\":\"X001\"}],\"original_xml\":\"PGEvPg==\"}" },
	{ "0020", "{" ORIGINAL "," EVENT ",\"fact\":\"1\"}" },
	{ "0021", "{" ORIGINAL "," EVENT ",\"fact\":\"4\",\"reminder\":1}" },
	{ "0030", "{\"forwarders\":[" FORWARDER("azr:000900", "2026-11-16T09:00:00.000+01:00") ","
		  FORWARDER("azr:011200", "CREATED")
		  "],\"sender\":" AUTHORITY("dbs:1") "},\"original_xml\":\"PGEvPg==\",\"original\":{\"message\":\"070003\"}}" },
	{ "0031", "{\"competent\":{\"key\":\"azr:000900\",\"name\":\"Stadt\"}," ORIGINAL "}" },
	{ "0032", "{\"forwarders\":[" FORWARDER("azr:000900", "2026-11-16T09:00:00.000+01:00") "]," ORIGINAL "," EVENT "}" },
};

static json_t *fields_of(const char *number)
{
	json_error_t e;
	json_t *v = NULL;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!strcmp(right[i][0], number)) {
			_cleanup_(osci_freep) char *text = strstr(right[i][1], "CREATED") ?
				schemas_replace(right[i][1], "CREATED", created) : strdup(right[i][1]);

			v = json_loads(text, 0, &e);
		}
	assert_non_null(v);
	return v;
}

/* @patch: JSON that replaces members of the fields; NULL = none. */
static int build(const char *number, const char *patch, char **xml, size_t *len, json_t **errors)
{
	json_t *fields = fields_of(number), *more = patch ? json_loads(patch, 0, NULL) : json_object();
	struct osci_err err = { 0 };
	int r;

	assert_non_null(more);
	assert_int_equal(json_object_update(fields, more), 0);
	r = xausl_build(xml, len, t.release, number, fields, &t.frame, errors, &err);
	json_decref(fields);
	json_decref(more);
	return r;
}

static char *message(const char *number)
{
	char *xml = NULL;
	json_t *errors = NULL;
	size_t len;

	if (build(number, NULL, &xml, &len, &errors))
		fail_msg("%s: %s", number, errors ? json_dumps(errors, 0) : "not built");
	return xml;
}

/* --- what they say ---------------------------------------------------- */

/* Standard and version are those of the namespace, the release is the one whose module answered. */
static void test_lines_of_versions(void **state)
{
	static const char *const lines[][3] = {
		{ "000030", "XAusländer", "26.11" }, { "0010", "XInneres-Rueckweisung", "6" },
		{ "0021", "XInneres-QuittungVonSachverhalten", "5" }, { "0032", "XInneres-Weiterleitung", "7" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_(osci_freep) char *xml = message(lines[i][0]), *other = NULL;
		_cleanup_(xausl_report_freep) struct xausl_report *r = NULL, *s = NULL;
		const struct xausl_check_opts opts = { .release = t.release };

		assert_int_equal(xausl_validate(&r, t.x, NULL, xml, strlen(xml), NULL), 0);
		assert_int_equal(r->verdict, XAUSL_VALID);
		assert_string_equal(r->release, "26.11");
		assert_string_equal(r->standard, lines[i][1]);
		assert_string_equal(r->version, lines[i][2]);
		assert_string_equal(r->number, lines[i][0]);
		assert_int_equal(xausl_message_direction(t.release, lines[i][0]), 2);
		xausl_report_freep(&r);
		assert_int_equal(xausl_validate(&r, t.x, &opts, xml, strlen(xml), NULL), 0);
		assert_int_equal(r->verdict, XAUSL_VALID);
		/* Another version of the base module is another namespace; another attribute disagrees with it. */
		other = schemas_replace(xml, "\" version=\"", "\" version=\"1");
		assert_int_equal(xausl_validate(&s, t.x, NULL, other, strlen(other), NULL), 0);
		assert_string_equal(s->findings[0].id, "frame.version");
		assert_string_equal(s->findings[0].standard_code, "V000");
		assert_string_equal(s->findings[0].expected, lines[i][2]);
	}
}

static void test_read_rejection(void **state)
{
	_cleanup_(osci_freep) char *xml = NULL;
	json_t *errors = NULL, *back, *reason, *detail;
	size_t len;

	assert_int_equal(build("0010",
			       "{\"rejected_by\":\"Clearingstelle\",\"rejected_by_contact\":{\"post_box\":{\"town\":\"Ulm\","
			       "\"postcode\":\"89073\"},\"channels\":[{\"type\":\"01\",\"value\":\"a@b.example\"}]},"
			       "\"reasons\":[{\"code\":\"S999\",\"details\":[{\"text\":\"Element fehlt\"},{\"code\":\"7\",\"list\":"
			       "\"urn:probe\",\"list_version\":\"1\"}]},{\"code\":\"S030\"}]," ORIGINAL "}",
			       &xml, &len, &errors), 0);
	back = map_test_read(&t, xml, len);
	assert_non_null(back);
	reason = json_array_get(json_object_get(back, "reasons"), 0);
	assert_string_equal(json_string_value(json_object_get(reason, "code")), "S999");
	assert_string_equal(json_string_value(json_object_get(reason, "name")),
			    xausl_code_name(t.release, "Fehlercodes-in-XInneres", "S999"));
	detail = json_array_get(json_object_get(reason, "details"), 1);
	assert_string_equal(json_string_value(json_object_get(detail, "list")), "urn:probe");
	assert_string_equal(json_string_value(json_object_get(back, "rejected_by")), "Clearingstelle");
	assert_string_equal(json_string_value(json_object_get(json_object_get(back, "original"), "uuid")), UUID);
	assert_string_equal(json_string_value(json_object_get(json_object_get(back, "original"), "message_name")),
			    "ABHBAMF.Teilnahmeberechtigung.070001");
	assert_null(json_object_get(json_object_get(back, "original"), "list"));
	assert_string_equal(json_string_value(json_object_get(back, "trigger")), UUID);
	assert_string_equal(json_string_value(json_object_get(back, "original_xml")), "PGEvPg==");
	json_decref(back);
}

/* The message number of another release's list is said with its list; of one list without the other it is not. */
static void test_reference_to_other_release(void **state)
{
	_cleanup_(osci_freep) char *xml = NULL, *plain = message("0020"), *old = NULL;
	json_t *back, *original;

	old = schemas_replace(plain, "codelist:nachrichtentyp\" listVersionID=\"19\"",
			      "codelist:nachrichtentyp\" listVersionID=\"18\"");
	assert_int_equal(schemas_verdict(t.x, old, strlen(old), NULL, 0), XAUSL_VALID);
	back = map_test_read(&t, old, strlen(old));
	original = json_object_get(back, "original");
	assert_string_equal(json_string_value(json_object_get(original, "list")), "urn:de:xauslaender:codelist:nachrichtentyp");
	assert_string_equal(json_string_value(json_object_get(original, "list_version")), "18");
	json_decref(back);
}

/* --- rules ------------------------------------------------------------ */

static void test_rules(void **state)
{
	static const struct {
		const char *number, *from, *to, *finding;
	} rules[] = {
		{ "0020", "MW-1", "a.b.c.d.e.f.g.h.i", "" },
		{ "0020", "MW-1", "a.b.c.d.e.f.g.h.i.", "rule.event-reference" },
		{ "0020", "MW-1", "a         b", "rule.event-reference" },
		{ "0020", "MW-1", "\xc3\xa4\xc3\x9f\xc3\xa4\xc3\x9f\xc3\xa4\xc3\x9f\xc3\xa4\xc3\x9f\xc3\xa4",
		  "rule.event-reference" },
		{ "0020", "MW-1", "", "schema.value" },
		{ "0020", "<ereignis.zeitpunkt>2026-11-16T09:00:00.000+01:00", "<ereignis.zeitpunkt>2026-11-16T09:00:00.000",
		  "rule.event-time" },
		{ "0010", "<code>X001</code>", "<code>S999</code>", "rule.reason-unexplained" },
		{ "0010", "<code>X001</code></grund>",
		  "<code>S999</code></grund><grundSpezifisch/><grundSpezifisch><fehlerbeschreibung>x</fehlerbeschreibung>"
		  "</grundSpezifisch>",
		  "" },
		{ "0010", "<code>X001</code></grund>", "<code>S999</code></grund><grundSpezifisch/>", "rule.reason-unexplained" },
		{ "0010", "<code>X001</code>", "<code>T200</code>", "schema.value" },
		{ "000002", "<code>T200</code>", "<code>S999</code>", "rule.reason-unexplained" },
		{ "000002", "<code>T200</code>", "<code>S030</code>", "schema.value" },
		{ "000020", "<code>070001</code>", "<code>000020</code>", "rule.container-in-container" },
		{ "000040", "paketnummer>1<", "paketnummer>0<", "rule.packet-number" },
		{ "000040", "paketnummer>1<", "paketnummer>-1<", "rule.packet-number" },
		{ "000040", "paketnummer>1<", "paketnummer>+010<", "" },
		{ "0021", "erinnerungsstufe>1<", "erinnerungsstufe>-1<", "schema.value" },
		{ "0030", "<kennung>azr:011200</kennung><name>Stadt<", "<kennung>azr:011201</kennung><name>Stadt<",
		  "rule.forwarder-last" },
		{ "0030", "<zeitpunkt>2026-11-16T09:00:00.000+01:00", "<zeitpunkt>2026-11-16T09:00:00.000", "rule.forwarder-time" },
		{ "0030", "<name>Stadt</name>", "<name> </name>", "rule.text-empty" },
		{ "0031", "<name>Stadt</name>", "<name/>", "rule.text-empty" },
		{ "0032", "<kennung>azr:000900<", "<kennung>azr:011200<", "rule.forwarder-author" },
		{ "0032", "<kennung>dbs:990000000070<", "<kennung>Bundesamt<", "frame.reader" },
		{ "0032", "<code>0032</code>", "<code>0031</code>", "frame.message-type" },
		{ "000030", "<xauslaender:ausloeserUUID>" UUID "</xauslaender:ausloeserUUID>", "", "schema.element" },
		{ "000030", "<code>DVDV</code>", "<code>SAFE</code>", "frame.directory" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		_cleanup_(osci_freep) char *xml = message(rules[i].number);
		_cleanup_(osci_freep) char *changed = schemas_replace(xml, rules[i].from, rules[i].to);
		char first[512];
		enum xausl_verdict v = schemas_verdict(t.x, changed, strlen(changed), first, sizeof(first));

		if (v != (rules[i].finding[0] ? XAUSL_INVALID : XAUSL_VALID) ||
		    strncmp(first, rules[i].finding, strlen(rules[i].finding)) != 0)
			fail_msg("%s, %s: %s, expected %s", rules[i].number, rules[i].to, first, rules[i].finding);
	}
}

/* The time of the last entry is an instant: the same in another zone. */
static void test_forwarder_instant(void **state)
{
	_cleanup_(osci_freep) char *xml = message("0030"), *same = NULL, *other = NULL;
	char from[96], to[96], utc[64], first[512];

	osci_format_datetime_utc(utc, sizeof(utc), t.frame.created_ms);
	snprintf(from, sizeof(from), "<zeitpunkt>%s", created);
	snprintf(to, sizeof(to), "<zeitpunkt>%s", utc);
	same = schemas_replace(xml, from, to);
	assert_int_equal(schemas_verdict(t.x, same, strlen(same), first, sizeof(first)), XAUSL_VALID);
	other = schemas_replace(xml, from, "<zeitpunkt>2026-11-16T09:00:00.001+01:00");
	assert_int_equal(schemas_verdict(t.x, other, strlen(other), first, sizeof(first)), XAUSL_INVALID);
	assert_int_equal(strncmp(first, "rule.forwarder-last", 19), 0);
}

/* @xml with what it carries replaced by @carried. */
static char *carrying(const char *xml, const char *carried, unsigned wrap)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(4u << 20);

	osci_base64_encode(&b, carried, strlen(carried), wrap);
	osci_buf_addc(&b, '\0');
	return schemas_replace(xml, "PGEvPg==", (const char *)b.data);
}

static void carries(const char *number, const char *carried, const char *named, const char *finding)
{
	_cleanup_(osci_freep) char *xml = message(number), *with = named ? schemas_replace(xml, "<nachricht>", named) : strdup(xml);
	_cleanup_(osci_freep) char *whole = carrying(with, carried, 76);
	char first[512];
	enum xausl_verdict v = schemas_verdict(t.x, whole, strlen(whole), first, sizeof(first));

	if (v != (finding ? XAUSL_INVALID : XAUSL_VALID) || (finding && strncmp(first, finding, strlen(finding)) != 0))
		fail_msg("%s, %s: %s, expected %s", number, named ? named : "not named", first, finding ? finding : "valid");
}

#define NAMED(uuid, number) \
	"<idNachricht><nachrichtenUUID>" uuid "</nachrichtenUUID><nachrichtentyp " \
	"listURI=\"urn:de:xauslaender:codelist:nachrichtentyp\" listVersionID=\"19\"><code>" number "</code></nachrichtentyp>" \
	"<erstellungszeitpunkt>2026-11-22T09:00:00.000+01:00</erstellungszeitpunkt></idNachricht><nachricht>"

/* A valid message goes back with its identification, and with no other. */
static void test_carried(void **state)
{
	_cleanup_(osci_freep) char *office = schemas_message("070001"), *inner = message("0010");
	_cleanup_(osci_freep) char *wrong = schemas_replace(office, "<xa:nurOrientierungskurs>", "<xa:nurOrientierungskurs>?");
	const char *uuid = strstr(office, "<nachrichtenUUID>") + strlen("<nachrichtenUUID>");
	char named[1024], upper[40];

	carries("0010", office, NULL, "rule.original-unnamed");
	carries("0010", inner, NULL, "rule.original-unnamed");
	carries("0010", "<a/>", NULL, NULL);
	carries("0010", "no XML", NULL, NULL);
	carries("0010", "", NULL, NULL);
	carries("0010", wrong, NULL, NULL);
	snprintf(upper, sizeof(upper), "%.36s", uuid);
	for (char *p = upper; *p; p++)
		*p = *p >= 'a' && *p <= 'f' ? (char)(*p - 32) : *p;
	for (int i = 0; i < 2; i++) {
		_cleanup_(osci_freep) char *form = schemas_replace(NAMED("0", "070001"), ">0<", ">UUID<");
		_cleanup_(osci_freep) char *whole = schemas_replace(form, "UUID<", "@");
		char *at = strchr(whole, '@');

		snprintf(named, sizeof(named), "%.*s%.36s<%s", (int)(at - whole), whole, i ? upper : uuid, at + 1);
		carries("0010", office, named, NULL);
	}
	carries("0010", office, NAMED("1d7a1f2e-30d5-4a3e-9a57-0d0a7a6f9999", "070001"), "rule.original-other");
	snprintf(named, sizeof(named), NAMED("%.36s", "070011"), uuid);
	carries("0010", office, named, "rule.original-other");
	carries("0010", wrong, named, "rule.original-other");
	carries("000020", office, NULL, NULL);
	carries("0030", office, NULL, "rule.original-other");
}

/* What a rejection says of a message comes from its head: also of one that breaks rules, as long as it can be repeated. */
static void test_original_of_head(void **state)
{
	static const struct {
		const char *from, *to;
		bool named;
	} heads[] = {
		{ "<code>070001</code>", "<code>070001</code>", true },
		{ "<nachrichtentyp>",
		  "<nachrichtentyp listURI=\"urn:de:xauslaender:codelist:nachrichtentyp\" listVersionID=\"19\">",
		  true },
		{ "<nachrichtentyp>", "<nachrichtentyp listURI=\"urn:other\" listVersionID=\"1\">", true },
		{ "+01:00</erstellungszeitpunkt>", "</erstellungszeitpunkt>", true },
		{ "<code>070001</code>", "<code>070011</code>", true },
		{ "<nachrichtenUUID>", "<nachrichtenUUID>x", false },
		{ "<erstellungszeitpunkt>", "<erstellungszeitpunkt>x", false },
		{ "<code>070001</code>", "<code/>", false },
	};
	_cleanup_(osci_freep) char *office = schemas_message("070001");

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		_cleanup_(osci_freep) char *changed = schemas_replace(office, heads[i].from, heads[i].to), *xml = NULL;
		_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1u << 20);
		json_t *original = NULL, *fields, *errors = NULL;
		size_t len;

		assert_int_equal(xausl_read_frame(&head, changed, strlen(changed), NULL, NULL), 0);
		assert_int_equal(xausl_head_original(&original, head), 0);
		if (!original != !heads[i].named)
			fail_msg("%s: %s", heads[i].to, original ? "named" : "not named");
		if (!original)
			continue;
		osci_base64_encode(&b, changed, strlen(changed), 0);
		fields = json_pack("{s:[{s:s}], s:o, s:o}", "reasons", "code", "X001", "original", original, "original_xml",
				   json_stringn((const char *)b.data, b.len));
		if (xausl_build(&xml, &len, t.release, "0010", fields, &t.frame, &errors, NULL))
			fail_msg("%s: %s", heads[i].to, json_dumps(errors, 0));
		json_decref(fields);
	}
}

/* --- faults of who builds --------------------------------------------- */

static void test_build_faults(void **state)
{
	static const struct {
		const char *number, *patch, *field, *code;
	} faults[] = {
		{ "0010", "{\"original_xml\":null}", "original_xml", "invalid" },
		{ "0010", "{\"original_xml\":\"PGEv Pg==\"}", "original_xml", "invalid" },
		{ "0010", "{\"original_xml\":\"PGEvPg=\"}", "original_xml", "invalid" },
		{ "0010", "{\"original_xml\":\"PGEvPh==\"}", "original_xml", "invalid" },
		{ "0010", "{\"original_xml\":\"PGE\\u00e4\"}", "original_xml", "invalid" },
		{ "0010", "{\"reasons\":[]}", "reasons", "missing" },
		{ "0010", "{\"reasons\":[{\"code\":\"T200\"}]}", "reasons[1].code", "unknown_code" },
		{ "0010", "{\"reasons\":[{\"code\":\"S001\",\"name\":\"anders\"}]}", "reasons[1].name", "invalid" },
		{ "0010", "{\"reasons\":[{\"code\":\"S999\"}]}", "reasons[1]", "invalid" },
		{ "0010", "{\"reasons\":[{\"code\":\"S999\",\"details\":[{\"code\":\"1\",\"list\":\"urn:a\"}]}]}",
		  "reasons[1].details[1].list_version", "missing" },
		{ "0010", "{\"reasons\":[{\"code\":\"S999\",\"details\":[{\"code\":\"1\"}]}]}", "reasons[1].details[1].code",
		  "unknown_code" },
		{ "0010", "{\"reasons\":[{\"code\":\"S999\",\"details\":[{\"list\":\"urn:a\",\"list_version\":\"1\"}]}]}",
		  "reasons[1].details[1].code", "missing" },
		{ "0010", "{\"original\":{\"uuid\":\"" UUID "\",\"message\":\"999999\",\"created\":\"2026-11-16T09:00:00Z\"}}",
		  "original.message", "unknown_code" },
		{ "0010", "{\"original\":{\"uuid\":\"" UUID "\",\"message\":\"070001\",\"created\":\"2026-11-16\"}}",
		  "original.created", "invalid" },
		{ "0010", "{\"rejected_by\":\"Stelle\"}", "rejected_by_contact.address.postcode", "missing" },
		{ "0010", "{\"text\":\"x\"}", "text", "unknown_field" },
		{ "000030", "{\"original\":{}}", "original.uuid", "missing" },
		{ "000040", "{\"packet\":0}", "packet", "invalid" },
		{ "0021", "{\"reminder\":-1}", "reminder", "invalid" },
		{ "0020", "{\"event\":{\"time\":\"2026-11-16T09:00:00\",\"reference\":\"a\"}}", "event.time", "invalid" },
		{ "0020", "{\"event\":{\"time\":\"2026-11-16T09:00:00Z\",\"reference\":\"---------\"}}",
		  "event.reference", "invalid" },
		{ "0032", "{\"forwarders\":[" FORWARDER("azr:011200", "2026-11-16T09:00:00Z") "]}", "forwarders[1]", "invalid" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		json_t *errors = NULL, *e;
		char *xml = NULL;
		size_t len;
		bool hit = false;
		size_t k;

		assert_int_equal(build(faults[i].number, faults[i].patch, &xml, &len, &errors), OSCI_E_MALFORMED);
		assert_null(xml);
		json_array_foreach(errors, k, e) {
			const char *field = json_string_value(json_object_get(e, "field"));

			hit = hit || (field && !strcmp(field, faults[i].field) &&
				      !strcmp(json_string_value(json_object_get(e, "code")), faults[i].code));
		}
		if (!hit)
			fail_msg("%s %s: %s", faults[i].number, faults[i].patch, json_dumps(errors, 0));
		json_decref(errors);
	}
}

/* --- size and hostility ----------------------------------------------- */

static void limited(const char *what, const char *text, size_t len, enum xausl_verdict expected, const char *finding)
{
	struct timespec a, b;
	char first[512];
	enum xausl_verdict v;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	v = schemas_verdict(t.x, text, len, first, sizeof(first));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	if (v != expected || strncmp(first, finding, strlen(finding)) != 0)
		fail_msg("%s: %s, expected %s", what, first, finding);
	assert_true((double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9 < T_SLOWER);
}

/* @times copies of @piece in place of @from. */
static char *repeated(const char *xml, const char *from, const char *piece, unsigned times)
{
	_cleanup_(osci_freep) char *many = malloc(times * strlen(piece) + 1);
	char *p = many;

	assert_non_null(many);
	while (times--)
		p = stpcpy(p, piece);
	return schemas_replace(xml, from, many);
}

/* A rejected message as large as one may be fits; a text of that size does not. */
static void test_large(void **state)
{
	_cleanup_(osci_freep) char *xml = message("0010"), *other = message("0032");
	_cleanup_(osci_freep) char *inside = repeated(xml, "PGEvPg==", "AAAA", XAUSL_OCTETS_MAX / 4);
	_cleanup_(osci_freep) char *more = repeated(xml, "PGEvPg==", "AAAA", XAUSL_OCTETS_MAX / 4 + 1);
	_cleanup_(osci_freep) char *text = schemas_replace(other, "</xiwl:", "<bemerkung>%</bemerkung></xiwl:");
	_cleanup_(osci_freep) char *longer = repeated(text, "%", "AAAA", XAUSL_TEXT_MAX / 4 + 1);
	_cleanup_(osci_freep) char *blank = repeated(xml, "<rueckweisungsgrund>", "          ", 110000);
	_cleanup_(osci_freep) char *deep = repeated(xml, "PGEvPg==", "<nachricht>", 5000);
	json_t *back;

	limited("octets", inside, strlen(inside), XAUSL_VALID, "");
	back = map_test_read(&t, inside, strlen(inside));
	assert_int_equal(json_string_length(json_object_get(back, "original_xml")), XAUSL_OCTETS_MAX);
	json_decref(back);
	limited("more octets", more, strlen(more), XAUSL_INVALID, "xml.limit");
	limited("long text", longer, strlen(longer), XAUSL_INVALID,
		"xml.limit xiwl:weiterleitung.nichtzustaendigkeit.0032/bemerkung");
	limited("white space", blank, strlen(blank), XAUSL_INVALID, "xml.");
	limited("depth", deep, strlen(deep), XAUSL_INVALID, "xml.");
}

static void test_hostile(void **state)
{
	static const struct {
		const char *number, *from, *piece, *finding;
		unsigned times;
	} attacks[] = {
		/* bounded by the schema, and not */
		{ "0010", "<rueckweisung>", "<rueckweisung>", "xml.limit", 10000 },
		{ "0020", "<erstellungszeitpunkt>", "<x/>", "xml.malformed", 10000 },
		{ "0010", "<nachricht>PGEvPg==</nachricht>", "<nachricht>PGEvPg==</nachricht>", "schema.", 10000 },
		{ "000030", "<xauslaender:bemerkung>verzogen</xauslaender:bemerkung>",
		  "<xauslaender:bemerkung>verzogen</xauslaender:bemerkung>", "schema.", 10000 },
		{ "0010", "<rueckweisungsgrund>", "<rueckweisungsgrund><grund><code>X001</code></grund></rueckweisungsgrund>",
		  "xml.malformed", 10000 },
		/* names and texts outside of DIN 91379 */
		{ "000030", "verzogen", "\xd0\x90", "schema.", 100 },
		{ "000030", "verzogen", "\xe2\x80\x93", "schema.", 1 },
		{ "000030", "verzogen", "\xf0\x9f\x98\x80", "schema.", 20000 },
		{ "000030", "verzogen", "\xcc\x88", "schema.", 1 },
		{ "0031", "<name>Stadt", "<name>\xd8\xb4", "schema.", 1 },
		/* times and dates in part, or impossible */
		{ "0020", ">2026-11-16T09:00:00.000+01:00</ereignis", ">2026-11-16</ereignis", "schema.", 1 },
		{ "0020", ">2026-11-16T09:00:00.000+01:00</ereignis", ">2026-11</ereignis", "schema.", 1 },
		{ "0020", ">2026-11-16T09:00:00.000+01:00</ereignis", ">2026-02-30T09:00:00Z</ereignis", "schema.", 1 },
		{ "0020", ">2026-11-16T09:00:00.000+01:00</ereignis", "></ereignis", "schema.", 1 },
		/* marks: nothing to step back over */
		{ "0020", "MW-1", "a", "schema.", 101 },
		{ "0020", "MW-1", "-", "schema.", 50000 },
		{ "0021", "erinnerungsstufe>1", "erinnerungsstufe>1.5", "schema.", 1 },
		{ "0010", "PGEvPg==", "====", "schema.", 10000 },
		{ "0010", "PGEvPg==", "\xc3\xa4", "schema.", 10000 },
	};

	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		_cleanup_(osci_freep) char *xml = message(attacks[i].number);
		_cleanup_(osci_freep) char *changed = repeated(xml, attacks[i].from, attacks[i].piece, attacks[i].times);

		limited(attacks[i].piece, changed, strlen(changed), XAUSL_INVALID, attacks[i].finding);
	}
}

/* What the schema does not bound is valid, and read to its last entry. */
static void test_ten_thousand_reasons(void **state)
{
	static const char piece[] = "<rueckweisungsgrund><grund><code>X001</code></grund></rueckweisungsgrund>";
	_cleanup_(osci_freep) char *xml = message("0010");
	_cleanup_(osci_freep) char *marked = schemas_replace(xml, "<rueckweisungsgrund>", "%<rueckweisungsgrund>");
	_cleanup_(osci_freep) char *many = repeated(marked, "%", piece, 10000);
	json_t *back;

	limited("reasons", many, strlen(many), XAUSL_VALID, "");
	back = map_test_read(&t, many, strlen(many));
	assert_int_equal(json_array_size(json_object_get(back, "reasons")), 10001);
	json_decref(back);
}

static int setup(void **state)
{
	map_test_open(&t);
	osci_format_datetime_berlin(created, sizeof(created), t.frame.created_ms);
	return 0;
}

static int teardown(void **state)
{
	map_test_close(&t);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_of_versions),
		cmocka_unit_test(test_read_rejection),
		cmocka_unit_test(test_reference_to_other_release),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_forwarder_instant),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_original_of_head),
		cmocka_unit_test(test_build_faults),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_ten_thousand_reasons),
	};

	return cmocka_run_group_tests_name("admin", tests, setup, teardown);
}
