/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - a result as JSON and back
 *
 * One table for each struct says which members there are, so that what is written and what is read cannot drift apart.
 * Members without a value are left out.  "summary" is what the rest adds up to; a file in which it does not is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/result.h"

enum kind { TEXT, COUNT, SIZE, TIME, VERDICT, STATE, ARTIFACT, SHA256 };

struct member {
	const char *key;
	enum kind kind;
	size_t at;
};

struct list {
	const char *key;
	const struct member *members;
	size_t n_members, size, at, at_n;
};

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define M(type, key, kind) { #key, kind, offsetof(struct type, key) }
#define L(type, list, entry, members) \
	{ #list, members, N(members), sizeof(struct entry), offsetof(struct type, list), offsetof(struct type, n_##list) }

static const struct member pair_members[] = { M(cf_result_pair, name, TEXT), M(cf_result_pair, value, TEXT) };
static const struct member artifact_members[] = {
	M(cf_result_artifact, kind, ARTIFACT), M(cf_result_artifact, name, TEXT), M(cf_result_artifact, version, TEXT),
	M(cf_result_artifact, sha256, SHA256),
};
static const struct member requirement_members[] = {
	M(cf_result_requirement, id, TEXT), M(cf_result_requirement, what, TEXT), M(cf_result_requirement, source, TEXT),
	M(cf_result_requirement, section, TEXT), M(cf_result_requirement, group, TEXT),
};
static const struct member step_members[] = {
	M(cf_result_step, path, TEXT), M(cf_result_step, line, COUNT), M(cf_result_step, kind, TEXT),
	M(cf_result_step, what, TEXT), M(cf_result_step, state, STATE), M(cf_result_step, case_ms, TIME),
};
static const struct member message_members[] = {
	M(cf_result_message, case_ms, TIME), M(cf_result_message, from, TEXT), M(cf_result_message, to, TEXT),
	M(cf_result_message, what, TEXT), M(cf_result_message, uuid, TEXT), M(cf_result_message, label, TEXT),
	M(cf_result_message, release, TEXT),
};
static const struct member failure_members[] = {
	M(cf_result_failure, path, TEXT), M(cf_result_failure, line, COUNT), M(cf_result_failure, field, TEXT),
	M(cf_result_failure, expected, TEXT), M(cf_result_failure, seen, TEXT), M(cf_result_failure, text, TEXT),
	M(cf_result_failure, case_ms, TIME),
};
static const struct member check_members[] = {
	M(cf_result_check, number, COUNT), M(cf_result_check, what, TEXT), M(cf_result_check, verdict, VERDICT),
	M(cf_result_check, text, TEXT),
};
static const struct member log_members[] = { M(cf_result_log, program, TEXT), M(cf_result_log, text, TEXT) };

static const struct member case_members[] = {
	M(cf_result_case, id, TEXT), M(cf_result_case, variant, TEXT), M(cf_result_case, title, TEXT),
	M(cf_result_case, verdict, VERDICT), M(cf_result_case, reason, TEXT), M(cf_result_case, requirement, TEXT),
	M(cf_result_case, requirement_what, TEXT), M(cf_result_case, source, TEXT), M(cf_result_case, open, TEXT),
	M(cf_result_case, file, TEXT), M(cf_result_case, line, COUNT), M(cf_result_case, release, TEXT),
	M(cf_result_case, real_ms, COUNT), M(cf_result_case, clock_ms, TIME), M(cf_result_case, clock_end_ms, TIME),
	M(cf_result_case, dropped, SIZE),
};
static const struct list case_lists[] = {
	L(cf_result_case, switches, cf_result_pair, pair_members),
	L(cf_result_case, steps, cf_result_step, step_members),
	L(cf_result_case, messages, cf_result_message, message_members),
	L(cf_result_case, failures, cf_result_failure, failure_members),
	L(cf_result_case, checks, cf_result_check, check_members),
	L(cf_result_case, logs, cf_result_log, log_members),
};
static const struct member run_members[] = {
	M(cf_result, runner_version, TEXT), M(cf_result, release, TEXT), M(cf_result, mode, TEXT),
	M(cf_result, subject, TEXT), M(cf_result, host_class, TEXT), M(cf_result, operator_name, TEXT),
	M(cf_result, file_number, TEXT), M(cf_result, place, TEXT), M(cf_result, started_ms, TIME),
	M(cf_result, ended_ms, TIME), M(cf_result, trouble, TEXT),
};
static const struct list run_lists[] = {
	L(cf_result, settings, cf_result_pair, pair_members),
	L(cf_result, artifacts, cf_result_artifact, artifact_members),
	L(cf_result, requirements, cf_result_requirement, requirement_members),
};

/* --- writing -------------------------------------------------------------- */

static char *text_at(const void *object, size_t at)
{
	char *text;

	memcpy(&text, (const char *)object + at, sizeof(text));
	return text;
}

/* New reference; NULL with *@skip: nothing to write. */
static json_t *value_of(const void *object, const struct member *m, bool *skip)
{
	const char *p = (const char *)object + m->at;
	const char *text = NULL;
	json_int_t number = 0;

	switch (m->kind) {
	case TEXT:
		text = text_at(object, m->at);
		break;
	case SHA256:
		text = *p ? p : NULL;
		break;
	case VERDICT:
		text = cf_verdict_name(*(const enum cf_verdict *)(const void *)p);
		break;
	case STATE:
		text = cf_step_state_name(*(const enum cf_step_state *)(const void *)p);
		break;
	case ARTIFACT:
		text = cf_artifact_kind_name(*(const enum cf_artifact_kind *)(const void *)p);
		break;
	case COUNT:
		number = *(const unsigned *)(const void *)p;
		break;
	case SIZE:
		number = (json_int_t) * (const size_t *)(const void *)p;
		break;
	case TIME:
		number = *(const int64_t *)(const void *)p;
		break;
	}
	*skip = !text && !number;
	return text ? json_string(text) : number ? json_integer(number) : NULL;
}

static json_t *object_of(const void *object, const struct member *members, size_t n)
{
	json_t *j = json_object();

	for (size_t i = 0; j && i < n; i++) {
		bool skip;
		json_t *v = value_of(object, &members[i], &skip);

		if (!skip && json_object_set_new_nocheck(j, members[i].key, v)) {
			json_decref(j);
			return NULL;
		}
	}
	return j;
}

static int add_lists(json_t *to, const void *object, const struct list *lists, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct list *l = &lists[i];
		const char *entries = text_at(object, l->at);
		size_t count;
		json_t *array;

		memcpy(&count, (const char *)object + l->at_n, sizeof(count));
		if (!count)
			continue;
		array = json_array();
		if (json_object_set_new_nocheck(to, l->key, array))
			return -ENOMEM;
		for (size_t k = 0; k < count; k++)
			if (json_array_append_new(array, object_of(entries + k * l->size, l->members, l->n_members)))
				return -ENOMEM;
	}
	return 0;
}

static json_t *case_of(const struct cf_result_case *c)
{
	json_t *j;

	if (!c)
		return json_null();
	j = object_of(c, case_members, N(case_members));
	if (j && add_lists(j, c, case_lists, N(case_lists))) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static json_t *summary_of(const struct cf_result *r)
{
	struct cf_counts n = cf_result_counts(r);

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "verdict", cf_run_verdict_text(cf_result_verdict(r)), "cases",
			 (json_int_t)n.total, "pass", (json_int_t)n.pass, "fail", (json_int_t)n.fail, "setup-error",
			 (json_int_t)n.setup_error, "skipped", (json_int_t)n.skipped);
}

static int append(const char *data, size_t len, void *ctx)
{
	struct osci_buf *out = ctx;

	osci_buf_add(out, data, len);
	return osci_buf_error(out) ? -1 : 0;
}

int cf_result_to_json(struct osci_buf *out, const struct cf_result *r)
{
	json_auto_t *root = json_object(), *body = object_of(r, run_members, N(run_members));
	json_t *cases = json_array();

	if (!root || json_object_set_new_nocheck(root, "format", json_string(CF_RESULT_FORMAT)) ||
	    json_object_set_new_nocheck(root, "summary", summary_of(r)) || !body || json_object_update(root, body) ||
	    add_lists(root, r, run_lists, N(run_lists))) {
		json_decref(cases);
		return -ENOMEM;
	}
	if (json_object_set_new_nocheck(root, "cases", cases))
		return -ENOMEM;
	for (size_t i = 0; i < r->n_cases; i++)
		if (json_array_append_new(cases, case_of(r->cases[i])))
			return -ENOMEM;
	if (json_dump_callback(root, append, out, JSON_INDENT(1)) && !osci_buf_error(out))
		return -ENOMEM;
	osci_buf_addc(out, '\n');
	return osci_buf_error(out);
}

/* --- reading -------------------------------------------------------------- */

static int bad(struct osci_err *err, const char *where, const char *key, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "%s: %s", key, what);
}

