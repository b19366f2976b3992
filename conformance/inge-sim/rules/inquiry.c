/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inquiry - information requests, takeover, new surname, information block
 *
 * 070011 is always answered by 070012.  070013, 070016, 070019 and 070022 know a person
 * by Kennziffer and birth date only; for the last two nobody answers.
 */
#include <string.h>

#include "rules/rules.h"

#define RENAME_MONTHS 36 /* 070019: three years after the grant, the last day included */
#define TEXT_NO_TAKEOVER \
	"Die bestehende Verpflichtung wurde durch eine Ausländerbehörde ausgesprochen; " \
	"eine Übernahme ist nicht vorgesehen."
#define TEXT_TAKEN_OVER "Ihre Behörde hat die Verpflichtung bzw. Zulassung bereits übernommen."
#define TEXT_NOBODY "Mit BAMF-Kennziffer und Geburtsdatum konnte kein eindeutiger Treffer erzielt werden."
#define TEXT_COMPLETED \
	"Die Kursteilnahme im Rahmen der Verpflichtung bzw. Zulassung ist abgeschlossen; " \
	"eine Übernahme ist nicht möglich."

static bool by_tgs_or_tla(const struct sim_record *r)
{
	enum sim_art_class c = sim_art_class(r->art);

	return c == SIM_ART_OBLIGATION_TGS || c == SIM_ART_OBLIGATION_TLA || c == SIM_ART_ADMISSION_TGS;
}

static bool by_abh(const struct sim_record *r)
{
	return sim_art_class(r->art) == SIM_ART_OBLIGATION_ABH;
}

/* --- 070011 ------------------------------------------------------------ */

static int strength(const struct sim_record *r)
{
	switch (sim_art_class(r->art)) {
	case SIM_ART_OBLIGATION_ABH:
	case SIM_ART_OBLIGATION_TGS:
	case SIM_ART_OBLIGATION_TLA:
		return 3;
	case SIM_ART_ADMISSION_TGS:
	case SIM_ART_ADMISSION_BAMF:
		return 2;
	case SIM_ART_ENTITLEMENT:
		return 1;
	case SIM_ART_UNKNOWN:
		break;
	}
	return 0;
}

static const struct sim_record *strongest(const struct sim_person *p, const struct sim_settings *s,
					  const char *today)
{
	const struct sim_record *best = NULL;

	for (size_t i = 0; i < p->n_records; i++) {
		const struct sim_record *r = &p->records[i];

		if (sim_record_in_force(r, s, today) && (!best || strength(r) > strength(best)))
			best = r;
	}
	return best;
}

static bool attended(const struct sim_person *p)
{
	for (size_t i = 0; i < p->n_records; i++)
		if (p->records[i].attended == SIM_ATTENDED_COMPLETE)
			return true;
	return false;
}

static void offer_takeover(struct sim_decision *d, const struct sim_request *req, const struct sim_settings *s)
{
	const char *note = s->note_information;

	if (!by_tgs_or_tla(d->shown) || sim_record_taken_over(d->shown, req->office_key))
		return;
	/* 17117 speaks of an obligation; its form for an admission is 17118. */
	if (strcmp(note, "17117") == 0 && sim_art_class(d->shown->art) == SIM_ART_ADMISSION_TGS)
		note = "17118";
	d->can_take_over = true;
	d->notes[d->n_notes++] = note;
}

void sim_decide_information(struct sim_decision *ret, struct sim_mem *mem, const struct sim_request *req,
			    const struct sim_person *persons, size_t n, const struct sim_settings *s,
			    const char *today)
{
	struct sim_identified id;

	memset(ret, 0, sizeof(*ret));
	ret->rule = "INFO";
	ret->answer = "070012";
	ret->list = SIM_LIST_INFORMATION;
	ret->code = "17560";
	ret->result = "none";
	sim_identify(&id, mem, req, persons, n, s);
	/* No 070004 is defined here: one hit by name counts as found, several give nothing. */
	if (id.how == SIM_ID_DUPLICATE && id.n_hits == 1 && !s->information_strong)
		id.person = id.hits[0];
	if (!id.person)
		return;
	ret->person = id.person;
	ret->shown = strongest(id.person, s, today);
	if (id.person->flags & SIM_FLAG_DECEASED) {
		ret->code = "17564";
		if (strcmp(s->deceased_result, "record") != 0)
			ret->shown = NULL;
		ret->result = strcmp(s->deceased_result, "record") == 0 && !ret->shown ? "none" : s->deceased_result;
	} else if (attended(id.person)) {
		ret->code = "17562";
		ret->result = "completed";
		ret->shown = NULL;
	} else if (ret->shown) {
		ret->code = "17561";
		ret->result = "record";
		offer_takeover(ret, req, s);
	}
}

/* --- 070013 ------------------------------------------------------------ */

static bool belongs_to(const struct sim_record *r, const struct sim_request *req)
{
	return (r->issuer_key && strcmp(r->issuer_key, req->office_key) == 0) ||
	       sim_record_taken_over(r, req->office_key);
}

/* The office's own (or taken over) obligations first, then those in force, then the one named. */
static const struct sim_record *obligation_for(const struct sim_person *p, const struct sim_request *req,
					       const struct sim_settings *s, const char *today)
{
	const struct sim_record *best = NULL;
	int best_rank = -1;

	for (size_t i = 0; i < p->n_records; i++) {
		const struct sim_record *r = &p->records[i];

		if ((!by_abh(r) && !by_tgs_or_tla(r)) || r->ended == SIM_ENDED_WITHDRAWN ||
		    r->ended == SIM_ENDED_REPLACED)
			continue;
		int rank = (belongs_to(r, req) ? 4 : 0) + (sim_record_in_force(r, s, today) ? 2 : 0) +
			   (strcmp(r->kennziffer, req->kennziffer) == 0 ? 1 : 0);
		if (rank > best_rank) {
			best = r;
			best_rank = rank;
		}
	}
	return best;
}

