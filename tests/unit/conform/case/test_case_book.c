/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_case_book - the book in conformance/cases leaves nothing out: messages, fields, codes, faults, points, requirements
 *
 * Read from the case files and the release alone; that the cases pass is shown by running them.  A hole is printed by name.
 */
#include <glob.h>

#include <xausl/codes.h>

#include "report/requirements.h"
#include "t_case.h"

static struct cf_book *book;
static struct cf_result *list; /* holds the requirements */
static const struct xausl_release *release;

static int begin(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	struct cf_load_opts opts = { 0 };
	struct osci_err err = { 0 };
	const char *ids[512], *paths[CF_FILES_MAX];
	char pattern[4096];
	size_t n = 0;
	glob_t found;

	t_case_open(state);
	release = xausl_release_find(t_x, "26.11");
	assert_non_null(release);
	list = cf_result_new();
	snprintf(pattern, sizeof(pattern), "%s/conformance/cases/requirements.yaml", root);
	if (cf_requirements_load(list, pattern, &err))
		fail_msg("%s %s", err.where, err.what);
	assert_in_range(list->n_requirements, 1, 512);
	for (size_t i = 0; i < list->n_requirements; i++)
		ids[i] = list->requirements[i].id;
	snprintf(pattern, sizeof(pattern), "%s/conformance/cases/*.yaml", root);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_in_range(found.gl_pathc, 2, CF_FILES_MAX);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], "/requirements.yaml"))
			paths[n++] = found.gl_pathv[i];
	opts = (struct cf_load_opts){ .x = t_x, .requirements = ids, .n_requirements = list->n_requirements };
	if (cf_book_load(&book, paths, n, &opts, &err))
		fail_msg("%s %s", err.where, err.what);
	globfree(&found);
	return 0;
}

static int end(void **state)
{
	cf_book_freep(&book);
	cf_result_freep(&list);
	return t_case_close(state);
}

static bool in(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

static size_t missing(size_t n, const char *what, const char *name)
{
	print_message("# no case: %s %s\n", what, name);
	return n + 1;
}

/* --- walks over steps ---------------------------------------------------------- */

typedef void step_fn(const struct cf_case *c, const struct cf_step *s, void *arg);

/* Alternatives are one level deep: what "then" holds is walked after the step it belongs to. */
static void each_step(step_fn *fn, void *arg)
{
	for (size_t i = 0; i < book->n_cases; i++) {
		const struct cf_case *c = &book->cases[i];
		const struct cf_steps *todo[CF_STEPS_MAX + 1];
		size_t n = 0;

		todo[n++] = &c->steps;
		while (n) {
			const struct cf_steps *now = todo[--n];

			for (size_t k = 0; k < now->n; k++) {
				const struct cf_expect *e = &now->list[k].expect;

				fn(c, &now->list[k], arg);
				if (now->list[k].kind != CF_EXPECT)
					continue;
				for (size_t a = 0; a < e->n_alternatives && n < CF_STEPS_MAX; a++)
					if (e->alternatives[a].then.n)
						todo[n++] = &e->alternatives[a].then;
			}
		}
	}
}

typedef void expected_fn(const struct cf_case *c, const struct cf_expect *e, const struct cf_alternative *a,
			 const struct cf_expected *f, void *arg);

struct walk {
	expected_fn *fn;
	void *arg;
};

static void each_field_of(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	const struct walk *w = arg;

	for (size_t a = 0; s->kind == CF_EXPECT && a < s->expect.n_alternatives; a++) {
		const struct cf_alternative *alt = &s->expect.alternatives[a];

		for (size_t i = 0; i < s->expect.fields.n; i++)
			w->fn(c, &s->expect, alt, &s->expect.fields.list[i], w->arg);
		for (size_t i = 0; i < alt->fields.n; i++)
			w->fn(c, &s->expect, alt, &alt->fields.list[i], w->arg);
	}
}

static void each_expected(expected_fn *fn, void *arg)
{
	each_step(each_field_of, &(struct walk){ fn, arg });
}

/* "sections[1].begin" -> "sections[].begin" */
static void plain(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++)
		if (n == 0 || out[n - 1] != '[' || *name < '0' || *name > '9')
			out[n++] = *name;
	out[n] = '\0';
}

