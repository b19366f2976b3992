/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - decision table for 070001 and 070008 to 070010, and for 070007
 *
 * One function per row, in order, first hit wins.  A function returns true if its row
 * decides.  "Own" means issued by the sender, "other" by anybody else.
 */
#include <string.h>

#include "base/text.h"
#include "rules/rules.h"

#define TEXT_PAIR \
	"Die übermittelte BAMF-Kennziffer passt nicht zum übermittelten Geburtsdatum. " \
	"Bitte korrigieren Sie die Angaben."
#define TEXT_CITIZEN \
	"Person besitzt die deutsche Staatsangehörigkeit oder die eines Mitgliedstaates der EU oder des EWR; " \
	"eine Teilnahmeberechtigung durch die Ausländerbehörde ist nicht möglich."
#define GAP_SPAETAUSSIEDLER "Spätaussiedler"
#define GAP_NO_NAME "eine andere Behörde"

struct row {
	struct sim_decision *d;
	const struct sim_request *req;
	const struct sim_person *person; /* NULL = new */
	const struct sim_settings *s;
	const char *today;
	bool obligation, replace;
};

bool sim_is_obligation(const char *number)
{
	return strcmp(number, "070008") == 0 || strcmp(number, "070009") == 0 || strcmp(number, "070010") == 0;
}

bool sim_is_report(const char *number)
{
	return strcmp(number, "070001") == 0 || sim_is_obligation(number);
}

static bool refuse(struct row *w, const char *rule, const char *code, const struct sim_record *shown)
{
	struct sim_decision *d = w->d;

	d->rule = rule;
	d->answer = "070005";
	d->action = SIM_DO_NOTHING;
	d->list = SIM_LIST_REFUSAL;
	d->code = code;
	d->shown = shown;
	if (shown)
		d->gap = shown->issuer_name ? shown->issuer_name : GAP_NO_NAME;
	return true;
}

static bool own(const struct row *w, const struct sim_record *r)
{
	return r->issuer_key && strcmp(r->issuer_key, w->req->office_key) == 0;
}

/* First record in force of one of two classes; @who: 1 own, -1 other, 0 any. */
static const struct sim_record *in_force(const struct row *w, enum sim_art_class a, enum sim_art_class b, int who)
{
	for (size_t i = 0; w->person && i < w->person->n_records; i++) {
		const struct sim_record *r = &w->person->records[i];
		enum sim_art_class c = sim_art_class(r->art);

		if ((c == a || c == b) && (who == 0 || own(w, r) == (who > 0)) &&
		    sim_record_in_force(r, w->s, w->today))
			return r;
	}
	return NULL;
}

static bool rule_2a_deceased(struct row *w)
{
	return w->person && (w->person->flags & SIM_FLAG_DECEASED) && refuse(w, "RULE-2a", "17053", NULL);
}

/* Keys of the Statistisches Bundesamt: Germany, the Union, Iceland, Liechtenstein, Norway. */
static bool excluded_nationality(const char *code)
{
	static const char *const keys[] = { "000", "124", "125", "126", "127", "128", "129", "130", "131", "134", "135",
					    "136", "137", "139", "141", "142", "143", "145", "148", "149", "151", "152",
					    "153", "154", "155", "157", "161", "164", "165", "181" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], code) == 0)
			return true;
	return false;
}

static bool rule_2b_citizen(struct row *w)
{
	bool hit = w->person && (w->person->flags & (SIM_FLAG_GERMAN | SIM_FLAG_EU_CITIZEN));

	for (size_t i = 0; i < w->req->n_nationalities; i++)
		hit = hit || excluded_nationality(w->req->nationalities[i]);
	for (size_t i = 0; w->person && i < w->person->n_nationalities; i++)
		hit = hit || excluded_nationality(w->person->nationalities[i]);
	if (!hit)
		return false;
	refuse(w, "RULE-2b", w->obligation ? "17112" : w->s->code_citizen, NULL);
	if (strcmp(w->d->code, "17099") == 0)
		w->d->text = TEXT_CITIZEN;
	return true;
}

static bool rule_2c_spaetaussiedler(struct row *w)
{
	const struct sim_record *shown = NULL;

	if (!w->person)
		return false;
	for (size_t i = 0; i < w->person->n_records; i++) {
		const struct sim_record *r = &w->person->records[i];

		if (strcmp(r->art, "4") == 0 && sim_record_in_force(r, w->s, w->today))
			shown = r;
	}
	if (!shown && !(w->person->flags & SIM_FLAG_SPAETAUSSIEDLER))
		return false;
	refuse(w, "RULE-2c", w->obligation ? "17110" : w->s->code_spaetaussiedler, shown);
	w->d->gap = strcmp(w->d->code, "17104") == 0 ? GAP_SPAETAUSSIEDLER :
		    shown && shown->issuer_name      ? shown->issuer_name :
						       "das Bundesverwaltungsamt";
	return true;
}

