/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline - the outline of a run as a file that stays, one for each release; and whatever a run may be compared with
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "report/compare.h"

static int append(const char *data, size_t len, void *ctx)
{
	struct osci_buf *out = ctx;

	osci_buf_add(out, data, len);
	return osci_buf_error(out) ? -1 : 0;
}

static int write_cases(struct osci_buf *out, const char *release, json_t *cases)
{
	json_auto_t *j = json_pack("{s:s, s:s, s:O}", "format", CF_BASELINE_FORMAT, "release", release, "cases", cases);

	if ((!j || json_dump_callback(j, append, out, JSON_INDENT(1) | JSON_SORT_KEYS)) && !osci_buf_error(out))
		return -ENOMEM;
	osci_buf_addc(out, '\n');
	return osci_buf_error(out);
}

/* Result and messages of each case, nothing else. */
static json_t *cases_of(const struct cf_result *r)
{
	json_auto_t *outline = cf_outline_of(r), *cases = json_object();
	const char *name;
	json_t *c;

	json_object_foreach(json_object_get(outline, "cases"), name, c)
		if (json_object_set_new(cases, name, json_pack("{s:O, s:O}", "result", json_object_get(c, "result"), "messages",
							       json_object_get(c, "messages"))))
			return NULL;
	return outline ? json_incref(cases) : NULL;
}

int cf_baseline_make(struct osci_buf *out, const struct cf_result *r, const json_t *before, struct osci_err *err)
{
	json_auto_t *cases = NULL, *all = NULL, *outline = cf_outline_of(r);
	const char *release = json_string_value(json_object_get(before, "release"));

	if (!outline)
		return -ENOMEM;
	if (cf_result_verdict(r) == CF_RUN_UNUSABLE)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL, "a run without a verdict is no baseline");
	if (!r->release)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL,
				 "a baseline is that of a release: carry the run out with --release");
	if (!before && json_is_true(json_object_get(outline, "part")))
		return osci_fail(err, OSCI_E_STATE, NULL, NULL,
				 "only a part of the book was carried out: bring it into a baseline that is there, with --update");
	if (before && strcmp(release ? release : "", r->release) != 0)
		return osci_fail(err, OSCI_E_STATE, NULL, NULL, "the baseline is of release %s, the run of %s", release,
				 r->release);
	cases = cases_of(r);
	all = before ? json_copy(json_object_get(before, "cases")) : json_object();
	if (!cases || !all || json_object_update(all, cases))
		return -ENOMEM;
	return write_cases(out, r->release, all);
}

/* --- reading ------------------------------------------------------------------ */

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

static int check(json_t *j, const char *path, struct osci_err *err)
{
	json_t *cases = json_object_get(j, "cases"), *v;
	const char *key;
	int rc = 0;

	if (!json_is_string(json_object_get(j, "release")) || !json_is_object(cases) || json_object_size(j) != 3)
		return bad(err, path, "a baseline has format, release and cases, nothing else");
	json_object_foreach(cases, key, v)
		rc = rc ? rc : check_case(key, v, err);
	return rc;
}

static bool is_baseline(const json_t *j)
{
	const char *format = json_string_value(json_object_get(j, "format"));

	return format && !strcmp(format, CF_BASELINE_FORMAT);
}

static int parse(json_t **ret, struct osci_buf *b, const char *path, struct osci_err *err)
{
	json_error_t error;

	*ret = json_loadb(b->data ? (const char *)b->data : "", b->len, JSON_REJECT_DUPLICATES, &error);
	return *ret ? 0 :
		osci_fail(err, OSCI_E_MALFORMED, NULL, path, "no JSON: line %d, column %d", error.line, error.column);
}

int cf_baseline_read(json_t **ret, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_BASELINE_MAX + 1);
	json_auto_t *j = NULL;
	int rc = osci_file_read(path, CF_BASELINE_MAX, false, &b, err);

	*ret = NULL;
	rc = rc ? rc : parse(&j, &b, path, err);
	if (!rc && !is_baseline(j))
		rc = bad(err, path, "no baseline: format is not " CF_BASELINE_FORMAT);
	rc = rc ? rc : check(j, path, err);
	if (!rc)
		*ret = json_incref(j);
	return rc;
}

static int of_result(json_t **ret, const struct osci_buf *b, const char *path, struct osci_err *err)
{
	_cleanup_(cf_result_freep) struct cf_result *r = NULL;
	int rc = cf_result_from_json(&r, b->data ? (const char *)b->data : "", b->len, err);

	if (rc)
		return rc;
	if (r->trouble || !r->n_cases)
		return osci_fail(err, OSCI_E_STATE, NULL, path, "the run was not carried out, so nothing can be compared with it");
	*ret = cf_outline_of(r);
	return *ret ? 0 : -ENOMEM;
}

int cf_outline_read(json_t **ret, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX + 1);
	_cleanup_(osci_freep) char *in_folder = NULL;
	json_auto_t *j = NULL;
	struct stat st;
	int rc;

	*ret = NULL;
	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		if (asprintf(&in_folder, "%s/report.json", path) < 0) {
			in_folder = NULL;
			return -ENOMEM;
		}
		path = in_folder;
	}
	rc = osci_file_read(path, CF_RESULT_JSON_MAX, false, &b, err);
	rc = rc ? rc : parse(&j, &b, path, err);
	if (rc || !is_baseline(j))
		return rc ? rc : of_result(ret, &b, path, err);
	rc = check(j, path, err);
	if (!rc)
		*ret = json_incref(j);
	return rc;
}

int cf_outline_fits_release(const json_t *old, const char *release, struct osci_err *err)
{
	const char *of = json_string_value(json_object_get(old, "release"));

	if (!is_baseline(old) || (of && release && !strcmp(of, release)))
		return 0;
	return osci_fail(err, OSCI_E_STATE, NULL, NULL,
			 "the baseline is of release %s, the run of %s: two releases are compared by a run of each", of ? of : "?",
			 release ? release : "none in particular (--release)");
}

int cf_outlines_fit(const json_t *old, const json_t *new, struct osci_err *err)
{
	int rc = cf_outline_fits_release(old, json_string_value(json_object_get(new, "release")), err);
	json_t *cases = json_object_get(old, "cases"), *c;
	const char *name;

	if (rc)
		return rc;
	if (is_baseline(new))
		return osci_fail(err, OSCI_E_USAGE, NULL, NULL, "the new side is a baseline and no run");
	json_object_foreach(json_object_get(new, "cases"), name, c)
		if (json_object_get(cases, name))
			return 0;
	return osci_fail(err, OSCI_E_STATE, NULL, NULL, "the two have no case in common: they are of different books");
}
