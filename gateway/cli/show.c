/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show - receipts and deliveries of the bus in plain words, for a terminal
 *
 * Texts come from the gateway and from BAMF: control characters are escaped before they reach
 * the terminal.
 */
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/office.h"

#define LINE_MAX_OCTETS (64 * 1024)

static const struct {
	const char *outcome, *words;
	bool final;
} outcomes[] = {
	{ "accepted", "accepted by the BAMF", true },
	{ "duplicate", "possible duplicate, the BAMF clarifies; another answer follows", false },
	{ "refused", "refused by the BAMF", true },
	{ "question", "the BAMF asks whether the obligation replaces the entitlement", false },
	{ "information", "information from the BAMF", true },
	{ "attendance", "data on the course", true },
	{ "attendance_refused", "no data on the course", true },
	{ "takeover_refused", "takeover not possible", true },
	{ "rejected-by-partner", "rejected by the BAMF as faulty", true },
	{ "held", "stopped by the gateway, the operator must act", false },
	{ "overdue", "no answer so far", false },
	{ "reminder", "duplicate not clarified so far: call the Regionalstelle", false },
	{ "lapsed", "the question was not answered in time", true },
};

bool outcome_is_final(const char *outcome)
{
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (!strcmp(outcomes[i].outcome, outcome))
			return outcomes[i].final;
	return false;
}

static const char *words_of(const char *outcome)
{
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (!strcmp(outcomes[i].outcome, outcome))
			return outcomes[i].words;
	return outcome;
}

/* Member by dotted path; NULL if absent. */
static const json_t *at(const json_t *j, const char *path)
{
	char name[64];

	while (j && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		j = json_object_get(j, name);
		path += n + (path[n] == '.');
	}
	return j;
}

static void put(FILE *out, const char *before, const char *text, const char *after)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(LINE_MAX_OCTETS);

	osci_escape_line(&b, text, strlen(text));
	fprintf(out, "%s%s%s", before, b.data ? (const char *)b.data : "", after);
}

/* "  label: value" if the member is there. */
static void line(FILE *out, const char *label, const json_t *j, const char *path)
{
	const json_t *v = at(j, path);
	char number[32];
	const char *text;

	if (json_is_string(v))
		text = json_string_value(v);
	else if (json_is_boolean(v))
		text = json_is_true(v) ? "yes" : "no";
	else if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		text = number;
	} else
		return;
	fprintf(out, "  %-18s", label);
	put(out, " ", text, "\n");
}

static const char *text_at(const json_t *j, const char *path)
{
	const char *s = json_string_value(at(j, path));

	return s ? s : "";
}

static void errors(FILE *out, const json_t *list)
{
	const json_t *e;
	size_t i;

	json_array_foreach(list, i, e) {
		const json_t *where = at(e, "line");

		fprintf(out, "  -");
		if (json_is_integer(where))
			fprintf(out, " line %lld,", (long long)json_integer_value(where));
		if (*text_at(e, "path"))
			put(out, " ", text_at(e, "path"), ":");
		else if (*text_at(e, "field"))
			put(out, " ", text_at(e, "field"), ":");
		put(out, " ", text_at(e, "text"), "");
		put(out, " [", text_at(e, "code"), "");
		if (*text_at(e, "standard_code"))
			put(out, ", ", text_at(e, "standard_code"), "");
		fprintf(out, "]\n");
	}
}

void show_receipt(FILE *out, const json_t *receipt)
{
	bool accepted = !strcmp(text_at(receipt, "outcome"), "accepted-by-gateway");

	put(out, "request ", text_at(receipt, "request"), accepted ? ": accepted by the gateway, journalled\n" :
							  ": refused by the gateway, nothing was sent\n");
	line(out, "message UUID", receipt, "uuid");
	line(out, "release", receipt, "release");
	errors(out, at(receipt, "errors"));
}

void show_delivery(FILE *out, const json_t *d)
{
	const json_t *note;
	size_t i;

	put(out, "request ", text_at(d, "request"), ": ");
	put(out, "", words_of(text_at(d, "outcome")), "");
	if (*text_at(d, "message"))
		put(out, " (", text_at(d, "message"), ")");
	fprintf(out, "%s\n", json_is_true(at(d, "redelivery")) ? " [offered before]" : "");
	line(out, "BAMF-Kennziffer", d, "record.kennziffer");
	line(out, "kind", d, "record.art_name");
	line(out, "valid from", d, "record.valid_from");
	line(out, "valid until", d, "record.valid_until");
	if (json_is_true(at(d, "record.unlimited")))
		fprintf(out, "  %-18s unbefristet\n", "valid until");
	line(out, "issued by", d, "record.issuer.name");
	line(out, "result", d, "result");
	line(out, "reason code", d, "reason.code");
	line(out, "reason", d, "reason.name");
	line(out, "text", d, "reason.text");
	line(out, "can be taken over", d, "can_take_over");
	json_array_foreach(at(d, "notes"), i, note) {
		line(out, "note code", note, "code");
		line(out, "note", note, "name");
	}
	json_array_foreach(at(d, "reasons"), i, note) {
		line(out, "reason code", note, "code");
		line(out, "reason", note, "name");
	}
	errors(out, at(d, "errors"));
}
