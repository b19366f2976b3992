/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result - memory of a result: texts that are always UTF-8, lists that grow up to a limit, counts and the verdict
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/result.h"

/* --- words ---------------------------------------------------------------- */

static const char *const verdicts[] = { "setup-error", "pass", "fail", "skipped" };
static const char *const states[] = { "not-reached", "done", "failed", "error" };
static const char *const artifact_kinds[] = { "program", "schemas", "calendar", "cases", "other" };

const char *cf_verdict_name(enum cf_verdict v)
{
	return verdicts[v];
}

int cf_verdict_parse(enum cf_verdict *ret, const char *name)
{
	for (size_t i = 0; i < 4; i++)
		if (!strcmp(verdicts[i], name)) {
			*ret = (enum cf_verdict)i;
			return 0;
		}
	return OSCI_E_MALFORMED;
}

const char *cf_step_state_name(enum cf_step_state s)
{
	return states[s];
}

const char *cf_artifact_kind_name(enum cf_artifact_kind k)
{
	return artifact_kinds[k];
}

const char *cf_run_verdict_text(enum cf_run_verdict v)
{
	static const char *const texts[] = { "passed", "failed", "no verdict" };

	return texts[v];
}

/* --- texts ---------------------------------------------------------------- */

static const char replacement[] = "\xef\xbf\xbd", ellipsis[] = "\xe2\x80\xa6";

/* Octets of the character at @s, 0 if it is none. */
static size_t character(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

	return strnlen(s, n) == n && osci_utf8_ok(s, n) ? n : 0;
}

int cf_result_set(char **field, const char *text)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_TEXT_MAX + 16);
	char *copy = NULL;

	if (text) {
		while (*text) {
			size_t n = character(text);

			if (b.len + (n ? n : 3) > CF_RESULT_TEXT_MAX) {
				osci_buf_adds(&b, ellipsis);
				break;
			}
			osci_buf_add(&b, n ? text : replacement, n ? n : 3);
			text += n ? n : 1;
		}
		copy = osci_buf_take(&b, NULL);
		if (!copy)
			return -ENOMEM;
	}
	free(*field);
	*field = copy;
	return 0;
}

int cf_result_setf(char **field, const char *fmt, ...)
{
	_cleanup_(osci_freep) char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return cf_result_set(field, text);
}

int cf_result_set_json(char **field, const json_t *value)
{
	_cleanup_(osci_freep) char *text = NULL;

	if (value) {
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
		if (!text)
			return -ENOMEM;
	}
	return cf_result_set(field, text);
}

/* --- lists ---------------------------------------------------------------- */

/* Room for one more entry of @size octets behind @n, zeroed; capacity is the next power of two. */
static void *grow(void *list, size_t n, size_t size)
{
	char **p = list;
	char *more = *p;

	if (!(n & (n - 1))) {
		more = reallocarray(*p, n ? 2 * n : 1, size);
		if (!more)
			return NULL;
		*p = more;
	}
	memset(more + n * size, 0, size);
	return more + n * size;
}

static void clear_pair(struct cf_result_pair *p)
{
	free(p->name);
	free(p->value);
}

static void clear_step(struct cf_result_step *s)
{
	free(s->path);
	free(s->kind);
	free(s->what);
}

static void clear_message(struct cf_result_message *m)
{
	free(m->from);
	free(m->to);
	free(m->what);
	free(m->uuid);
	free(m->label);
	free(m->release);
}

static void clear_failure(struct cf_result_failure *f)
{
	free(f->path);
	free(f->field);
	free(f->expected);
	free(f->seen);
	free(f->text);
}

static void clear_check(struct cf_result_check *k)
{
	free(k->what);
	free(k->text);
}

static void clear_log(struct cf_result_log *l)
{
	free(l->program);
	free(l->text);
}

static void clear_artifact(struct cf_result_artifact *a)
{
	free(a->name);
	free(a->version);
}

static void clear_requirement(struct cf_result_requirement *q)
{
	free(q->id);
	free(q->what);
	free(q->source);
	free(q->section);
	free(q->group);
}

static int add_pair(struct cf_result_pair **list, size_t *n, const char *name, const char *value)
{
	struct cf_result_pair *p = grow(list, *n, sizeof(*p));

	if (!p)
		return -ENOMEM;
	if (cf_result_set(&p->name, name) || cf_result_set(&p->value, value)) {
		clear_pair(p);
		return -ENOMEM;
	}
	(*n)++;
	return 0;
}

int cf_result_add_setting(struct cf_result *r, const char *name, const char *value)
{
	return add_pair(&r->settings, &r->n_settings, name, value);
}