/* --- messages and fields --------------------------------------------------------- */

static const char *const requests[] = { "070001", "070007", "070008", "070009", "070010",
					"070011", "070013", "070016", "070019", "070022", NULL };
static const char *const answers[] = { "070003", "070004", "070005", "070006", "070012", "070014", "070015", "070017", NULL };
static const char *const administrative[] = { "0010", "000002", "000030", "0031", "0032", NULL };

struct look {
	const char *message, *name, *code;
	bool script, found;
};

/* Captured values are known to a run alone. */
static const json_t *nothing_captured(void *arg, const char *name)
{
	return NULL;
}

static void look_sent(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct look *l = arg;
	struct osci_err err = { 0 };
	json_t *data = NULL;
	char name[256];

	if (l->found || s->kind != CF_SEND || strcmp(s->send.message, l->message) || s->send.n_wrong)
		return;
	/* The answer to a question has its own place for it. */
	if (!l->name || (!strcmp(l->name, "question") && s->send.reply_to)) {
		l->found = true;
		return;
	}
	if (cf_send_data(&data, &s->send, nothing_captured, NULL, &err))
		return;
	snprintf(name, sizeof(name), "%s", l->name);
	for (char *at = strstr(name, "[]"); at; at = strstr(at + 3, "[]")) {
		memmove(at + 3, at + 2, strlen(at + 2) + 1);
		memcpy(at, "[1]", 3);
	}
	l->found = cf_path_get(data, name) != NULL;
	json_decref(data);
}

static void look_compared(const struct cf_case *c, const struct cf_expect *e, const struct cf_alternative *a,
			  const struct cf_expected *f, void *arg)
{
	struct look *l = arg;
	char name[256];
	size_t len = strlen(l->name);

	if (l->found || !a->message || strcmp(a->message, l->message))
		return;
	if (e->at != (in(requests, l->message) ? CF_AT_PARTNER : CF_AT_OFFICE) || f->match.kind == CF_M_ANY ||
	    f->match.kind == CF_M_ABSENT)
		return;
	plain(f->name, name, sizeof(name));
	/* A list of plain values may be compared as a whole. */
	l->found = !strcmp(name, l->name) ||
		   (len > 2 && !strcmp(l->name + len - 2, "[]") && !strncmp(name, l->name, len - 2) && !name[len - 2]);
}

static void look_message(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct look *l = arg;

	for (size_t a = 0; s->kind == CF_EXPECT && s->expect.at == CF_AT_OFFICE && a < s->expect.n_alternatives; a++)
		if (s->expect.alternatives[a].message && !strcmp(s->expect.alternatives[a].message, l->message))
			l->found = true;
	/* Administrative ones come as outcomes; the scripts and faults that make them are looked at. */
	for (size_t i = 0; s->kind == CF_SCRIPT && in(administrative, l->message) && i < s->script.n_answers; i++)
		if (!strcmp(s->script.answers[i].message, l->message))
			l->found = true;
	if (s->kind == CF_FAULT && s->fault.kind == CF_F_REJECT && !strcmp(s->fault.form, l->message))
		l->found = true;
}

