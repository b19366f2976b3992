/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case - one case from its world to its verdict
 *
 * A case passes if every step and every check was carried out and met.  What could not be carried out is a set-up
 * error whatever else was found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/play.h"
#include "run/spec.h"

#define LOG_LINES 20 /* of each process, shown with a failure */
#define SHORT_MAX 60 /* octets of a value that is named in the one line of a failed case */

/* --- which release --------------------------------------------------------------------- */

/* The clock of a case; with a gateway that runs already it is the real one. */
static int64_t begins(const struct cf_run_conf *conf, const struct cf_case *c)
{
	struct osci_clock real = { 0 };

	return conf->drive.what == CF_FOREIGN_STACK ? osci_clock_ms(&real) : c->clock_ms;
}

struct place {
	struct cf_site *site;
	char runs_in[32]; /* for the report */
};

/* NULL: it can run; else why it is skipped. */
static const char *choose(struct place *at, const struct cf_run_conf *conf, const struct cf_case *c, char why[256])
{
	*at = (struct place){ .site = conf->site };
	if (c->not_runnable)
		return c->not_runnable;
	if (cf_drive_skips(&conf->drive, c, why))
		return why;
	if (conf->drive.what == CF_FOREIGN_STACK) {
		const char *now = conf->release ? conf->release : cf_site_release_at(at->site, begins(conf, c));

		snprintf(at->runs_in, sizeof(at->runs_in), "%s", now);
		if (c->release == CF_NEEDS_26_11 && strcmp(now, "26.11") != 0) {
			snprintf(why, 256, "needs release 26.11, and %s is in force", *now ? now : "none");
			return why;
		}
	} else if (c->release == CF_NEEDS_TEST_NEXT) {
		if (!conf->next)
			return "needs the made-up release test-next (--test-release)";
		at->site = conf->next;
		snprintf(at->runs_in, sizeof(at->runs_in), "%s", cf_site_release_at(at->site, c->clock_ms));
		return NULL;
	}
	if (c->release == CF_NEEDS_26_11) {
		if (conf->release && strcmp(conf->release, "26.11") != 0) {
			snprintf(why, 256, "needs release 26.11, this run is for %s", conf->release);
			return why;
		}
		snprintf(at->runs_in, sizeof(at->runs_in), "26.11");
	} else {
		at->site = conf->release ? conf->told : conf->site;
		snprintf(at->runs_in, sizeof(at->runs_in), "%s", cf_site_release_at(at->site, c->clock_ms));
	}
	if (!*at->runs_in || !cf_site_has_release(at->site, at->runs_in)) {
		snprintf(why, 256, "release %s is missing", *at->runs_in ? at->runs_in : "in force at its clock");
		return why;
	}
	return NULL;
}

/* --- steps ------------------------------------------------------------------------------- */

static enum cf_played one(struct cf_play *p, const struct cf_step *s, size_t *alternative, struct osci_err *err)
{
	cf_wait_begin(p, s->kind == CF_BULK ? CF_BULK_REAL_MAX_MS : CF_STEP_REAL_MAX_MS);
	if (cf_play_stopped(p, err))
		return CF_PLAY_ERROR;
	switch (s->kind) {
	case CF_SEND:
		return cf_do_send(p, &s->send, err);
	case CF_EXPECT:
		return cf_do_expect(p, &s->expect, alternative, err);
	case CF_EXPECT_NONE:
		return cf_do_none(p, &s->none, err);
	case CF_CLERK:
		return cf_do_clerk(p, &s->clerk, err);
	case CF_PROVIDER:
		return cf_do_provider(p, &s->provider, err);
	case CF_ADVANCE:
		return cf_do_advance(p, &s->advance, err);
	case CF_RESTART:
		return cf_do_restart(p, &s->restart, err);
	case CF_FAULT:
		return cf_do_fault(p, &s->fault, err);
	case CF_OFFICE_ACK:
		return cf_do_ack(p, &s->office_ack, err);
	case CF_SCRIPT:
		return cf_do_script(p, &s->script, err);
	case CF_CHECK:
		return cf_do_check(p, &s->check, err);
	case CF_BULK:
		return cf_do_bulk(p, &s->bulk, err);
	}
	osci_fail(err, OSCI_E_USAGE, NULL, cf_step_name(s->kind), "this kind of step cannot be carried out");
	return CF_PLAY_ERROR;
}

