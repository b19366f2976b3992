/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words - values of a result as all reports write them: times of Berlin, durations, counts, the verdict in a sentence
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/words.h"

const char *cf_words_case_time(int64_t ms, char b[40])
{
	struct osci_civil c;

	if (!ms)
		return CF_DASH;
	osci_berlin_civil(ms, &c);
	snprintf(b, 40, "%04d-%02d-%02d %02d:%02d:%02d.%03d", c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms);
	return b;
}

const char *cf_words_real_time(int64_t ms, char b[40])
{
	char text[40];

	if (!ms)
		return CF_DASH;
	/* 2026-11-22T10:00:00.123+01:00 */
	osci_format_datetime_berlin(text, sizeof(text), ms);
	snprintf(b, 40, "%.10s %.8s %s", text, text + 11, text + 23);
	return b;
}

const char *cf_words_duration(uint64_t ms, char b[40])
{
	if (ms < 60000)
		snprintf(b, 40, "%" PRIu64 ".%" PRIu64 " s", ms / 1000, ms % 1000 / 100);
	else
		snprintf(b, 40, "%" PRIu64 " min %" PRIu64 " s", ms / 60000, ms % 60000 / 1000);
	return b;
}

const char *cf_words_counts(const struct cf_counts *n, char b[160])
{
	snprintf(b, 160, "%zu case%s: %zu passed, %zu failed, %zu not set up, %zu skipped", n->total, n->total == 1 ? "" : "s",
		 n->pass, n->fail, n->setup_error, n->skipped);
	return b;
}

const char *cf_words_verdict(const struct cf_result *r, char b[256])
{
	struct cf_counts n = cf_result_counts(r);

	if (n.fail)
		snprintf(b, 256, "%zu case%s failed.", n.fail, n.fail == 1 ? "" : "s");
	else if (r->trouble)
		snprintf(b, 256, "The run could not be carried out, so nothing is shown.");
	else if (n.setup_error)
		snprintf(b, 256, "%zu case%s could not be set up or carried out, so the run shows nothing as a whole.",
			 n.setup_error, n.setup_error == 1 ? "" : "s");
	else if (!n.pass)
		snprintf(b, 256, "No case passed, so the run shows nothing.");
	else
		snprintf(b, 256, "Every case that could run passed.");
	return b;
}

const char *cf_words_or_dash(const char *text)
{
	return text && *text ? text : CF_DASH;
}

const char *cf_words_reason(const struct cf_result_case *c)
{
	if (c->verdict == CF_PASS)
		return "";
	return c->reason ? c->reason : c->verdict == CF_SETUP_ERROR ? "there is no result" : "no reason was given";
}

const char *cf_words_message(const char *what)
{
	static const struct {
		const char number[8], *name;
	} names[] = {
		{ "000002", "R\xc3\xbc" "ckweisung, synchron" },
		{ "0010", "R\xc3\xbc" "ckweisung" },
		{ "000030", "Nichtzust\xc3\xa4ndigkeit" },
		{ "0020", "Quittung" },
		{ "0021", "Erinnerung" },
		{ "0030", "Weiterleitung" },
		{ "0031", "Abgabe" },
		{ "0032", "Nichtzust\xc3\xa4ndigkeit" },
		{ "070001", "Teilnahmeberechtigung" },
		{ "070003", "Akzeptanz" },
		{ "070004", "Dublette" },
		{ "070005", "Nicht m\xc3\xb6glich" },
		{ "070006", "Ersetzt die Verpflichtung die Berechtigung? Anfrage" },
		{ "070007", "Ersetzt die Verpflichtung die Berechtigung? Antwort" },
		{ "070008", "Verpflichtung: keine einfachen Sprachkenntnisse" },
		{ "070009", "Verpflichtung: keine ausreichenden Sprachkenntnisse" },
		{ "070010", "Verpflichtung: besonders integrationsbed\xc3\xbcrftig" },
		{ "070011", "Auskunftsersuchen" },
		{ "070012", "Berechtigungsscheininhalt" },
		{ "070013", "Auskunftsersuchen Kursteilnahme" },
		{ "070014", "Auskunft nicht m\xc3\xb6glich" },
		{ "070015", "Auskunft Kursteilnahme" },
		{ "070016", "\xc3\x9c" "bernahme und Auskunft" },
		{ "070017", "\xc3\x9c" "bernahme nicht m\xc3\xb6glich" },
		{ "070019", "Namens\xc3\xa4nderung" },
		{ "070022", "Auskunftssperre" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (what && !strcmp(names[i].number, what))
			return names[i].name;
	return NULL;
}