static bool rule_3_attended(struct row *w)
{
	for (size_t i = 0; w->person && i < w->person->n_records; i++)
		if (w->person->records[i].attended == SIM_ATTENDED_COMPLETE)
			return refuse(w, "RULE-3", w->s->code_attended, NULL);
	return false;
}

static bool rule_5a_other_abh(struct row *w)
{
	const struct sim_record *r = in_force(w, SIM_ART_OBLIGATION_ABH, SIM_ART_OBLIGATION_ABH, -1);

	return r && refuse(w, "RULE-5a", w->obligation ? "17109" : w->s->code_obliged, r);
}

/* Takeover is offered to an office that has not taken over yet. */
static void offer_takeover(struct row *w, const struct sim_record *r, const char *note)
{
	if (sim_record_taken_over(r, w->req->office_key))
		return;
	if (!w->obligation && !w->s->entitlement_takeover)
		return;
	if (strcmp(w->s->note_refusal, "17117") != 0)
		note = w->s->note_refusal;
	w->d->can_take_over = true;
	w->d->notes[w->d->n_notes++] = note;
}

static bool rule_5b_tgs_tla(struct row *w)
{
	const struct sim_record *r = in_force(w, SIM_ART_OBLIGATION_TGS, SIM_ART_OBLIGATION_TLA, 0);

	if (!r)
		return false;
	refuse(w, "RULE-5b", w->obligation ? "17109" : w->s->code_obliged, r);
	offer_takeover(w, r, "17117");
	return true;
}

static bool rule_5c_tgs_admission(struct row *w)
{
	const struct sim_record *r = in_force(w, SIM_ART_ADMISSION_TGS, SIM_ART_ADMISSION_TGS, 0);

	if (!r)
		return false;
	refuse(w, "RULE-5c", w->obligation ? "17145" : "17119", r);
	offer_takeover(w, r, "17118");
	return true;
}

static bool ask(struct row *w, const char *rule, const struct sim_record *r)
{
	struct sim_decision *d = w->d;

	d->rule = rule;
	d->answer = "070006";
	d->action = SIM_DO_ASK;
	d->list = SIM_LIST_QUESTION;
	d->code = "17121";
	d->shown = r;
	d->gap = r->issuer_name;
	return true;
}

/* The day of the grant included; "" if unlimited. */
static void valid_for(char *out, const char *today, const char *months)
{
	char next[SIM_DATE_SIZE];
	uint64_t n;

	if (!osci_parse_u64(months, strlen(months), 1200, &n) && sim_date_add_months(next, today, (int)n))
		sim_date_day_before(out, next); /* else a word: unlimited */
}

static void store(struct row *w, const char *rule)
{
	struct sim_decision *d = w->d;
	struct sim_fresh *f = &d->fresh;
	const struct sim_request *q = w->req;

	d->rule = rule;
	d->answer = "070003";
	d->action = SIM_DO_STORE;
	memcpy(f->valid_from, w->today, SIM_DATE_SIZE);
	f->valid_until[0] = '\0';
	if (strcmp(q->number, "070001") == 0) {
		f->art = "1a";
		f->orientation_course_only = q->orientation_course_only;
		valid_for(f->valid_until, w->today, w->s->entitlement_months);
	} else if (strcmp(q->number, "070010") == 0) {
		f->art = "2";
		if (q->valid_until)
			memcpy(f->valid_until, q->valid_until, SIM_DATE_SIZE);
	} else { /* 070008, 070009: ends only by withdrawal or attendance (§ 44a Abs. 1a AufenthG) */
		f->art = "1b";
		f->language_course_only = q->language_course_only;
		valid_for(f->valid_until, w->today, w->s->obligation_months);
	}
}

/*
 * What stands beside the new record ends: replaced if in force, dropped (RULE-4) if lapsed or run out.
 */
static void end_others(struct row *w)
{
	struct sim_decision *d = w->d;

	for (size_t i = 0; w->person && i < w->person->n_records; i++) {
		const struct sim_record *r = &w->person->records[i];

		if (r->ended != SIM_ENDED_NOT || d->n_ended == SIM_ENDED_MAX)
			continue;
		d->ended_how[d->n_ended] =
			sim_record_in_force(r, w->s, w->today) ? SIM_ENDED_REPLACED : SIM_ENDED_LAPSED;
		d->ended[d->n_ended++] = r;
	}
}

