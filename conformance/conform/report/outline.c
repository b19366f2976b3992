/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outline - what of a run is the same when the same programs run it again; baselines
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/compare.h"

/* --- of a result ------------------------------------------------------------ */

/* Appends to a list that writes the same word n times in a row as "WORD x n". */
static int append_word(json_t *list, const char *what)
{
	size_t n = json_array_size(list), len = strlen(what);
	const char *last = n ? json_string_value(json_array_get(list, n - 1)) : NULL;
	uint64_t times = 1;

	if (last && !strncmp(last, what, len) &&
	    (!last[len] || (!strncmp(last + len, " x ", 3) &&
			    !osci_parse_u64(last + len + 3, strlen(last + len + 3), UINT32_MAX, &times))))
		return json_array_set_new(list, n - 1, json_sprintf("%s x %u", what, (unsigned)times + 1));
	return json_array_append_new(list, json_string(what));
}

static int add_message(json_t *ways, const struct cf_result_message *m)
{
	char way[512];
	json_t *list;

	snprintf(way, sizeof(way), "%.250s > %.250s", m->from ? m->from : "?", m->to ? m->to : "?");
	list = json_object_get(ways, way);
	if (!list && json_object_set_new(ways, way, json_array()))
		return -ENOMEM;
	return append_word(list ? list : json_object_get(ways, way), m->what ? m->what : "?");
}

static json_t *case_outline(const struct cf_result_case *c)
{
	json_auto_t *j = json_pack("{s:s, s:{}, s:I, s:s*, s:s*}", "result", cf_verdict_name(c->verdict), "messages", "ms",
				   (json_int_t)c->real_ms, "title", c->title, "reason", c->reason);

	for (size_t i = 0; j && i < c->n_messages; i++)
		if (add_message(json_object_get(j, "messages"), &c->messages[i]))
			return NULL;
	return json_incref(j);
}

static void name_of(struct osci_buf *b, const struct cf_result *r, size_t at, const json_t *cases)
{
	size_t len, n = cf_result_again(r, at) ? r->cases[at]->n_switches : 0;
	const struct cf_result_case *c = r->cases[at];
	char name[CF_RESULT_NAME_MAX];

	osci_buf_adds(b, c ? cf_result_case_name(c, name, sizeof(name)) : "(no result)");
	for (size_t i = 0; i < n; i++)
		osci_buf_addf(b, "%s%s=%s", i ? ", " : " {", c->switches[i].name, c->switches[i].value);
	if (n)
		osci_buf_addc(b, '}');
	/* the same case several times in one run: the n-th is compared with the n-th */
	len = b->len;
	for (unsigned k = 2; b->data && json_object_get(cases, (const char *)b->data); k++) {
		b->len = len;
		osci_buf_addf(b, " #%u", k);
	}
}

static int add_case(json_t *cases, const struct cf_result *r, size_t at)
{
	_cleanup_buf_ struct osci_buf name = OSCI_BUF_INIT(1u << 20);
	const struct cf_result_case *c = r->cases[at];

	name_of(&name, r, at, cases);
	if (!name.data)
		return -ENOMEM;
	return json_object_set_new(cases, (const char *)name.data,
				   c ? case_outline(c) : json_pack("{s:s, s:{}}", "result", "setup-error", "messages"));
}

json_t *cf_outline_of(const struct cf_result *r)
{
	json_auto_t *j = json_pack("{s:s*, s:s*, s:I, s:I, s:{}, s:{}}", "release", r->release, "subject", r->subject, "started",
				   (json_int_t)r->started_ms, "ms",
				   (json_int_t)(r->ended_ms > r->started_ms ? r->ended_ms - r->started_ms : 0), "artifacts",
				   "cases");

	for (size_t i = 0; j && i < r->n_artifacts; i++)
		if (json_object_set_new(json_object_get(j, "artifacts"), r->artifacts[i].name ? r->artifacts[i].name : "?",
					json_string(r->artifacts[i].sha256)))
			return NULL;
	for (size_t i = 0; j && i < r->n_cases; i++)
		if (add_case(json_object_get(j, "cases"), r, i))
			return NULL;
	return json_incref(j);
}

/* --- baselines --------------------------------------------------------------- */

static int append(const char *data, size_t len, void *ctx)
{
	struct osci_buf *out = ctx;

	osci_buf_add(out, data, len);
	return osci_buf_error(out) ? -1 : 0;
}

int cf_baseline_make(struct osci_buf *out, const struct cf_result *r, struct osci_err *err)
{
	json_auto_t *j = NULL;
	const char *name;
	json_t *c;

	if (cf_result_verdict(r) == CF_RUN_UNUSABLE)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL, "a run without a verdict is no baseline");
	j = cf_outline_of(r);
	if (!j || json_object_set_new(j, "format", json_string(CF_BASELINE_FORMAT)))
		return -ENOMEM;
	json_object_del(j, "subject");
	json_object_del(j, "started");
	json_object_del(j, "ms");
	json_object_del(j, "artifacts");
	json_object_foreach(json_object_get(j, "cases"), name, c) {
		json_object_del(c, "ms");
		json_object_del(c, "title");
		json_object_del(c, "reason");
	}
	if (json_dump_callback(j, append, out, JSON_INDENT(1) | JSON_SORT_KEYS) && !osci_buf_error(out))
		return -ENOMEM;
	osci_buf_addc(out, '\n');
	return osci_buf_error(out);
}

static int bad(struct osci_err *err, const char *where, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "%s", what);
}

static bool words_only(const json_t *list)
{
	const json_t *word;
	size_t i;

	json_array_foreach(list, i, word)
		if (!json_is_string(word))
			return false;
	return json_is_array(list);
}

static int check_case(const char *name, json_t *c, struct osci_err *err)
{
	const char *result = json_string_value(json_object_get(c, "result")), *way;
	json_t *messages = json_object_get(c, "messages"), *list;
	enum cf_verdict v;

	if (!result || cf_verdict_parse(&v, result) || !json_is_object(messages) || json_object_size(c) != 2)
		return bad(err, name, "a case of a baseline has result and messages, nothing else");
	json_object_foreach(messages, way, list)
		if (!words_only(list))
			return bad(err, name, "messages are lists of words");
	return 0;
}

int cf_baseline_read(json_t **ret, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_BASELINE_MAX + 1);
	int rc = osci_file_read(path, CF_BASELINE_MAX, false, &b, err);
	const char *format, *key;
	json_auto_t *j = NULL;
	json_error_t error;
	json_t *v;

	*ret = NULL;
	if (rc)
		return rc;
	j = json_loadb(b.data ? (const char *)b.data : "", b.len, JSON_REJECT_DUPLICATES, &error);
	if (!j)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, path, "no JSON: line %d, column %d", error.line, error.column);
	format = json_string_value(json_object_get(j, "format"));
	if (!format || strcmp(format, CF_BASELINE_FORMAT))
		return bad(err, path, "no baseline: format is not " CF_BASELINE_FORMAT);
	json_object_foreach(j, key, v)
		if (strcmp(key, "format") && strcmp(key, "cases") && (strcmp(key, "release") || !json_is_string(v)))
			return bad(err, path, "unknown key");
	if (!json_is_object(json_object_get(j, "cases")))
		return bad(err, path, "cases are missing");
	json_object_foreach(json_object_get(j, "cases"), key, v) {
		rc = check_case(key, v, err);
		if (rc)
			return rc;
	}
	*ret = json_incref(j);
	return 0;
}
