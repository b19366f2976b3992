/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl-conform - carries out test cases of the exchange between immigration offices and the BAMF
 *
 * Reads the book, sets up the site, carries out the jobs, writes the report.  Whatever keeps it from that is told in
 * one line and ends with 2, which is never a pass.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <osci/osci.h>

#include "base/buf.h"
#include "options.h"
#include "others.h"
#include "report/compare.h"
#include "report/requirements.h"

static volatile int stopped;

static void stop(int sig)
{
	stopped = sig;
}

struct session {
	struct cf_options o;
	struct xausl *x;
	struct cf_book *book;
	const struct cf_case **cases; /* selected */
	size_t n_cases;
	struct cf_job *jobs;
	size_t n_jobs;
	struct cf_site *site, *next, *told;
	struct cf_others others;
	char work[4096];
	bool work_is_ours; /* made by us, removed at the end */
	struct cf_result *r;
	json_t *old, *comparison; /* --compare */
};

static int unusable(const struct osci_err *err)
{
	char text[512];

	fprintf(stderr, "xausl-conform: %s\n", osci_err_text(err, text, sizeof(text)));
	return CF_EXIT_UNUSABLE;
}

static const char *datadir(void)
{
	const char *dir = getenv("XAUSL_DATADIR");

	return dir && *dir ? dir : CF_DATADIR;
}

static int open_data(struct xausl **ret, const char *dir, struct osci_err *err)
{
	char schemas[4096], versions[4096];

	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", dir);
	snprintf(versions, sizeof(versions), "%s/versions", dir);
	return xausl_open(ret, schemas, versions, err);
}

/* --- the book ---------------------------------------------------------------------------- */

static int load(struct session *s)
{
	_cleanup_(osci_freep) const char **ids = NULL;
	struct cf_load_opts opts = { .x = s->x };
	struct osci_err err = { 0 };
	int r;

	s->r = cf_result_new();
	if (!s->r)
		return unusable(&(struct osci_err){ .what = "no memory" });
	if (s->o.requirements && cf_requirements_load(s->r, s->o.requirements, &err))
		return unusable(&err);
	ids = calloc(s->r->n_requirements + 1, sizeof(*ids));
	if (!ids)
		return unusable(&(struct osci_err){ .what = "no memory" });
	for (size_t i = 0; i < s->r->n_requirements; i++)
		ids[opts.n_requirements++] = s->r->requirements[i].id;
	opts.requirements = ids;
	r = cf_book_load(&s->book, s->o.files, s->o.n_files, &opts, &err);
	if (r && !s->book)
		return unusable(&err);
	if (s->book->n_problems)
		cf_book_print_problems(s->book, stderr);
	return r ? CF_EXIT_UNUSABLE : 0;
}

static bool is_named(const struct cf_case *c, const char *id)
{
	return !strcmp(c->id, id) || !strcmp(c->base_id, id);
}

static int choose(struct session *s)
{
	s->cases = calloc(s->book->n_cases + 1, sizeof(*s->cases));
	if (!s->cases)
		return unusable(&(struct osci_err){ .what = "no memory" });
	for (size_t k = 0; k < s->o.n_only; k++) {
		bool there = false;

		for (size_t i = 0; i < s->book->n_cases && !there; i++)
			there = is_named(&s->book->cases[i], s->o.only[k]);
		if (!there) {
			fprintf(stderr, "xausl-conform: --only: no case has the id %s\n", s->o.only[k]);
			return CF_EXIT_UNUSABLE;
		}
	}
	for (size_t i = 0; i < s->book->n_cases; i++) {
		bool wanted = !s->o.n_only;

		for (size_t k = 0; k < s->o.n_only && !wanted; k++)
			wanted = is_named(&s->book->cases[i], s->o.only[k]);
		if (wanted)
			s->cases[s->n_cases++] = &s->book->cases[i];
	}
	if (!s->n_cases) {
		fprintf(stderr, "xausl-conform: the files hold no case\n");
		return CF_EXIT_UNUSABLE;
	}
	return cf_jobs_make(&s->jobs, &s->n_jobs, s->cases, s->n_cases, s->o.vary, s->o.switches)
		       ? unusable(&(struct osci_err){ .what = "no memory" })
		       : 0;
}

static int list(const struct session *s)
{
	size_t written = 0; /* variants of one case stand behind each other */

	for (size_t i = 0; s->o.list && i < s->n_cases; i++)
		printf("%s\t%s\t%s%s\n", s->cases[i]->id, cf_needs_name(s->cases[i]->release), s->cases[i]->title,
		       s->cases[i]->not_runnable ? "\t(not runnable)" : "");
	for (size_t i = 0; i < s->n_cases; i++)
		written += !i || strcmp(s->cases[i]->base_id, s->cases[i - 1]->base_id) != 0;
	printf("%zu cases, %zu runs\n", written, s->n_jobs);
	return 0;
}

