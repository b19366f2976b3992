/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outline - what of a run is the same when the same programs run it again, and what its reader wants to know beside
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/compare.h"

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

/* Was this message offered to this office before?  Until its acknowledgement has arrived it is, and when that is, is chance. */
static bool offered(json_t *seen, const char *way, const struct cf_result_message *m)
{
	char key[1024];

	if (!m->from || strcmp(m->from, "gateway") != 0 || !m->to || strncmp(m->to, "office ", 7) != 0 || !m->uuid)
		return false;
	snprintf(key, sizeof(key), "%s %.100s %.300s", way, m->what ? m->what : "", m->uuid);
	return json_object_get(seen, key) || json_object_set_new(seen, key, json_true());
}

static int add_message(json_t *ways, json_t *seen, const struct cf_result_message *m)
{
	char way[512];
	json_t *list;

	snprintf(way, sizeof(way), "%.250s > %.250s", m->from ? m->from : "?", m->to ? m->to : "?");
	if (offered(seen, way, m))
		return 0;
	list = json_object_get(ways, way);
	if (!list && json_object_set_new(ways, way, json_array()))
		return -ENOMEM;
	return append_word(list ? list : json_object_get(ways, way), m->what ? m->what : "?");
}

static json_t *failure(const struct cf_result_failure *f)
{
	return json_pack("{s:s*, s:I, s:s*, s:s*, s:s*, s:s*}", "step", f->path, "line", (json_int_t)f->line, "field", f->field,
			 "expected", f->expected, "seen", f->seen, "text", f->text);
}

static json_t *case_outline(const struct cf_result_case *c)
{
	json_auto_t *j = json_pack("{s:s, s:{}, s:I, s:s*, s:s*, s:[]}", "result", cf_verdict_name(c->verdict), "messages", "ms",
				   (json_int_t)c->real_ms, "title", c->title, "reason", c->reason, "failures");
	json_auto_t *seen = json_object();

	for (size_t i = 0; j && i < c->n_messages; i++)
		if (add_message(json_object_get(j, "messages"), seen, &c->messages[i]))
			return NULL;
	for (size_t i = 0; j && i < c->n_failures && i < CF_OUTLINE_FAILURES; i++)
		if (json_array_append_new(json_object_get(j, "failures"), failure(&c->failures[i])))
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

static bool is_part(const struct cf_result *r)
{
	for (size_t i = 0; i < r->n_settings; i++)
		if (r->settings[i].name && !strcmp(r->settings[i].name, CF_SETTING_ONLY))
			return true;
	return false;
}

json_t *cf_outline_of(const struct cf_result *r)
{
	json_auto_t *j = json_pack("{s:s*, s:s*, s:b, s:I, s:I, s:{}, s:{}}", "release", r->release, "subject", r->subject, "part",
				   is_part(r), "started", (json_int_t)r->started_ms, "ms",
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
