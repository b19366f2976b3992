/* SPDX-License-Identifier: Apache-2.0 */
/* fake_xausl - see fake_xausl.h */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xausl/calendar.h>
#include <xausl/package.h>
#include "fake_xausl.h"

struct xausl_release {
	const char *version;
};

bool fake_no_release, fake_old_accepted;
const char *fake_version = "26.11", *fake_vanished;
bool fake_early, fake_unchecked;
int64_t fake_begins, fake_switch;
enum xausl_send_reason fake_why = XAUSL_SEND_NONE_IN_FORCE;
size_t fake_warnings;
static const struct xausl_release releases[] = { { "26.11" }, { "27.05" } };
static char number[16];

int xausl_open(struct xausl **ret, const char *schemas, const char *versions, struct osci_err *err)
{
	*ret = NULL;
	return 0;
}

void xausl_freep(struct xausl **x)
{
	*x = NULL;
}

size_t xausl_release_count(const struct xausl *x)
{
	return 1;
}

const struct xausl_release *xausl_release_get(const struct xausl *x, size_t i)
{
	return &releases[i];
}

const struct xausl_release *xausl_release_find(const struct xausl *x, const char *version)
{
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		if (!strcmp(releases[i].version, version))
			return &releases[i];
	return NULL;
}

const struct xausl_release *xausl_release_at(const struct xausl *x, int64_t now_ms)
{
	return fake_no_release ? NULL : xausl_release_find(x, fake_version);
}

const struct xausl_release *xausl_release_to_send(const struct xausl *x, const struct xausl_announcement *a, size_t n,
						  int64_t now_ms, enum xausl_send_reason *why)
{
	if (why)
		*why = fake_no_release ? fake_why : XAUSL_SEND_CALENDAR;
	if (fake_switch)
		return now_ms < fake_switch ? &releases[0] : &releases[1];
	return xausl_release_at(x, now_ms);
}

int64_t xausl_send_changes(const struct xausl *x, const struct xausl_announcement *a, size_t n, int64_t now_ms)
{
	return now_ms + 1000;
}

const char *xausl_send_reason_text(enum xausl_send_reason why)
{
	return "made up";
}

enum xausl_acceptance xausl_release_acceptance(const struct xausl *x, const struct xausl_announcement *a, size_t n,
					       const struct xausl_release *release, int64_t now_ms)
{
	if (fake_no_release)
		return XAUSL_ACCEPT_UNKNOWN;
	if (fake_early && now_ms < fake_begins)
		return XAUSL_ACCEPT_TOO_EARLY;
	if (release == xausl_release_at(x, now_ms))
		return XAUSL_ACCEPT_IN_FORCE;
	return fake_old_accepted ? XAUSL_ACCEPT_OLD : XAUSL_ACCEPT_TOO_LATE;
}

bool xausl_release_window(const struct xausl_release *r, struct xausl_window *ret)
{
	*ret = (struct xausl_window){ .in_force_ms = fake_begins, .send_from_ms = fake_begins };
	return true;
}

size_t xausl_calendar_check(const struct xausl *x, int64_t now_ms, struct xausl_calendar_finding *out, size_t max)
{
	return 0;
}

size_t xausl_calendar_warnings(const struct xausl *x, const struct xausl_partner *partners, size_t n_partners,
			       const struct xausl_approvals *approvals, int64_t now_ms, struct xausl_step *step,
			       struct xausl_warning *out, size_t max)
{
	for (size_t i = 0; i < fake_warnings && i < max; i++)
		out[i] = (struct xausl_warning){ .missing = XAUSL_MISSING_MODULE, .id = "missing.module", .release = "27.05",
						 .partner = "", .days = 7, .text = "made up" };
	return fake_warnings;
}

const char *xausl_release_version(const struct xausl_release *r)
{
	return r->version;
}

bool xausl_release_has_module(const struct xausl_release *r)
{
	return true;
}