/* --- the site ------------------------------------------------------------------------------- */

/* Clock of the earliest case. */
static int64_t earliest(const struct session *s)
{
	int64_t ms = INT64_MAX;

	for (size_t i = 0; i < s->n_cases; i++)
		if (s->cases[i]->release == CF_NEEDS_ANY && !s->cases[i]->not_runnable && s->cases[i]->clock_ms < ms)
			ms = s->cases[i]->clock_ms;
	return ms == INT64_MAX ? 0 : ms;
}

static int open_site(struct session *s, struct cf_site **ret, const char *name, const char *data, const char *release,
		     struct osci_err *err)
{
	char dir[4200], keys[4200];
	struct cf_site_conf conf = { .dir = dir,
				     .shared = s->work,
				     .keys = keys,
				     .programs = s->o.programs,
				     .gateway = s->o.gateway,
				     .intermediary = s->o.intermediary,
				     .partner = s->o.partner,
				     .datadir = data,
				     .release = release,
				     .release_from_ms = earliest(s),
				     .keep = s->o.keep };

	snprintf(dir, sizeof(dir), "%s/%s", s->work, name);
	if (s->o.keys)
		snprintf(keys, sizeof(keys), "%s", s->o.keys);
	else
		snprintf(keys, sizeof(keys), "%s/keys", s->work);
	return cf_site_new(ret, &conf, err);
}

/* Keys for as many offices as the largest case has. */
static int prepare(struct session *s, struct osci_err *err)
{
	size_t most = 0;

	for (size_t i = 0; i < s->n_cases && s->o.drive != CF_FOREIGN_STACK; i++)
		most = s->cases[i]->n_offices > most ? s->cases[i]->n_offices : most;
	return cf_site_prepare(s->site, most, err);
}

/* --release: the one of the data, or the made-up one. */
static int tell_release(struct session *s)
{
	bool next = !cf_site_has_release(s->site, s->o.release) && s->next && cf_site_has_release(s->next, s->o.release);
	struct osci_err err = { 0 };

	if (!next && !cf_site_has_release(s->site, s->o.release)) {
		fprintf(stderr, "xausl-conform: --release: there is no module of release %s\n", s->o.release);
		return CF_EXIT_UNUSABLE;
	}
	if (open_site(s, &s->told, "cases-told", next ? s->o.test_release : datadir(), s->o.release, &err))
		return unusable(&err);
	return 0;
}

static int set_up(struct session *s)
{
	const char *tmp = getenv("TMPDIR");
	struct osci_err err = { 0 };

	if (s->o.work) {
		snprintf(s->work, sizeof(s->work), "%s", s->o.work);
		if (mkdir(s->work, 0700) < 0 && errno != EEXIST) {
			fprintf(stderr, "xausl-conform: --work: the folder %s cannot be made: %m\n", s->work);
			return CF_EXIT_UNUSABLE;
		}
	} else {
		snprintf(s->work, sizeof(s->work), "%s/xausl-conform-XXXXXX", tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(s->work)) {
			fprintf(stderr, "xausl-conform: no folder can be made in %s: %m\n",
				tmp && *tmp ? tmp : "/tmp");
			return CF_EXIT_UNUSABLE;
		}
		s->work_is_ours = true;
	}
	if (open_site(s, &s->site, "cases", datadir(), NULL, &err) || prepare(s, &err))
		return unusable(&err);
	if (cf_others_set_up(&s->others, &s->o, s->book, s->site, &err))
		return unusable(&err);
	if (s->o.test_release && open_site(s, &s->next, "cases-next", s->o.test_release, NULL, &err))
		return unusable(&err);
	if (s->next && !cf_site_has_release(s->next, CF_RELEASE_NEXT)) {
		fprintf(stderr, "xausl-conform: --test-release: the folder holds no release " CF_RELEASE_NEXT "\n");
		return CF_EXIT_UNUSABLE;
	}
	return s->o.release ? tell_release(s) : 0;
}

/* --- the result --------------------------------------------------------------------------------- */