static void every_message_is_sent_or_expected(void **state)
{
	size_t holes = 0;

	for (size_t i = 0; requests[i]; i++) {
		struct look l = { .message = requests[i] };

		each_step(look_sent, &l);
		holes = l.found ? holes : missing(holes, "sends", requests[i]);
	}
	for (size_t i = 0; answers[i]; i++) {
		struct look l = { .message = answers[i] };

		each_step(look_message, &l);
		holes = l.found ? holes : missing(holes, "expects", answers[i]);
	}
	for (size_t i = 0; administrative[i]; i++) {
		struct look l = { .message = administrative[i] };

		each_step(look_message, &l);
		holes = l.found ? holes : missing(holes, "has", administrative[i]);
	}
	/* The lists above are those of the release. */
	for (unsigned number = 70001; number <= 70022; number++) {
		char name[8];
		int way;

		snprintf(name, sizeof(name), "%06u", number);
		way = xausl_message_direction(release, name);
		assert_int_equal(way, in(requests, name) ? 1 : in(answers, name) ? -1 : 0);
	}
	assert_int_equal(holes, 0);
}

/* Wordings of codes that an office can send are those of the list; the purpose of 070011 stays in the journal. */
static bool is_said(const char *number, const struct xausl_field *f)
{
	size_t len = strlen(f->name);

	return *f->path && !(len > 10 && !strcmp(f->name + len - 10, ".type_name")) &&
	       !(in(requests, number) && len > 5 && !strcmp(f->name + len - 5, "_name"));
}

static size_t fields_of(const char *number)
{
	struct xausl_field f;
	size_t holes = 0;
	char what[300];

	for (size_t i = 0; xausl_field_get(release, number, i, &f); i++) {
		struct look sent = { .message = number, .name = f.name }, compared = sent;

		if (!is_said(number, &f))
			continue;
		if (in(requests, number))
			each_step(look_sent, &sent);
		else
			sent.found = true;
		each_expected(look_compared, &compared);
		snprintf(what, sizeof(what), "%s.%s", number, f.name);
		holes = sent.found ? holes : missing(holes, "sends", what);
		holes = compared.found ? holes : missing(holes, "compares", what);
	}
	return holes;
}

static void every_field_is_sent_and_compared(void **state)
{
	size_t holes = 0;

	for (size_t i = 0; requests[i]; i++)
		holes += fields_of(requests[i]);
	for (size_t i = 0; answers[i]; i++)
		holes += fields_of(answers[i]);
	assert_int_equal(holes, 0);
}

/* --- codes ------------------------------------------------------------------------- */

static bool is_code(const struct cf_match *m, const char *code, bool surely)
{
	if (m->kind == CF_M_EQUALS)
		return json_is_string(m->value) && !strcmp(json_string_value(m->value), code);
	for (size_t i = 0; m->kind == CF_M_ONE_OF && !surely && i < m->n; i++)
		if (m->list[i].kind == CF_M_EQUALS && is_code(&m->list[i], code, true))
			return true;
	return false;
}

static bool entry_has(const struct cf_match *m, const char *code)
{
	for (size_t i = 0; m->kind == CF_M_CONTAINS && i < m->n; i++)
		for (size_t k = 0; k < m->entries[i].fields.n; k++)
			if (!strcmp(m->entries[i].fields.list[k].name, "code") &&
			    is_code(&m->entries[i].fields.list[k].match, code, true))
				return true;
	return false;
}

static bool scripted(const struct cf_case *c)
{
	for (size_t i = 0; i < c->steps.n; i++)
		if (c->steps.list[i].kind == CF_SCRIPT)
			return true;
	return false;
}

static void look_code(const struct cf_case *c, const struct cf_expect *e, const struct cf_alternative *a,
		      const struct cf_expected *f, void *arg)
{
	struct look *l = arg;
	char name[256];

	if (l->found || !a->message || (l->message && strcmp(a->message, l->message)) || e->at != CF_AT_OFFICE)
		return;
	/* By the rules alone, a case may leave it open which of several codes comes. */
	if (!l->script && scripted(c))
		return;
	plain(f->name, name, sizeof(name));
	l->found = (!strcmp(name, l->name) && is_code(&f->match, l->code, l->script)) ||
		   (!strcmp(name, "notes") && !strcmp(l->name, "notes[].code") && entry_has(&f->match, l->code));
}