static int read_word(int *ret, const char *(*name)(int), int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(name(i), text)) {
			*ret = i;
			return 0;
		}
	return OSCI_E_MALFORMED;
}

static const char *verdict_word(int i)
{
	return cf_verdict_name((enum cf_verdict)i);
}

static const char *state_word(int i)
{
	return cf_step_state_name((enum cf_step_state)i);
}

static const char *artifact_word(int i)
{
	return cf_artifact_kind_name((enum cf_artifact_kind)i);
}

static int read_text(void *object, const struct member *m, const char *text, const char *where, struct osci_err *err)
{
	char *p = (char *)object + m->at, *field;
	int word = 0, rc;

	switch (m->kind) {
	case TEXT:
		memcpy(&field, p, sizeof(field));
		rc = cf_result_set(&field, text);
		memcpy(p, &field, sizeof(field));
		return rc;
	case SHA256:
		if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
			return bad(err, where, m->key, "64 hexadecimal digits expected");
		memcpy(p, text, 65);
		return 0;
	case VERDICT:
		rc = read_word(&word, verdict_word, 4, text);
		*(enum cf_verdict *)(void *)p = (enum cf_verdict)word;
		break;
	case STATE:
		rc = read_word(&word, state_word, 4, text);
		*(enum cf_step_state *)(void *)p = (enum cf_step_state)word;
		break;
	default:
		rc = read_word(&word, artifact_word, 5, text);
		*(enum cf_artifact_kind *)(void *)p = (enum cf_artifact_kind)word;
		break;
	}
	return rc ? bad(err, where, m->key, "unknown word") : 0;
}