static int64_t real_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int artifact(struct cf_result *r, enum cf_artifact_kind kind, const char *name, const char *version,
		    const char *sha256)
{
	struct cf_result_artifact a = { .kind = kind, .name = (char *)name, .version = (char *)version };

	snprintf(a.sha256, sizeof(a.sha256), "%s", sha256 ? sha256 : "");
	return cf_result_add_artifact(r, &a);
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static bool named(const struct cf_result *r, const char *name)
{
	for (size_t i = 0; i < r->n_artifacts; i++)
		if (!strcmp(r->artifacts[i].name, name))
			return true;
	return false;
}

/*
 * Sites share programs and all releases but the one that is their own.  @label: behind the names of the calendar; @ours: the
 * programs take part.
 */
static int artifacts(struct cf_result *r, const struct cf_site *site, const char *label, bool ours)
{
	json_t *facts = cf_site_facts(site), *one;
	char name[64];
	size_t i;
	int e = facts ? 0 : -ENOMEM;

	if (!ours)
		json_object_del(facts, "programs");
	json_array_foreach (json_object_get(facts, "programs"), i, one)
		e = e || named(r, text_of(one, "name"))
			    ? e
			    : artifact(r, CF_ART_PROGRAM, text_of(one, "name"), text_of(one, "version"),
				       text_of(one, "sha256"));
	json_array_foreach (json_object_get(facts, "releases"), i, one) {
		snprintf(name, sizeof(name), "xausl-schemas/%s",
			 text_of(one, "release") ? text_of(one, "release") : "?");
		e = e || named(r, name)
			    ? e
			    : artifact(r, CF_ART_SCHEMAS, name, text_of(one, "release"), text_of(one, "sha256"));
	}
	json_array_foreach (json_object_get(facts, "calendar"), i, one) {
		snprintf(name, sizeof(name), "versions/%s%s", text_of(one, "name"), label);
		e = e ? e : artifact(r, CF_ART_CALENDAR, name, NULL, text_of(one, "sha256"));
	}
	json_decref(facts);
	return e;
}

/* The runner itself, and the list of requirements. */
static int own(struct cf_result *r, const struct cf_options *o)
{
	const char *base = o->requirements ? strrchr(o->requirements, '/') : NULL;
	char sum[65] = "";
	int e;

	(void)cf_site_sha256("/proc/self/exe", sum, NULL);
	e = artifact(r, CF_ART_PROGRAM, "xausl-conform", r->runner_version, sum);
	if (e || !o->requirements)
		return e;
	*sum = '\0';
	(void)cf_site_sha256(o->requirements, sum, NULL);
	return artifact(r, CF_ART_CASES, base ? base + 1 : o->requirements, NULL, sum);
}

static int head(struct session *s)
{
	static const char *const varies[] = { "none", "each", "all" };
	const struct cf_options *o = &s->o;
	struct cf_result *r = s->r;
	struct utsname u;
	const char *name;
	json_t *value;
	bool ours = o->drive != CF_FOREIGN_STACK;
	char text[64];
	int e;

	r->started_ms = real_now();
	e = cf_result_set(&r->runner_version, "xausl-conform " CF_VERSION) | cf_result_set(&r->release, o->release) |
	    cf_result_set(&r->mode, cf_others_mode(o)) | cf_result_set(&r->subject, o->subject) |
	    cf_result_set(&r->operator_name, o->operator_name) | cf_result_set(&r->file_number, o->file_number) |
	    cf_result_set(&r->place, o->place);
	if (!uname(&u))
		e |= cf_result_setf(&r->host_class, "%s %s, %ld processors", u.sysname, u.machine,
				    sysconf(_SC_NPROCESSORS_ONLN));
	if (o->n_only) {
		snprintf(text, sizeof(text), "%zu of %zu cases", s->n_cases, s->book->n_cases);
		e |= cf_result_add_setting(r, CF_SETTING_ONLY, text);
	}
	snprintf(text, sizeof(text), "%u ms", o->settle_ms);
	e |= cf_others_head(&s->o, r);
	e |= cf_result_add_setting(r, "settle", text) | cf_result_add_setting(r, "vary", varies[o->vary]);
	json_object_foreach (o->switches, name, value)
		e |= cf_result_add_setting(r, name,
					   json_is_string(value) ? json_string_value(value)
					   : json_is_true(value) ? "true"
								 : "false");
	for (size_t i = 0; i < s->book->n_files; i++) {
		const char *base = strrchr(s->book->files[i].path, '/');

		e |= artifact(r, CF_ART_CASES, base ? base + 1 : s->book->files[i].path, NULL,
			      s->book->files[i].sha256);
	}
	e |= artifacts(r, s->site, "", ours);
	e |= s->next ? artifacts(r, s->next, " for test-next", ours) : 0;
	e |= own(r, o);
	e |= s->told ? artifacts(r, s->told, " for --release", ours) : 0;
	return e ? unusable(&(struct osci_err){ .what = "no memory" }) : 0;
}

static void progress(void *arg, const struct cf_result_case *c, size_t done, size_t total)
{
	cf_report_progress(arg, c, done, total);
	fflush(arg);
}

/* With the earlier run; its status.  A run that was not carried out is compared with nothing. */
static int compare(struct session *s)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CF_RESULT_JSON_MAX);
	struct osci_err err = { 0 };
	json_auto_t *new = NULL;
	int r;

	if (!s->old || s->r->trouble)
		return 0;
	new = cf_outline_of(s->r);
	r = new ? cf_outlines_fit(s->old, new, &err) : -ENOMEM;
	if (!r && !(s->comparison = cf_compare(s->old, new)))
		r = -ENOMEM;
	r = r ? r : cf_comparison_render(&b, s->comparison, CF_COMPARISON_TEXT);
	if (r)
		return unusable(&err);
	s->o.report.comparison = s->comparison;
	fwrite(b.data, 1, b.len, stdout);
	return cf_comparison_worse(s->comparison);
}