/* The codes the rules of the partner lead to: the others answer a job centre, or the texts say nothing of when. */
static const char *const by_script[] = { "17143", "17573", "17575", NULL };

static void every_code_reaches_an_office(void **state)
{
	static const struct {
		const char *list, *message, *field;
	} all[] = {
		{ "BAMFABH-Ablehnungsgrund", "070005", "reason.code" },
		{ "BAMFABH.Dublette", "070004", "reason.code" },
		{ "BAMFABH-Nachfragegrund", "070006", "reason.code" },
		{ "BAMFABH-InformationBerechtigungsschein", "070012", "reason.code" },
		{ "Int.AuskunftNichtMoeglich", "070014", "reason.code" },
		{ "BAMFABH.UebernahmeNichtMoeglich", "070017", "reason.code" },
		{ "Informationen-zur-Berechtigung-Verpflichtung", NULL, "notes[].code" },
	};
	size_t holes = 0, codes = 0;

	for (size_t a = 0; a < sizeof(all) / sizeof(all[0]); a++) {
		struct xausl_code_list l;
		struct xausl_code code;
		size_t i = 0;

		while (xausl_code_list_get(release, i, &l) && (!l.current || strcmp(l.name, all[a].list)))
			i++;
		for (size_t k = 0; xausl_code_get(release, i, k, &code); k++, codes++) {
			struct look given = { .message = all[a].message, .name = all[a].field, .code = code.code,
					      .script = true };
			struct look ruled = given;

			each_expected(look_code, &given);
			holes = given.found ? holes : missing(holes, all[a].list, code.code);
			ruled.script = false;
			each_expected(look_code, &ruled);
			if (!ruled.found && !in(by_script, code.code))
				holes = missing(holes, "without a script", code.code);
		}
	}
	assert_in_range(codes, 35, 200);
	assert_int_equal(holes, 0);
}

/* --- faults, points, outcomes, states ---------------------------------------------- */

struct seen {
	bool fault[4][CF_F_DROP_REPLY + 1], restart[4][2][CF_ACKNOWLEDGED + 1], event;
	const char *word;
	enum cf_at at;
};

static void look_around(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct seen *seen = arg;

	if (s->kind == CF_FAULT)
		seen->fault[s->fault.at][s->fault.kind] = true;
	if (s->kind == CF_RESTART)
		seen->restart[s->restart.what][s->restart.how][s->restart.at] = true;
	for (size_t a = 0; seen->word && s->kind == CF_EXPECT && s->expect.at == seen->at && a < s->expect.n_alternatives; a++)
		if (s->expect.alternatives[a].outcome && !strcmp(s->expect.alternatives[a].outcome, seen->word))
			seen->event = true;
}

static void every_fault_and_point_is_used(void **state)
{
	static const enum cf_fault_kind partner[] = { CF_F_DUPLICATE_ANSWER, CF_F_DELAY, CF_F_DROP_ANSWER, CF_F_BAD_SIGNATURE,
						      CF_F_OLD_RELEASE, CF_F_INVALID_ANSWER, CF_F_TYPE_MISMATCH,
						      CF_F_NO_TRIGGER_UUID, CF_F_REJECT, CF_F_OUTAGE };
	static const enum cf_fault_kind intermediary[] = { CF_F_OUTAGE, CF_F_OUT_OF_ORDER, CF_F_WRONG_MAILBOX, CF_F_DROP_REPLY,
							   CF_F_DROP_ANSWER };
	struct seen seen = { 0 };
	size_t holes = 0;

	each_step(look_around, &seen);
	for (size_t i = 0; i < sizeof(partner) / sizeof(partner[0]); i++)
		holes = seen.fault[CF_PARTNER][partner[i]] ? holes : missing(holes, "partner fault", cf_fault_name(partner[i]));
	for (size_t i = 0; i < sizeof(intermediary) / sizeof(intermediary[0]); i++)
		holes = seen.fault[CF_INTERMEDIARY][intermediary[i]]
				? holes : missing(holes, "intermediary fault", cf_fault_name(intermediary[i]));
	for (enum cf_point p = CF_NOW; p <= CF_ACKNOWLEDGED; p++)
		for (enum cf_how how = CF_KILL; how <= CF_STOP; how++)
			holes = seen.restart[CF_GATEWAY][how][p]
					? holes : missing(holes, "restart of the gateway", cf_point_name(p));
	for (enum cf_what w = CF_INTERMEDIARY; w <= CF_OFFICE; w++)
		holes = seen.restart[w][CF_KILL][CF_NOW] ? holes : missing(holes, "restart", cf_what_name(w));
	assert_int_equal(holes, 0);
}