int xausl_message_direction(const struct xausl_release *r, const char *n)
{
	if (strncmp(n, "07", 2) != 0)
		return 2;
	if (fake_vanished && !strcmp(r->version, "27.05") && !strcmp(n, fake_vanished))
		return 0;
	return !strcmp(n, "070001") || !strcmp(n, "070007") || !strcmp(n, "070008") || !strcmp(n, "070019") ? 1 : -1;
}

/* <r.0010 uuid="..." trigger="of the rejected message" codes="X001 S011 "/> */
static int build_rejection(char **ret, size_t *ret_len, const json_t *fields, const struct xausl_frame *frame)
{
	const char *of = json_string_value(json_object_get(json_object_get(fields, "original"), "uuid"));
	char codes[100] = "";
	json_t *reason;
	size_t i, n;

	json_array_foreach(json_object_get(fields, "reasons"), i, reason) {
		n = strlen(codes);
		snprintf(codes + n, sizeof(codes) - n, "%s ", json_string_value(json_object_get(reason, "code")));
	}
	if (asprintf(ret, "<r.0010 uuid=\"%s\" trigger=\"%s\" codes=\"%s\" to=\"%s\"/>", frame->uuid, of ? of : "", codes,
		     frame->reader.key) < 0)
		return -ENOMEM;
	*ret_len = strlen(*ret);
	return 0;
}

int xausl_build(char **ret, size_t *ret_len, const struct xausl_release *r, const char *n, const json_t *fields,
		const struct xausl_frame *frame, json_t **errors, struct osci_err *err)
{
	const char *needed;

	if (!strcmp(n, "0010"))
		return build_rejection(ret, ret_len, fields, frame);
	needed = !strcmp(n, "070007") ? "replace" : "orientation_course_only";

	if (strcmp(n, "070019") && !json_object_get(fields, needed)) {
		*errors = json_pack("[{s:s, s:s, s:s, s:s}]", "field", needed, "code", "missing", "standard_code", "X001",
				    "text", "not given");
		return OSCI_E_MALFORMED;
	}
	if (!strcmp(r->version, "27.05") && !strcmp(n, "070001") && !json_object_get(fields, "moved_in")) {
		*errors = json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}]", "field", "moved_in", "code", "missing",
				    "standard_code", "X001", "text", "not given", "field", "purpose", "code", "unknown_code",
				    "text", "not in the list");
		return OSCI_E_MALFORMED;
	}
	if (asprintf(ret, "<%s uuid=\"%s\"%s%s%s%s/>", n, frame->uuid, frame->trigger_uuid ? " trigger=\"" : "",
		     frame->trigger_uuid ? frame->trigger_uuid : "", frame->trigger_uuid ? "\"" : "",
		     !strcmp(r->version, "27.05") ? " v2705=\"\"" : "") < 0)
		return -ENOMEM;
	*ret_len = strlen(*ret);
	return 0;
}

/* Of <070001 ...> and <r.0010 ...>. */
static void number_of(const char *data, char *out, size_t size)
{
	size_t n = strcspn(++data, " /");
	const char *dot = memchr(data, '.', n);

	snprintf(out, size, "%.*s", (int)(dot ? data + n - dot - 1 : (ptrdiff_t)n), dot ? dot + 1 : data);
}

int xausl_validate(struct xausl_report **ret, const struct xausl *x, const struct xausl_check_opts *opts,
		   const void *data, size_t len, struct osci_err *err)
{
	static const struct xausl_finding finding = { .id = "schema.element", .layer = "schema", .path = "/a/b", .line = 3,
						      .what = "not expected", .expected = "c", .standard_code = "X001",
						      .value_class = "" };
	struct xausl_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->verdict = XAUSL_NOT_CHECKED;
	if (fake_unchecked) {
		report->release = report->version = report->message = report->number = "";
		*ret = report;
		return 0;
	}
	report->release = strstr(data, "v2705") ? "27.05" : "26.11";
	report->version = report->release;
	report->message = "";
	report->number = number;
	if (len > 7 && ((const char *)data)[0] == '<' && !strstr(data, "wrong")) {
		number_of(data, number, sizeof(number));
		report->verdict = XAUSL_VALID;
	} else {
		report->verdict = XAUSL_INVALID;
		report->findings = &finding;
		report->n_findings = report->n_errors = 1;
	}
	*ret = report;
	return 0;
}

