/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leak - names, dates and numbers of the persons of a case, looked for as whole words
 *
 * What is looked for is collected from the case, from what was sent, and from the Kennziffern that came back.  A
 * birth date of which only the year is known is no secret by itself: any number of four digits would be it.
 */
#include <errno.h>
#include <string.h>

#include "run/leak.h"

#define WORD_MIN  4   /* characters */
#define PARTS_MAX 6   /* parts of a word joined by hyphens */
#define WORD_MAX  256 /* octets */

static size_t characters(const char *s, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += ((unsigned char)s[i] & 0xC0) != 0x80;
	return c;
}

static int add(json_t *secrets, const char *text, size_t n, const char *kind)
{
	char word[WORD_MAX];

	if (!n || n >= sizeof(word))
		return 0;
	memcpy(word, text, n);
	word[n] = '\0';
	return json_object_set_new(secrets, word, json_string(kind)) ? -ENOMEM : 0;
}

int cf_leak_words(json_t *secrets, const char *name, const char *kind)
{
	int r = 0;

	while (!r && *name) {
		size_t n = strcspn(name, " ");

		if (characters(name, n) >= WORD_MIN)
			r = add(secrets, name, n, kind);
		name += n + strspn(name + n, " ");
	}
	return r;
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The key of an authority is no number of a person, though it may have the form of one: dbs:990000000070, the BAMF.
 */
static bool authority(const char *text, const char *at)
{
	return at - text >= 4 && (!strncmp(at - 4, "dbs:", 4) || !strncmp(at - 4, "azr:", 4));
}

const char *cf_leak_in(const json_t *secrets, const char *text)
{
	for (const char *at = text; *at;) {
		const char *end = at;

		if (!in_word(*at)) {
			at++;
			continue;
		}
		/* "a-b'c" is looked for as a, a-b and a-b'c; b and c have their turn later */
		for (unsigned parts = 0; parts < PARTS_MAX; parts++) {
			char word[WORD_MAX];
			const char *kind;

			while (in_word(*end))
				end++;
			if ((size_t)(end - at) >= sizeof(word))
				break;
			memcpy(word, at, (size_t)(end - at));
			word[end - at] = '\0';
			kind = json_string_value(json_object_get(secrets, word));
			if (kind && !authority(text, at))
				return kind;
			if ((*end != '-' && *end != '\'') || !in_word(end[1]))
				break;
			end++;
		}
		while (in_word(*at))
			at++;
	}
	return NULL;
}

/* --- collecting --------------------------------------------------------------------------- */

static int words_at(json_t *secrets, const json_t *person, const char *name, const char *kind)
{
	const char *text = json_string_value(cf_path_get(person, name));

	return text ? cf_leak_words(secrets, text, kind) : 0;
}

static int whole_at(json_t *secrets, const json_t *data, const char *name, const char *kind)
{
	const char *text = json_string_value(cf_path_get(data, name));
	size_t n = text ? strlen(text) : 0;

	return n > WORD_MIN ? add(secrets, text, n, kind) : 0;
}

static int person(json_t *secrets, const json_t *data)
{
	int r = words_at(secrets, data, "surname", "a surname");

	r = r ? r : words_at(secrets, data, "given_names", "a given name");
	r = r ? r : words_at(secrets, data, "address.street", "a street");
	r = r ? r : whole_at(secrets, data, "birth_date", "a birth date");
	return r ? r : whole_at(secrets, data, "azr_number", "an AZR number");
}

static int collect(const struct cf_play *p, json_t *secrets)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->c->n_persons; i++)
		r = person(secrets, p->c->persons[i].data);
	for (size_t i = 0; !r && i < p->c->n_inge; i++) {
		if (p->c->inge[i].stored)
			r = person(secrets, p->c->inge[i].stored);
		for (size_t k = 0; !r && k < p->c->inge[i].n_records; k++)
			r = add(secrets, p->c->inge[i].records[k].kennziffer,
				strlen(p->c->inge[i].records[k].kennziffer), "a Kennziffer");
	}
	for (size_t i = 0; !r && i < p->n_requests; i++) {
		const json_t *data = p->requests[i].data;

		r = person(secrets, json_object_get(data, "person"));
		r = r ? r : words_at(secrets, data, "new_surname", "a surname");
		r = r ? r : whole_at(secrets, data, "kennziffer", "a Kennziffer");
	}
	for (size_t i = 0; !r && i < p->n_events; i++)
		r = whole_at(secrets, cf_world_event(p->w, i)->body, "record.kennziffer", "a Kennziffer");
	return r;
}

int cf_leaks(struct cf_play *p, void (*found)(void *arg, const char *kind, const char *where), void *arg,
	     struct osci_err *err)
{
	json_t *secrets = json_object(), *traces = NULL, *trace;
	int r = secrets ? collect(p, secrets) : -ENOMEM;
	size_t i;

	if (!r)
		r = cf_world_traces(p->w, &traces, err);
	if (!r)
		json_array_foreach (traces, i, trace) {
			const char *text = json_string_value(json_object_get(trace, "text"));
			const char *where = json_string_value(json_object_get(trace, "where"));
			const char *kind = text ? cf_leak_in(secrets, text) : NULL;

			if (kind)
				found(arg, kind, where ? where : "traces");
		}
	json_decref(traces);
	json_decref(secrets);
	return r;
}