static int read_number(void *object, const struct member *m, json_int_t v, const char *where, struct osci_err *err)
{
	char *p = (char *)object + m->at;

	if (m->kind == COUNT && v >= 0 && v <= UINT32_MAX)
		*(unsigned *)(void *)p = (unsigned)v;
	else if (m->kind == SIZE && v >= 0)
		*(size_t *)(void *)p = (size_t)v;
	else if (m->kind == TIME && v >= 0)
		*(int64_t *)(void *)p = v;
	else
		return bad(err, where, m->key, "out of range");
	return 0;
}

static int read_member(void *object, const struct member *m, const json_t *v, const char *where, struct osci_err *err)
{
	bool number = m->kind == COUNT || m->kind == SIZE || m->kind == TIME;

	if (number ? !json_is_integer(v) : !json_is_string(v))
		return bad(err, where, m->key, number ? "a number is expected" : "a text is expected");
	return number ? read_number(object, m, json_integer_value(v), where, err) :
			read_text(object, m, json_string_value(v), where, err);
}

static const struct member *find_member(const struct member *members, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(members[i].key, key))
			return &members[i];
	return NULL;
}

static const struct list *find_list(const struct list *lists, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(lists[i].key, key))
			return &lists[i];
	return NULL;
}

static int read_object(void *object, const json_t *from, const struct member *members, size_t n, const char *where,
		       struct osci_err *err)
{
	const char *key;
	json_t *v;

	if (!json_is_object(from))
		return bad(err, where, "entry", "an object is expected");
	json_object_foreach((json_t *)from, key, v) {
		const struct member *m = find_member(members, n, key);
		int rc = m ? read_member(object, m, v, where, err) : bad(err, where, key, "unknown key");

		if (rc)
			return rc;
	}
	return 0;
}