static bool state_is_checked(const struct cf_check *k, const char *word)
{
	for (size_t i = 0; k && i < k->n_journal; i++)
		if (is_code(&k->journal[i].match, word, false))
			return true;
	return false;
}

static void look_state(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct look *l = arg;

	l->found = l->found || (s->kind == CF_CHECK && state_is_checked(&s->check, l->code)) ||
		   state_is_checked(c->after, l->code);
}

static void every_outcome_and_state_is_seen(void **state)
{
	static const char *const office[] = { "accepted-by-gateway", "rejected-by-gateway", "held", "rejected-by-partner",
					      "not-competent", "forwarded", "overdue", "reminder", "lapsed", NULL };
	static const char *const operator[] = { "incoming-rejected", "incoming-unassigned", "incoming-repeated", "overdue",
						NULL };
	static const char *const states[] = { "refused", "queued", "stored", "fetched", "clarification", "question", "decided",
					      "answered", "closed", "rejected", "lapsed", "held", NULL };
	size_t holes = 0;

	for (size_t i = 0; office[i]; i++) {
		struct seen s = { .word = office[i], .at = CF_AT_OFFICE };

		each_step(look_around, &s);
		holes = s.event ? holes : missing(holes, "outcome", office[i]);
	}
	for (size_t i = 0; operator[i]; i++) {
		struct seen s = { .word = operator[i], .at = CF_AT_OPERATOR };

		each_step(look_around, &s);
		holes = s.event ? holes : missing(holes, "event", operator[i]);
	}
	for (size_t i = 0; states[i]; i++) {
		struct look l = { .code = states[i] };

		each_step(look_state, &l);
		holes = l.found ? holes : missing(holes, "state", states[i]);
	}
	assert_int_equal(holes, 0);
}

/* --- requirements -------------------------------------------------------------------- */

static bool has_case(const char *id)
{
	for (size_t i = 0; i < book->n_cases; i++)
		if (!strcmp(book->cases[i].requirement, id))
			return true;
	return false;
}

static bool in_list(const char *id)
{
	for (size_t i = 0; i < list->n_requirements; i++)
		if (!strcmp(list->requirements[i].id, id))
			return true;
	return false;
}