void xausl_report_freep(struct xausl_report **r)
{
	free(*r);
	*r = NULL;
}

static const char *attribute(const char *data, const char *name, char *out, size_t size)
{
	const char *p = strstr(data, name), *end;

	if (!p || !(end = strchr(p + strlen(name) + 2, '"')))
		return NULL;
	snprintf(out, size, "%.*s", (int)(end - p - strlen(name) - 2), p + strlen(name) + 2);
	return out;
}

int xausl_read(json_t **ret, const struct xausl_release *r, const void *data, size_t len,
	       const struct osci_limits *limits, struct osci_err *err)
{
	char n[16], uuid[64], trigger[64], reader[64], author[64], extra[64];
	bool from_office;

	number_of(data, n, sizeof(n));
	from_office = xausl_message_direction(r, n) == 1;
	if (!attribute(data, "reader", reader, sizeof(reader)))
		snprintf(reader, sizeof(reader), "%s", from_office ? FAKE_BAMF : FAKE_OFFICE);
	if (!attribute(data, "author", author, sizeof(author)))
		snprintf(author, sizeof(author), "%s", from_office ? FAKE_OFFICE : FAKE_BAMF);
	*ret = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:b, s:b, s:{s:s}, s:{s:s}}", "message", n,
			 "release", r->version, "extra", attribute(data, "extra", extra, sizeof(extra)), "uuid",
			 attribute(data, "uuid", uuid, sizeof(uuid)), "trigger",
			 attribute(data, "trigger", trigger, sizeof(trigger)), "replace", strstr(data, "yes") != NULL,
			 "orientation_course_only", 1, "author", "key", author, "reader", "key", reader);
	return *ret ? 0 : -ENOMEM;
}

struct head {
	struct xausl_head pub;
	char number[16], uuid[64], trigger[64], reader[64], author[64];
};

int xausl_read_frame(struct xausl_head **ret, const void *data, size_t len, const struct osci_limits *limits,
		     struct osci_err *err)
{
	struct head *h = calloc(1, sizeof(*h));
	bool from_office;

	if (!h || len < 8 || *(const char *)data != '<' || !attribute(data, "uuid", h->uuid, sizeof(h->uuid))) {
		free(h);
		return OSCI_E_MALFORMED;
	}
	number_of(data, h->number, sizeof(h->number));
	from_office = xausl_message_direction(&releases[0], h->number) == 1;
	attribute(data, "trigger", h->trigger, sizeof(h->trigger));
	if (!attribute(data, "reader", h->reader, sizeof(h->reader)))
		snprintf(h->reader, sizeof(h->reader), "%s", from_office ? FAKE_BAMF : FAKE_OFFICE);
	if (!attribute(data, "author", h->author, sizeof(h->author)))
		snprintf(h->author, sizeof(h->author), "%s", from_office ? FAKE_OFFICE : FAKE_BAMF);
	h->pub = (struct xausl_head){ .root = "", .namespace_uri = "", .number = h->number, .uuid = h->uuid, .type = h->number,
				      .type_list = "", .type_version = "", .standard = "", .version = "", .author_key = h->author,
				      .author_name = "", .reader_key = h->reader, .reader_name = "", .trigger_uuid = h->trigger };
	*ret = &h->pub;
	return 0;
}

void xausl_head_freep(struct xausl_head **h)
{
	free(*h);
	*h = NULL;
}

const struct xausl_release *xausl_release_by_namespace(const struct xausl *x, const char *ns)
{
	return NULL;
}

const struct xausl_package *xausl_release_package(const struct xausl_release *r)
{
	return NULL;
}

int xausl_open_imported(struct xausl *x, const char *folder, struct osci_err *err)
{
	return 0;
}