int cf_result_add_artifact(struct cf_result *r, const struct cf_result_artifact *a)
{
	struct cf_result_artifact *to = grow(&r->artifacts, r->n_artifacts, sizeof(*to));

	if (!to)
		return -ENOMEM;
	to->kind = a->kind;
	memcpy(to->sha256, a->sha256, sizeof(to->sha256));
	to->sha256[sizeof(to->sha256) - 1] = '\0';
	if (cf_result_set(&to->name, a->name) || cf_result_set(&to->version, a->version)) {
		clear_artifact(to);
		return -ENOMEM;
	}
	r->n_artifacts++;
	return 0;
}

int cf_result_add_requirement(struct cf_result *r, const struct cf_result_requirement *q)
{
	struct cf_result_requirement *to = grow(&r->requirements, r->n_requirements, sizeof(*to));

	if (!to)
		return -ENOMEM;
	if (cf_result_set(&to->id, q->id) || cf_result_set(&to->what, q->what) || cf_result_set(&to->source, q->source) ||
	    cf_result_set(&to->section, q->section) || cf_result_set(&to->group, q->group)) {
		clear_requirement(to);
		return -ENOMEM;
	}
	r->n_requirements++;
	return 0;
}

/* Is the list of a case full?  Then the entry is counted, and reports say that some are missing. */
static bool full(struct cf_result_case *c, size_t n)
{
	if (n < CF_RESULT_LIST_MAX)
		return false;
	c->dropped++;
	return true;
}

int cf_result_add_switch(struct cf_result_case *c, const char *name, const char *value)
{
	return full(c, c->n_switches) ? 0 : add_pair(&c->switches, &c->n_switches, name, value);
}

int cf_result_add_step(struct cf_result_case *c, const struct cf_result_step *s)
{
	struct cf_result_step *to;

	if (full(c, c->n_steps))
		return 0;
	to = grow(&c->steps, c->n_steps, sizeof(*to));
	if (!to)
		return -ENOMEM;
	to->line = s->line;
	to->state = s->state;
	to->case_ms = s->case_ms;
	if (cf_result_set(&to->path, s->path) || cf_result_set(&to->kind, s->kind) || cf_result_set(&to->what, s->what)) {
		clear_step(to);
		return -ENOMEM;
	}
	c->n_steps++;
	return 0;
}

int cf_result_add_message(struct cf_result_case *c, const struct cf_result_message *m)
{
	struct cf_result_message *to;

	if (full(c, c->n_messages))
		return 0;
	to = grow(&c->messages, c->n_messages, sizeof(*to));
	if (!to)
		return -ENOMEM;
	to->case_ms = m->case_ms;
	if (cf_result_set(&to->from, m->from) || cf_result_set(&to->to, m->to) || cf_result_set(&to->what, m->what) ||
	    cf_result_set(&to->uuid, m->uuid) || cf_result_set(&to->label, m->label) ||
	    cf_result_set(&to->release, m->release)) {
		clear_message(to);
		return -ENOMEM;
	}
	c->n_messages++;
	return 0;
}

int cf_result_add_failure(struct cf_result_case *c, const struct cf_result_failure *f)
{
	struct cf_result_failure *to;

	if (full(c, c->n_failures))
		return 0;
	to = grow(&c->failures, c->n_failures, sizeof(*to));
	if (!to)
		return -ENOMEM;
	to->line = f->line;
	to->case_ms = f->case_ms;
	if (cf_result_set(&to->path, f->path) || cf_result_set(&to->field, f->field) ||
	    cf_result_set(&to->expected, f->expected) || cf_result_set(&to->seen, f->seen) || cf_result_set(&to->text, f->text)) {
		clear_failure(to);
		return -ENOMEM;
	}
	c->n_failures++;
	return 0;
}

int cf_result_add_check(struct cf_result_case *c, const struct cf_result_check *k)
{
	struct cf_result_check *to;

	if (full(c, c->n_checks))
		return 0;
	to = grow(&c->checks, c->n_checks, sizeof(*to));
	if (!to)
		return -ENOMEM;
	to->number = k->number;
	to->verdict = k->verdict;
	if (cf_result_set(&to->what, k->what) || cf_result_set(&to->text, k->text)) {
		clear_check(to);
		return -ENOMEM;
	}
	c->n_checks++;
	return 0;
}

int cf_result_add_log(struct cf_result_case *c, const char *program, const char *text)
{
	struct cf_result_log *to;

	if (full(c, c->n_logs))
		return 0;
	to = grow(&c->logs, c->n_logs, sizeof(*to));
	if (!to)
		return -ENOMEM;
	if (cf_result_set(&to->program, program) || cf_result_set(&to->text, text)) {
		clear_log(to);
		return -ENOMEM;
	}
	c->n_logs++;
	return 0;
}