static void no_data(struct sim_decision *d, const char *rule, const char *code)
{
	d->rule = rule;
	d->answer = "070014";
	d->list = SIM_LIST_ATTENDANCE;
	d->code = code;
}

void sim_decide_attendance(struct sim_decision *ret, const struct sim_request *req,
			   const struct sim_person *persons, size_t n, const struct sim_settings *s,
			   const char *today)
{
	const struct sim_person *p = sim_identify_pair(req, persons, n, s);

	memset(ret, 0, sizeof(*ret));
	if (!p) {
		no_data(ret, "ID-PAIR", "00057");
		return;
	}
	ret->person = p;
	const struct sim_record *r = obligation_for(p, req, s, today);
	if (!r) {
		no_data(ret, "INFO-B", "17571");
	} else if (!belongs_to(r, req) && by_abh(r) && !s->foreign_attendance) {
		no_data(ret, "INFO-B", "17571");
	} else if (!belongs_to(r, req) && by_tgs_or_tla(r) && !req->permit_extension) {
		no_data(ret, "INFO-B", "17572");
	} else {
		ret->rule = "INFO-B";
		ret->answer = "070015";
		ret->shown = r;
	}
}

/* --- 070016 ------------------------------------------------------------ */

static void no_takeover(struct sim_decision *d, const char *rule, const char *code, const char *text)
{
	d->rule = rule;
	d->answer = "070017";
	d->list = SIM_LIST_TAKEOVER;
	d->code = code;
	d->text = text;
}

static bool repetition_admitted(const struct sim_record *r)
{
	for (size_t i = 0; i < r->n_events; i++)
		if (strcmp(r->events[i].kind, "repetition_admitted") == 0)
			return true;
	return false;
}

void sim_decide_takeover(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
			 size_t n, const struct sim_settings *s, const char *today)
{
	const struct sim_person *p = sim_identify_pair(req, persons, n, s);
	const struct sim_record *best = NULL;
	bool abh = false;

	memset(ret, 0, sizeof(*ret));
	if (!p) {
		no_takeover(ret, "ID-PAIR", "00057", NULL);
		return;
	}
	ret->person = p;
	for (size_t i = 0; i < p->n_records; i++) {
		const struct sim_record *r = &p->records[i];

		if (by_abh(r) && sim_record_in_force(r, s, today))
			abh = true;
		if (by_tgs_or_tla(r) && (!best || sim_record_in_force(r, s, today) ||
					 (strcmp(r->kennziffer, req->kennziffer) == 0 &&
					  !sim_record_in_force(best, s, today))))
			best = r;
	}
	if (best && sim_record_in_force(best, s, today) && s->takeover_once && sim_record_taken_over(best, req->office_key)) {
		no_takeover(ret, "TAKE", NULL, TEXT_TAKEN_OVER);
	} else if (best && sim_record_in_force(best, s, today)) {
		ret->rule = "TAKE";
		ret->answer = "070015";
		ret->shown = best;
		/* Taken over twice by the same office: the data again, nothing stored. */
		if (!sim_record_taken_over(best, req->office_key))
			ret->action = SIM_DO_TAKE_OVER;
	} else if (abh) {
		/* No code of the list fits, says the one reading. */
		no_takeover(ret, "TAKE", s->takeover_obliged_code ? "17571" : NULL,
			    s->takeover_obliged_code ? NULL : TEXT_NO_TAKEOVER);
	} else if (!best) {
		no_takeover(ret, "TAKE", "17571", NULL);
	} else if (best->attended == SIM_ATTENDED_COMPLETE && repetition_admitted(best)) {
		no_takeover(ret, "TAKE", s->code_repetition, NULL);
	} else if (best->attended == SIM_ATTENDED_COMPLETE) {
		no_takeover(ret, "TAKE", NULL, TEXT_COMPLETED);
	} else {
		no_takeover(ret, "TAKE", "17574", NULL);
	}
}

/* --- 070019, 070022 ---------------------------------------------------- */

void sim_decide_rename(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
		       size_t n, const struct sim_settings *s, const char *today)
{
	const struct sim_person *p = sim_identify_pair(req, persons, n, s);
	char last[SIM_DATE_SIZE];

	memset(ret, 0, sizeof(*ret));
	ret->rule = p ? "LIM-YEARS" : "ID-PAIR";
	ret->reject = p || !s->one_way_reject ? NULL : TEXT_NOBODY;
	for (size_t i = 0; p && i < p->n_records; i++) {
		const struct sim_record *r = &p->records[i];

		if (strcmp(r->kennziffer, req->kennziffer) != 0 ||
		    !sim_date_add_months(last, r->valid_from, RENAME_MONTHS) || strcmp(today, last) > 0)
			continue;
		ret->rule = "RENAME";
		ret->action = SIM_DO_RENAME;
		ret->person = p;
	}
}

void sim_decide_block(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
		      size_t n, const struct sim_settings *s)
{
	const struct sim_person *p = sim_identify_pair(req, persons, n, s);

	memset(ret, 0, sizeof(*ret));
	ret->rule = p ? "BLOCK" : "ID-PAIR";
	ret->reject = p || !s->one_way_reject ? NULL : TEXT_NOBODY;
	ret->action = p ? SIM_DO_BLOCK : SIM_DO_NOTHING;
	ret->person = p;
}