static int read_list(void *object, const struct list *l, const json_t *from, const char *where, struct osci_err *err)
{
	size_t n = json_array_size(from), room = 1;
	char place[OSCI_ERR_WHERE_MAX];
	void *entries;

	if (!json_is_array(from))
		return bad(err, where, l->key, "a list is expected");
	if (n > CF_RESULT_LIST_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, where, "%s: more than %u entries", l->key, CF_RESULT_LIST_MAX);
	while (room < n)
		room *= 2;
	entries = calloc(room, l->size);
	if (!entries)
		return -ENOMEM;
	memcpy((char *)object + l->at, &entries, sizeof(entries));
	memcpy((char *)object + l->at_n, &n, sizeof(n));
	for (size_t i = 0; i < n; i++) {
		int rc;

		snprintf(place, sizeof(place), "%s.%s[%zu]", where, l->key, i);
		rc = read_object((char *)entries + i * l->size, json_array_get(from, i), l->members, l->n_members, place, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_case(struct cf_result *r, size_t at, const json_t *from, struct osci_err *err)
{
	_cleanup_(cf_result_case_freep) struct cf_result_case *c = NULL;
	char where[32];
	const char *key;
	json_t *v;

	snprintf(where, sizeof(where), "cases[%zu]", at);
	if (!json_is_object(from) && !json_is_null(from))
		return bad(err, where, "entry", "an object is expected");
	if (!json_is_null(from)) {
		c = cf_result_case_new(NULL, NULL);
		if (!c)
			return -ENOMEM;
	}
	json_object_foreach((json_t *)from, key, v) {
		const struct member *m = find_member(case_members, N(case_members), key);
		const struct list *l = find_list(case_lists, N(case_lists), key);
		int rc = m ? read_member(c, m, v, where, err) :
			 l ? read_list(c, l, v, where, err) : bad(err, where, key, "unknown key");

		if (rc)
			return rc;
	}
	if (c && !c->id)
		return bad(err, where, "id", "is missing");
	return cf_result_take(r, at, &c, err);
}

static int read_run(struct cf_result *r, const json_t *root, struct osci_err *err)
{
	const json_t *cases = json_object_get(root, "cases");
	json_auto_t *summary = NULL;
	const char *key;
	json_t *v;
	int rc;

	json_object_foreach((json_t *)root, key, v) {
		const struct member *m = find_member(run_members, N(run_members), key);
		const struct list *l = find_list(run_lists, N(run_lists), key);

		if (!strcmp(key, "format") || !strcmp(key, "cases") || !strcmp(key, "summary"))
			continue;
		rc = m ? read_member(r, m, v, "result", err) :
		     l ? read_list(r, l, v, "result", err) : bad(err, "result", key, "unknown key");
		if (rc)
			return rc;
	}
	if (!json_is_array(cases))
		return bad(err, "result", "cases", "a list is expected");
	for (size_t i = 0; i < json_array_size(cases); i++) {
		rc = read_case(r, i, json_array_get(cases, i), err);
		if (rc)
			return rc;
	}
	summary = summary_of(r);
	if (!summary)
		return -ENOMEM;
	return json_equal(summary, json_object_get(root, "summary")) ? 0 :
	       bad(err, "result", "summary", "is not what the cases add up to");
}

int cf_result_from_json(struct cf_result **ret, const char *text, size_t len, struct osci_err *err)
{
	_cleanup_(cf_result_freep) struct cf_result *r = NULL;
	json_auto_t *root = NULL;
	json_error_t error;
	const char *format;
	int rc;

	*ret = NULL;
	if (len > CF_RESULT_JSON_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "more than %u octets", CF_RESULT_JSON_MAX);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!root && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!root)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, NULL, "no JSON: line %d, column %d", error.line, error.column);
	format = json_string_value(json_object_get(root, "format"));
	if (!format || strcmp(format, CF_RESULT_FORMAT))
		return osci_fail(err, OSCI_E_MALFORMED, NULL, NULL, "no result of a run: format is not " CF_RESULT_FORMAT);
	r = cf_result_new();
	if (!r)
		return -ENOMEM;
	rc = read_run(r, root, err);
	if (rc)
		return rc;
	*ret = r;
	r = NULL;
	return 0;
}

int cf_result_read(struct cf_result **ret, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX + 1);
	int rc = osci_file_read(path, CF_RESULT_JSON_MAX, false, &b, err);

	*ret = NULL;
	return rc ? rc : cf_result_from_json(ret, b.data ? (const char *)b.data : "", b.len, err);
}
