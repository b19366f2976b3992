/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail - failures in words of the case format: which step, what was expected, what was there, when
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/match.h"
#include "run/play.h"

#define TEXT_MAX 1024

static enum cf_played add(struct cf_play *p, struct cf_result_failure *f)
{
	f->path = p->path;
	if (!f->line && p->step)
		f->line = p->step->place.line;
	f->case_ms = p->w ? cf_world_now(p->w) : 0;
	return cf_result_add_failure(p->out, f) ? CF_PLAY_ERROR : CF_PLAY_FAILED;
}

enum cf_played cf_play_fail(struct cf_play *p, const char *field, const char *expected, const char *seen,
			    const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return add(p, &(struct cf_result_failure){ .field = (char *)field,
						   .expected = (char *)expected,
						   .seen = (char *)seen,
						   .text = text });
}

enum cf_played cf_play_fail_match(struct cf_play *p, unsigned line, const char *field, const struct cf_match *m,
				  const json_t *have, const char *text)
{
	struct cf_result_failure f = { .field = (char *)field, .text = (char *)text, .line = line };
	json_t *words = cf_match_words(m, p->captures);
	enum cf_played done;

	if (!words || cf_result_set_json(&f.expected, words) || (have && cf_result_set_json(&f.seen, have)))
		done = CF_PLAY_ERROR;
	else
		done = add(p, &f);
	json_decref(words);
	free(f.expected);
	free(f.seen);
	return done;
}

enum cf_played cf_play_fail_fields(struct cf_play *p, const struct cf_expecteds *e, const json_t *have)
{
	for (size_t i = 0; i < e->n; i++) {
		const json_t *value = cf_path_get(have, e->list[i].name);
		char text[TEXT_MAX];

		if (cf_fits(&e->list[i].match, value, p->captures))
			continue;
		snprintf(text, sizeof(text), value ? "%s has another value" : "%s is not there", e->list[i].name);
		if (cf_play_fail_match(p, e->list[i].place.line, e->list[i].name, &e->list[i].match, value, text) ==
		    CF_PLAY_ERROR)
			return CF_PLAY_ERROR;
	}
	return CF_PLAY_FAILED;
}

const char *cf_play_event_words(const struct cf_play *p, size_t event, char *b, size_t size)
{
	static const char *const at[] = { "office", "partner", "operator" };
	const struct cf_event *e;
	const char *label = NULL;

	if (event == CF_NONE) {
		snprintf(b, size, "nothing");
		return b;
	}
	e = cf_world_event(p->w, event);
	for (size_t i = p->n_requests; i-- && !label;)
		if (p->requests[i].label && (*e->request ? !strcmp(p->requests[i].bus_id, e->request)
							 : *e->uuid && !strcmp(p->requests[i].uuid, e->uuid)))
			label = p->requests[i].label;
	snprintf(b, size, "%s%s%s at %s%s%s%s", *e->message ? e->message : e->outcome,
		 *e->message && *e->outcome ? ", " : "", *e->message && *e->outcome ? e->outcome : "",
		 e->at == CF_AT_OFFICE && e->office != CF_NO_OFFICE ? "office " : "the ",
		 e->at == CF_AT_OFFICE && e->office != CF_NO_OFFICE ? p->c->offices[e->office].label : at[e->at],
		 label ? " for " : "", label ? label : "");
	return b;
}