/* --- objects -------------------------------------------------------------- */

struct cf_result *cf_result_new(void)
{
	return calloc(1, sizeof(struct cf_result));
}

struct cf_result_case *cf_result_case_new(const char *id, const char *variant)
{
	struct cf_result_case *c = calloc(1, sizeof(*c));

	if (c && (cf_result_set(&c->id, id) || cf_result_set(&c->variant, variant)))
		cf_result_case_freep(&c);
	return c;
}

#define CLEAR(list, n, clear)                   \
	do {                                    \
		for (size_t i_ = 0; i_ < (n); i_++) \
			clear(&(list)[i_]);     \
		free(list);                     \
	} while (0)

void cf_result_case_freep(struct cf_result_case **pc)
{
	struct cf_result_case *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	free(c->id);
	free(c->variant);
	free(c->title);
	free(c->requirement);
	free(c->requirement_what);
	free(c->source);
	free(c->open);
	free(c->file);
	free(c->release);
	free(c->reason);
	CLEAR(c->switches, c->n_switches, clear_pair);
	CLEAR(c->steps, c->n_steps, clear_step);
	CLEAR(c->messages, c->n_messages, clear_message);
	CLEAR(c->failures, c->n_failures, clear_failure);
	CLEAR(c->checks, c->n_checks, clear_check);
	CLEAR(c->logs, c->n_logs, clear_log);
	free(c);
}

void cf_result_freep(struct cf_result **pr)
{
	struct cf_result *r = *pr;

	*pr = NULL;
	if (!r)
		return;
	free(r->runner_version);
	free(r->release);
	free(r->mode);
	free(r->subject);
	free(r->host_class);
	free(r->operator_name);
	free(r->file_number);
	free(r->place);
	free(r->trouble);
	CLEAR(r->settings, r->n_settings, clear_pair);
	CLEAR(r->artifacts, r->n_artifacts, clear_artifact);
	CLEAR(r->requirements, r->n_requirements, clear_requirement);
	CLEAR(r->cases, r->n_cases, cf_result_case_freep);
	free(r);
}

int cf_result_take(struct cf_result *r, size_t at, struct cf_result_case **pc, struct osci_err *err)
{
	if (at >= CF_RESULT_CASES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "more than %u cases in one run", CF_RESULT_CASES_MAX);
	if (at >= r->n_cases) {
		struct cf_result_case **more = reallocarray(r->cases, at + 1, sizeof(struct cf_result_case *));

		if (!more)
			return -ENOMEM;
		memset(&more[r->n_cases], 0, (at + 1 - r->n_cases) * sizeof(struct cf_result_case *));
		r->cases = more;
		r->n_cases = at + 1;
	}
	if (r->cases[at])
		return osci_fail(err, OSCI_E_EXISTS, NULL, NULL, "two results for one place in the run");
	r->cases[at] = *pc;
	*pc = NULL;
	return 0;
}

/* --- sums ----------------------------------------------------------------- */

struct cf_counts cf_result_counts(const struct cf_result *r)
{
	struct cf_counts n = { .total = r->n_cases };

	for (size_t i = 0; i < r->n_cases; i++) {
		enum cf_verdict v = r->cases[i] ? r->cases[i]->verdict : CF_SETUP_ERROR;

		n.pass += v == CF_PASS;
		n.fail += v == CF_FAIL;
		n.skipped += v == CF_SKIPPED;
		n.setup_error += v == CF_SETUP_ERROR;
	}
	return n;
}

enum cf_run_verdict cf_result_verdict(const struct cf_result *r)
{
	struct cf_counts n = cf_result_counts(r);

	if (n.fail)
		return CF_RUN_FAILED;
	return n.pass && !n.setup_error && !r->trouble ? CF_RUN_PASSED : CF_RUN_UNUSABLE;
}

int cf_result_exit_status(const struct cf_result *r)
{
	switch (cf_result_verdict(r)) {
	case CF_RUN_PASSED:
		return 0;
	case CF_RUN_FAILED:
		return 1;
	default:
		return 2;
	}
}

const char *cf_result_case_name(const struct cf_result_case *c, char *b, size_t size)
{
	snprintf(b, size, "%s%s%s", c->id ? c->id : "?", c->variant ? "/" : "", c->variant ? c->variant : "");
	return b;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool cf_result_again(const struct cf_result *r, size_t at)
{
	const struct cf_result_case *c = r->cases[at], *o;

	for (size_t i = 0; c && c->n_switches && i < r->n_cases; i++) {
		o = r->cases[i];
		if (i != at && o && same(o->id, c->id) && same(o->variant, c->variant))
			return true;
	}
	return false;
}