/* @kennziffer: kept for the new record; NULL = a new one. */
static bool replace(struct row *w, const char *rule, const char *kennziffer)
{
	store(w, rule);
	end_others(w);
	w->d->fresh.kennziffer = kennziffer;
	return true;
}

static bool rule_6_other_entitlement(struct row *w)
{
	const struct sim_record *r = in_force(w, SIM_ART_ENTITLEMENT, SIM_ART_ADMISSION_BAMF, -1);

	if (!r)
		return false;
	if (w->obligation)
		return w->replace ? replace(w, "RULE-6", w->s->keep_kennziffer ? r->kennziffer : NULL) : ask(w, "RULE-6", r);
	return refuse(w, "RULE-6", w->s->code_entitled, r);
}

static bool repeat(struct row *w, const struct sim_record *r)
{
	w->d->rule = "RULE-7";
	w->d->answer = "070003";
	w->d->action = SIM_DO_NOTHING;
	w->d->shown = r;
	return true;
}

/* Never a second Kennziffer beside the sender's own one. */
static bool rule_7_own(struct row *w)
{
	const struct sim_record *r = in_force(w, SIM_ART_OBLIGATION_ABH, SIM_ART_OBLIGATION_ABH, 1);

	if (r) {
		if (w->obligation && w->s->own_repeat)
			return repeat(w, r);
		return refuse(w, "RULE-7", w->obligation ? "17109" : "17107", r);
	}
	r = in_force(w, SIM_ART_ENTITLEMENT, SIM_ART_ADMISSION_BAMF, 1);
	if (!r)
		return false;
	if (w->obligation)
		return w->replace || !w->s->own_question ? replace(w, "RULE-7", r->kennziffer) : ask(w, "RULE-7", r);
	return w->s->own_repeat ? repeat(w, r) : refuse(w, "RULE-7", w->s->code_own, r);
}

static bool rule_8_otherwise(struct row *w)
{
	struct sim_decision *d = w->d;

	replace(w, "RULE-8", NULL);
	if (w->s->keep_kennziffer && d->n_ended)
		d->fresh.kennziffer = d->ended[d->n_ended - 1]->kennziffer;
	return true;
}

void sim_decide_person(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *person,
		       const struct sim_settings *s, const char *today, bool yes)
{
	/* RULE-4 has no function: a record that ran out or lapsed is not in force for any row below. */
	static bool (*const rows[])(struct row *) = {
		rule_2a_deceased,  rule_2b_citizen,       rule_2c_spaetaussiedler,  rule_3_attended, rule_5a_other_abh,
		rule_5b_tgs_tla,   rule_5c_tgs_admission, rule_6_other_entitlement, rule_7_own,      rule_8_otherwise,
	};
	struct row w = { ret, req, person, s, today, sim_is_obligation(req->number), yes };

	memset(ret, 0, sizeof(*ret));
	ret->person = person;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i](&w))
			break;
}

void sim_decide_report(struct sim_decision *ret, struct sim_mem *mem, const struct sim_request *req,
		       const struct sim_person *persons, size_t n, const struct sim_settings *s, const char *today)
{
	struct sim_identified id;

	sim_identify(&id, mem, req, persons, n, s);
	switch (id.how) {
	case SIM_ID_NEW:
	case SIM_ID_KNOWN:
		sim_decide_person(ret, req, id.person, s, today, false);
		return;
	case SIM_ID_PAIR:
		memset(ret, 0, sizeof(*ret));
		ret->rule = "ID-PAIR";
		ret->answer = "070005";
		ret->list = SIM_LIST_REFUSAL;
		ret->code = "17099";
		ret->text = TEXT_PAIR;
		return;
	case SIM_ID_DUPLICATE:
	case SIM_ID_CONFLICT:
		/* RULE-1: one 070004 per request, however many hits. */
		memset(ret, 0, sizeof(*ret));
		ret->rule = "RULE-1";
		ret->answer = "070004";
		ret->action = SIM_DO_CLARIFY;
		ret->list = SIM_LIST_DUPLICATE;
		ret->code = "17001";
		memcpy(ret->hits, id.hits, sizeof(id.hits));
		ret->n_hits = id.n_hits;
		return;
	}
}

void sim_decide_gone(struct sim_decision *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->rule = "GONE";
	ret->answer = "070005";
	ret->list = SIM_LIST_REFUSAL;
	ret->code = "17116";
}

void sim_decide_declined(struct sim_decision *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->rule = "DECLINED";
}