static int log_step(struct cf_play *p, const char *path, unsigned line, const char *kind, const char *words,
		    enum cf_step_state state)
{
	return cf_result_add_step(p->out, &(struct cf_result_step){ .path = (char *)path,
								    .line = line,
								    .kind = (char *)kind,
								    .what = (char *)words,
								    .state = state,
								    .case_ms = state ? cf_world_now(p->w) : 0 });
}

static enum cf_step_state state_of(enum cf_played played)
{
	return played == CF_PLAYED ? CF_STEP_DONE : played == CF_PLAY_FAILED ? CF_STEP_FAILED : CF_STEP_ERROR;
}

/*
 * @go false: the steps are only listed.  Depth is that of "then" in the case file.
 */
static enum cf_played steps(struct cf_play *p, const struct cf_steps *list, const char *prefix, bool go,
			    struct osci_err *err)
{
	enum cf_played played = CF_PLAYED;

	for (size_t i = 0; i < list->n; i++) {
		const struct cf_step *s = &list->list[i];
		char path[sizeof(p->path)], words[256];
		size_t alternative = CF_NONE;
		bool runs = go && played == CF_PLAYED;

		snprintf(path, sizeof(path), "%.40s%zu", prefix, i + 1);
		if (runs) {
			p->step = s;
			snprintf(p->path, sizeof(p->path), "%s", path);
			cf_drive_step(p, s);
			played = one(p, s, &alternative, err);
			if (played == CF_PLAYED)
				played = cf_drive_trouble(p);
		}
		if (log_step(p, path, s->place.line, cf_step_name(s->kind), cf_step_words(s, words, sizeof(words)),
			     runs ? state_of(played) : CF_STEP_NOT_REACHED))
			return CF_PLAY_ERROR;
		for (size_t k = 0; s->kind == CF_EXPECT && k < s->expect.n_alternatives; k++) {
			const struct cf_alternative *a = &s->expect.alternatives[k];
			bool taken = runs && played == CF_PLAYED && k == alternative;
			enum cf_played then;
			char below[sizeof(path)];

			snprintf(below, sizeof(below), "%.40s.%zu.", path, k + 1);
			if (taken && a->label && cf_play_meet(p, a->label, p->last_met))
				return CF_PLAY_ERROR;
			then = steps(p, &a->then, below, taken, err);
			if (taken || then == CF_PLAY_ERROR)
				played = then;
		}
	}
	return played;
}

static enum cf_played play(struct cf_play *p, struct osci_err *err)
{
	enum cf_played played = CF_PLAYED, listed, standing;
	unsigned idle;