static int carry_out(struct session *s)
{
	struct cf_run_conf conf = { .drive = s->others.drive,
				    .site = s->site,
				    .next = s->next,
				    .told = s->told,
				    .release = s->o.release,
				    .settle_ms = (int)s->o.settle_ms,
				    .vary = s->o.vary,
				    .switches = s->o.switches,
				    .jobs = s->o.jobs,
				    .stop = &stopped,
				    .progress = s->o.quiet ? NULL : progress,
				    .arg = stdout };
	struct osci_err err = { 0 };
	struct cf_counts n;
	int compared, r = cf_run_jobs(&conf, s->jobs, s->n_jobs, s->r, &err);

	s->r->ended_ms = real_now();
	if (r)
		cf_result_set(&s->r->trouble, err.code ? err.what : "no memory");
	else if (stopped)
		cf_result_set(&s->r->trouble, "ended by a signal before all cases were carried out");
	compared = compare(s);
	if (cf_report_write(s->r, &s->o.report, &err))
		return unusable(&err);
	n = cf_result_counts(s->r);
	printf("%s: %zu passed, %zu failed, %zu set-up errors, %zu skipped%s%s\n",
	       cf_run_verdict_text(cf_result_verdict(s->r)), n.pass, n.fail, n.setup_error, n.skipped,
	       s->r->trouble ? "; " : "", s->r->trouble ? s->r->trouble : "");
	r = cf_result_exit_status(s->r);
	return r > compared ? r : compared;
}

static int run(struct session *s)
{
	struct osci_err err = { 0 }, more = { 0 };
	int r;

	/*
	 * First of all: whatever keeps this run from its report, that of an earlier one must not stand for it.  But it may
	 * be what this run is compared with.
	 */
	r = s->o.compare ? cf_outline_read(&s->old, s->o.compare, &err) : 0;
	if (!s->o.check && cf_report_ready(&s->o.report, real_now() / 1000, r ? &more : &err))
		return unusable(r ? &more : &err);
	if (r || (s->old && cf_outline_fits_release(s->old, s->o.release, &err)))
		return unusable(&err);
	if (open_data(&s->x, datadir(), &err))
		return unusable(&err);
	r = load(s);
	if (!r)
		r = choose(s);
	if (r || s->o.check)
		return r ? r : list(s);
	r = set_up(s);
	if (!r)
		r = head(s);
	return r ? r : carry_out(s);
}

int main(int argc, char **argv)
{
	cf_command_fn *command = argc > 1 ? cf_command_find(argv[1]) : NULL;
	struct session s = { 0 };
	struct osci_err err = { 0 };
	int status;

	if (osci_init(&err))
		return unusable(&err);
	if (command)
		return command(argc - 1, argv + 1);
	status = cf_options_read(&s.o, argc, argv);
	if (status < 0) {
		struct sigaction act = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };

		sigaction(SIGINT, &act, NULL);
		sigaction(SIGTERM, &act, NULL);
		signal(SIGPIPE, SIG_IGN);
		status = run(&s);
	}
	cf_result_freep(&s.r);
	json_decref(s.old);
	json_decref(s.comparison);
	cf_site_freep(&s.told);
	cf_site_freep(&s.next);
	cf_site_freep(&s.site);
	if (s.work_is_ours && s.o.keep == CF_KEEP_NONE)
		cf_remove_folder(s.work);
	free(s.jobs);
	free(s.cases);
	cf_others_clear(&s.others);
	cf_book_freep(&s.book);
	xausl_freep(&s.x);
	cf_options_clear(&s.o);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xausl-conform: the standard output cannot be written\n");
		status = CF_EXIT_UNUSABLE;
	}
	return status;
}