static void every_requirement_has_a_case(void **state)
{
	/* Those of the case format but the numbered ones, which follow. */
	static const char *const format[] = {
		"CODE-070005", "CODE-070012", "CODE-070014", "CODE-070017", "CODE-NOTE", "ID-DUP", "ID-KEY",
		"ID-PAIR", "INFO-PURPOSE", "INFO-A", "INFO-B", "TAKE", "LIM-MONTH", "LIM-YEARS", "LIM-INACT",
		"DATA-DATE", "DATA-CHAR", "DATA-NAME", "DATA-BLOCK", "CHECK-VALID", "CHECK-S030", "CHECK-TITLE",
		"CHECK-DIR", "CHECK-QUESTION", "REL-DAY", "REL-OLD", "REL-DIALOG", "ONCE-SEND", "ONCE-DELIVER",
		"KEEP-RESTART", "KEEP-ACK", "KEEP-LATE", "SEC-SIGN", "SEC-ADDR", "LOAD", NULL
	};
	size_t holes = 0;
	char id[32];

	for (size_t i = 0; i < list->n_requirements; i++) {
		const struct cf_result_requirement *q = &list->requirements[i];

		assert_true(*q->id && *q->what && *q->source && *q->section && *q->group);
		holes = has_case(q->id) ? holes : missing(holes, "requirement", q->id);
	}
	for (size_t i = 0; format[i]; i++)
		holes = in_list(format[i]) ? holes : missing(holes, "not in the list:", format[i]);
	for (size_t i = 0; i < 9; i++) {
		snprintf(id, sizeof(id), "RULE-%zu", i);
		holes = in_list(id) ? holes : missing(holes, "not in the list:", id);
	}
	for (size_t i = 0; requests[i] || i < 8; i++) {
		snprintf(id, sizeof(id), "FLOW-%s", requests[i]);
		holes = in_list(id) ? holes : missing(holes, "not in the list:", id);
		if (i >= 8)
			continue;
		snprintf(id, sizeof(id), "FLOW-%s", answers[i]);
		holes = in_list(id) ? holes : missing(holes, "not in the list:", id);
	}
	/* Each case names one of the list, not of the format alone: only these have a source and a section. */
	for (size_t i = 0; i < book->n_cases; i++)
		holes = in_list(book->cases[i].requirement) ? holes : missing(holes, "of the list for", book->cases[i].id);
	assert_int_equal(holes, 0);
}

/* --- cases that would pass with a wrong gateway ---------------------------------------- */

struct weak {
	size_t holes;
	const struct cf_case *c;
};

static bool named(const struct cf_label_checks *k, const char *label)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->list[i].label, label))
			return true;
	return false;
}

static bool counts(const struct cf_check *k, const char *label)
{
	bool found = k && (named(&k->sent_once, label) || named(&k->never_sent, label));

	for (size_t i = 0; k && !found && i < k->n_journal; i++)
		found = !strcmp(k->journal[i].label, label);
	return found;
}

struct counted {
	const struct cf_case *c;
	const char *label;
	bool found;
};

static void look_counted(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct counted *n = arg;

	if (c == n->c)
		n->found = n->found || counts(c->after, n->label) || (s->kind == CF_CHECK && counts(&s->check, n->label));
}

static void look_weak(const struct cf_case *c, const struct cf_step *s, void *arg)
{
	struct weak *w = arg;
	const struct cf_expect *e = &s->expect;

	if (s->kind == CF_SEND && !s->send.same_id_as) {
		struct counted n = { .c = c, .label = s->send.label };

		each_step(look_counted, &n);
		w->holes = n.found ? w->holes : missing(w->holes, "counts or follows what is sent:", c->id);
	}
	if (s->kind != CF_EXPECT || e->at != CF_AT_OFFICE)
		return;
	for (size_t i = 0; i < e->n_alternatives; i++) {
		const struct cf_alternative *a = &e->alternatives[i];
		size_t n = e->fields.n + e->n_captures + a->fields.n;
		bool refused = a->outcome && (!strcmp(a->outcome, "rejected-by-gateway") || !strcmp(a->outcome, "held"));

		/* Of one of several answers the number is known to be among those; what follows tells the rest. */
		if ((a->message && n < (e->one_of ? 1 : 2)) || (refused && !n))
			w->holes = missing(w->holes, "looks into what comes:", c->id);
	}
}

static void nothing_is_only_looked_at_from_afar(void **state)
{
	struct weak w = { 0 };

	each_step(look_weak, &w);
	assert_int_equal(w.holes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_is_sent_or_expected),
		cmocka_unit_test(every_field_is_sent_and_compared),
		cmocka_unit_test(every_code_reaches_an_office),
		cmocka_unit_test(every_fault_and_point_is_used),
		cmocka_unit_test(every_outcome_and_state_is_seen),
		cmocka_unit_test(every_requirement_has_a_case),
		cmocka_unit_test(nothing_is_only_looked_at_from_afar),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