	if (cf_driven(p))
		played = cf_drive_begin(p, err);
	listed = steps(p, &p->c->steps, "", played == CF_PLAYED, err);
	played = played == CF_PLAYED ? listed : played;
	p->ended = played != CF_PLAYED;
	p->step = NULL;
	if (p->c->after) {
		if (!p->ended) {
			snprintf(p->path, sizeof(p->path), "after");
			cf_wait_begin(p, CF_STEP_REAL_MAX_MS);
			played = cf_play_stopped(p, err) ? CF_PLAY_ERROR : cf_do_check(p, p->c->after, err);
		}
		if (log_step(p, "after", p->c->after->place.line, "after", "the state of things at the end",
			     p->ended ? CF_STEP_NOT_REACHED : state_of(played)))
			return CF_PLAY_ERROR;
	}
	if (played == CF_PLAYED && cf_driven(p))
		played = cf_drive_compare(p, err);
	if (cf_driven(p))
		cf_drive_end(p);
	if (played == CF_PLAY_ERROR)
		return played;
	snprintf(p->path, sizeof(p->path), "standing");
	if (played == CF_PLAYED && !p->c->after && cf_wait_silence(p, err))
		return CF_PLAY_ERROR;
	if (played == CF_PLAYED && cf_world_armed(p->w)) {
		osci_fail(err, OSCI_E_STATE, NULL, NULL, "a restart was armed, but its point never came");
		return CF_PLAY_ERROR;
	}
	if (played == CF_PLAYED && (idle = cf_world_idle_fault(p->w))) {
		osci_fail(err, OSCI_E_STATE, NULL, NULL,
			  "the fault in line %u was never applied: nothing came that it is for", idle);
		return CF_PLAY_ERROR;
	}
	if (played == CF_PLAYED && cf_world_idle_script(p->w, &idle, err))
		return CF_PLAY_ERROR;
	if (played == CF_PLAYED && idle) {
		osci_fail(err, OSCI_E_STATE, NULL, NULL, "the script in line %u was never used: no such request came", idle);
		return CF_PLAY_ERROR;
	}
	standing = cf_do_standing(p, err);
	return standing == CF_PLAYED ? played : standing;
}

/* --- the result ----------------------------------------------------------------------------- */

static int head(struct cf_result_case *out, const struct cf_job *job, const struct place *at, const json_t *set)
{
	const struct cf_case *c = job->c;
	const char *file = strrchr(c->place.file, '/');
	int r = 0;

	out->line = c->place.line;
	out->clock_ms = c->clock_ms;
	r |= cf_result_set(&out->title, c->title) | cf_result_set(&out->requirement, c->requirement) |
	     cf_result_set(&out->requirement_what, c->what) | cf_result_set(&out->source, cf_source_name(c->source)) |
	     cf_result_set(&out->open, c->open) | cf_result_set(&out->file, file ? file + 1 : c->place.file);
	if (*at->runs_in)
		r |= cf_result_set(&out->release, at->runs_in);
	for (size_t i = 0; !r && !c->not_runnable && i < CF_SWITCHES; i++) {
		const char *name, *text;
		bool is_free;
		json_t *value = cf_job_switch(job, i, set, &name, &is_free);
		char full[64];

		snprintf(full, sizeof(full), "partner.%s", name);
		text = json_is_string(value) ? json_string_value(value) : json_is_true(value) ? "true" : "false";
		if (is_free)
			r = cf_result_add_switch(out, full, text);
		json_decref(value);
	}
	return r ? -ENOMEM : 0;
}

/* Without memory a report has no logs. */
static void logs(struct cf_play *p)
{
	for (enum cf_what what = CF_GATEWAY; what <= CF_PARTNER; what++) {
		char *text = NULL;

		if (!cf_world_last_lines(p->w, what, LOG_LINES, &text, NULL))
			cf_result_add_log(p->out, cf_what_name(what), text);
		free(text);
	}
}

/* "step 2: reason.code has another value: expected "17053", seen "17052"", if both are short. */
static int why_failed(struct cf_result_case *out)
{
	const struct cf_result_failure *f = &out->failures[0];
	bool both = f->field && f->expected && strlen(f->expected) <= SHORT_MAX && (!f->seen || strlen(f->seen) <= SHORT_MAX);

	return cf_result_setf(&out->reason, "step %s: %s%s%s%s%s", f->path, f->text, both ? ": expected " : "",
			      both ? f->expected : "", both && f->seen ? ", seen " : "", both && f->seen ? f->seen : "");
}

static int verdict(struct cf_play *p, enum cf_played played, const struct osci_err *err)
{
	struct cf_result_case *out = p->out;
	char text[512];

	out->verdict = played == CF_PLAYED ? CF_PASS : played == CF_PLAY_FAILED ? CF_FAIL : CF_SETUP_ERROR;
	if (played == CF_PLAY_FAILED && out->n_failures)
		return why_failed(out);
	if (played == CF_PLAY_ERROR)
		return cf_result_setf(&out->reason, "%s%s%s", p->path, *p->path ? ": " : "",
				      err->code ? osci_err_text(err, text, sizeof(text)) : "no memory");
	return 0;
}

static int open_world(struct cf_play *p, const struct cf_job *job, const struct place *at, const char *name,
		      struct osci_err *err)
{
	const struct cf_case *c = job->c;
	_cleanup_(osci_freep) struct cf_office_spec *offices = cf_spec_offices(c, &p->conf->drive);
	json_t *partner = cf_spec_partner(job, p->conf->switches), *inge = cf_spec_inge(c, err);
	struct cf_world_spec spec = {
		.name = name,
		.clock_ms = p->begin_ms,
		.offices = offices,
		.n_offices = c->n_offices,
		.overdue_after_ms = cf_dur_add(c->clock_ms, &c->settings.overdue_after) - c->clock_ms,
		.reminder_after = (int)c->settings.reminder_after,
		.old_release_until_ms = c->settings.old_release_until_ms,
		.partner = partner,
		.inge = inge,
		.foreign = p->conf->drive.what,
		.bus_port = p->conf->drive.bus_port,
		.intermediary_port = p->conf->drive.intermediary_port,
		.driver = p->conf->drive.driver,
	};
	int r = offices && partner && inge ? cf_world_new(&p->w, at->site, &spec, err) : -ENOMEM;

	p->site = at->site;
	json_decref(partner);
	json_decref(inge);
	return r || cf_connected(p) ? r : cf_world_inge(p->w, &p->begin, err);
}

static void carry_out(struct cf_play *p, const struct cf_job *job, const struct place *at, const char *name)
{
	struct osci_err err = { 0 }, more = { 0 };
	enum cf_played played = CF_PLAY_ERROR;

	p->begin_ms = p->out->clock_ms = begins(p->conf, job->c);
	if (!open_world(p, job, at, name, &err)) {
		played = play(p, &err);
		if (cf_play_timeline(p, &more) && played != CF_PLAY_ERROR) {
			played = CF_PLAY_ERROR;
			err = more;
		}
		p->out->clock_end_ms = cf_world_now(p->w);
	}
	if (verdict(p, played, &err))
		p->out->verdict = CF_SETUP_ERROR;
	if (p->w && played != CF_PLAYED) {
		logs(p);
		cf_world_failed(p->w);
	}
	cf_world_freep(&p->w);
}

struct cf_result_case *cf_run_not(const struct cf_run_conf *conf, const struct cf_job *job, const char *why)
{
	struct cf_result_case *out = cf_result_case_new(job->c->base_id, job->c->variant);
	struct place at = { 0 };

	if (out && head(out, job, &at, conf->switches))
		cf_result_case_freep(&out);
	if (out) {
		out->verdict = CF_SETUP_ERROR;
		cf_result_set(&out->reason, why);
	}
	return out;
}

struct cf_result_case *cf_run_case(const struct cf_run_conf *conf, const struct cf_job *job, size_t number)
{
	struct cf_result_case *out = cf_result_case_new(job->c->base_id, job->c->variant);
	struct cf_play p = { .conf = conf, .c = job->c, .out = out, .captures = json_object() };
	int64_t start = osci_clock_mono_ms();
	char why[256], name[128];
	const char *skip;
	struct place at;

	if (out && p.captures) {
		skip = choose(&at, conf, job->c, why);
		if (head(out, job, &at, conf->switches)) {
			cf_result_case_freep(&out);
		} else if (skip) {
			out->verdict = CF_SKIPPED;
			cf_result_set(&out->reason, skip);
		} else {
			p.case_end = start + CF_CASE_REAL_MAX_MS;
			if (cf_driven(&p))
				p.case_end += (int64_t)(job->c->n_steps + 2) * conf->drive.patience_ms;
			snprintf(name, sizeof(name), "%04zu-%.100s", number, job->c->id);
			carry_out(&p, job, &at, name);
		}
	} else {
		cf_result_case_freep(&out);
	}
	if (out)
		out->real_ms = (unsigned)(osci_clock_mono_ms() - start);
	cf_play_clear(&p);
	return out;
}
