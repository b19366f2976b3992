/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules - reads the table of what the documentation of a release demands beyond its schema
 *
 * Kinds and columns are described in README.md.  Each rule is hung up at the names of the elements where it begins, so
 * that a check looks at an element once, whatever the number of rules.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/release.h"

enum { F_KIND, F_ID, F_CODE, F_MESSAGES, F_WHAT, F_EXPECTED, F_ARGS };

static const struct {
	const char *name;
	unsigned min_args, max_args;
} kinds[] = {
	[XAUSL_RULE_NUMBER] = { "number", 1, 1 },
	[XAUSL_RULE_PATTERN] = { "pattern", 2, 2 },
	[XAUSL_RULE_SHAPE] = { "shape", 2, 2 },
	[XAUSL_RULE_INSTANT] = { "instant", 1, 1 },
	[XAUSL_RULE_LENGTH] = { "length", 2, 2 },
	[XAUSL_RULE_TEXT] = { "text", 1, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_PRESENT] = { "present", 2, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_EXCLUSIVE] = { "exclusive", 3, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_COLUMN] = { "column", 2, 2 },
	[XAUSL_RULE_EXACT] = { "exact", 2, 2 },
	[XAUSL_RULE_NEEDS] = { "needs", 3, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_SAME] = { "same", 3, 3 },
	[XAUSL_RULE_DIFFERENT] = { "different", 3, 3 },
	[XAUSL_RULE_CARRIED] = { "carried", 3, XAUSL_CSV_FIELDS_MAX },
	[XAUSL_RULE_NAMED] = { "named", 3, 3 },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* "*", "office", "bamf", "both", "answer", or numbers of messages. */
static bool messages_known(const struct xausl_release *r, const char *list)
{
	static const char *const words[] = { "*", "office", "bamf", "both", "answer" };
	char number[32];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(list, words[i]))
			return true;
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!n || n >= sizeof(number))
			return false;
		memcpy(number, p, n);
		number[n] = '\0';
		if (!xausl_message_find(r, number))
			return false;
		p += n;
	}
	return *list != '\0';
}

uint32_t xausl_above_hash(const char *name, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	while (len--)
		h = (h ^ (unsigned char)*name++) * 16777619u;
	return h | 1; /* never 0 */
}

unsigned xausl_name_hash(const char *name, size_t len)
{
	return len ? (unsigned)(len * 7 + (unsigned char)name[0] * 31u + (unsigned char)name[len - 1] * 131u +
				(unsigned char)name[len / 2]) % XAUSL_ANCHOR_HEADS : 0;
}

/* Of the name that ends at @end in the way. */
static uint32_t above(const char *path, const char *end)
{
	const char *start = end;

	while (start > path && start[-1] != '/')
		start--;
	return xausl_above_hash(start, (size_t)(end - start));
}

/* Hangs @rule up at the elements where @path ends, or, with @parent, at the parents of those. */
static void hang(struct xausl_release *r, const struct xausl_rule *rule, const char *path, bool parent)
{
	struct xausl_anchor *a = &r->anchors[r->n_anchors++];
	const char *slash = strrchr(path, '/');

	*a = (struct xausl_anchor){ .name = slash ? slash + 1 : path, .path = path, .rule = rule, .parent = parent };
	/* Of a way that leads down from the parent the first step counts; a value may stand behind it. */
	if (parent)
		a->name = path;
	a->len = strcspn(a->name, parent ? "/=" : "");
	a->index = (uint32_t)(rule - r->rules);
	if (!parent && a->name > path + 1)
		a->above = above(path, slash);
}

/* The root element has no name of its own in the table: its anchors are those with the empty name. */
static const char *hang_all(struct xausl_release *r, const struct xausl_rule *rule)
{
	bool any = !strcmp(rule->args[0], "*");

	switch (rule->kind) {
	case XAUSL_RULE_TEXT:
		for (unsigned i = 0; i < rule->n_args; i++)
			hang(r, rule, rule->args[i], false);
		return NULL;
	case XAUSL_RULE_EXCLUSIVE:
		hang(r, rule, any ? rule->args[1] : rule->args[0], any);
		return NULL;
	case XAUSL_RULE_COLUMN:
		return NULL;
	default:
		hang(r, rule, rule->args[0], false);
		return any ? "this kind of rule needs the name of an element" : NULL;
	}
}

/* Chains in the order of the table. */
static void chain(struct xausl_release *r)
{
	for (unsigned i = 0; i < XAUSL_ANCHOR_HEADS; i++)
		r->anchor_heads[i] = NULL;
	for (size_t i = r->n_anchors; i > 0; i--) {
		struct xausl_anchor *a = &r->anchors[i - 1];
		unsigned h = xausl_name_hash(a->name, a->len);

		a->next = r->anchor_heads[h];
		r->anchor_heads[h] = a;
	}
}

/* A code of the standard, with which a Rückweisung goes out; or how much less it is. */
static const char *severity(struct xausl_rule *rule, const char *field)
{
	rule->level = !strcmp(field, "hint") ? XAUSL_HINT : !strcmp(field, "warning") ? XAUSL_WARNING : XAUSL_ERROR;
	rule->standard_code = rule->level == XAUSL_ERROR ? field : "";
	return rule->level == XAUSL_ERROR && strlen(field) != 4 ? "code of four characters, warning or hint expected" : NULL;
}

static int read_rule(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	struct xausl_rule *rule = &r->rules[r->n_rules];
	const char *wrong;
	size_t kind = 0;

	while (kind < N_KINDS && strcmp(kinds[kind].name, row->field[F_KIND]) != 0)
		kind++;
	if (kind == N_KINDS)
		return xausl_csv_fail(r->rule_table, row, err, "unknown kind of rule");
	if (row->n < F_ARGS + kinds[kind].min_args || row->n > F_ARGS + kinds[kind].max_args)
		return xausl_csv_fail(r->rule_table, row, err, "wrong number of fields for the kind of rule");
	if (strncmp(row->field[F_ID], "frame.", 6) != 0 && strncmp(row->field[F_ID], "rule.", 5) != 0)
		return xausl_csv_fail(r->rule_table, row, err, "id begins with frame. or rule.");
	if (!messages_known(r, row->field[F_MESSAGES]))
		return xausl_csv_fail(r->rule_table, row, err, "message the manifest does not have");
	*rule = (struct xausl_rule){
		.kind = (enum xausl_rule_kind)kind,
		.id = row->field[F_ID],
		.messages = row->field[F_MESSAGES],
		.what = row->field[F_WHAT],
		.expected = row->field[F_EXPECTED],
		.args = row->field + F_ARGS,
		.n_args = row->n - F_ARGS,
	};
	r->n_rules++;
	wrong = severity(rule, row->field[F_CODE]);
	for (unsigned i = 0; i < rule->n_args; i++)
		if (!rule->args[i][0])
			wrong = "empty argument";
	if (!wrong)
		wrong = hang_all(r, rule);
	for (unsigned i = 2; i < rule->n_args; i++)
		if (rule->kind == XAUSL_RULE_CARRIED && !strchr(rule->args[i], '='))
			wrong = "two ways with = between them expected";
	if (!wrong && (rule->kind == XAUSL_RULE_PATTERN || rule->kind == XAUSL_RULE_EXACT)) {
		rule->pattern = xmlRegexpCompile((const xmlChar *)rule->args[1]);
		wrong = rule->pattern ? NULL : "pattern does not compile";
	}
	if (!wrong && rule->kind == XAUSL_RULE_LENGTH) {
		uint64_t max;

		if (osci_parse_u64(rule->args[1], strlen(rule->args[1]), XAUSL_TEXT_MAX, &max))
			wrong = "number of characters expected";
		else
			rule->max = (size_t)max;
	}
	if (!wrong && rule->kind == XAUSL_RULE_COLUMN) {
		rule->list = xausl_list_find(r, rule->args[0]);
		if (!rule->list || !xausl_list_column(rule->list, rule->list->codes[0], rule->args[1]))
			wrong = "unknown list or column";
		for (size_t i = 0; !wrong && i < r->n_lists; i++)
			if (!strcmp(r->lists[i].uri, rule->list->uri))
				r->lists[i].ruled = true;
	}
	return wrong ? xausl_csv_fail(r->rule_table, row, err, wrong) : 0;
}

static bool word(const char *list, const char *w)
{
	size_t n = strlen(w);

	for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (!strncmp(p, w, n) && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static bool applies(const struct xausl_rule *rule, const struct xausl_message *m)
{
	if (!strcmp(rule->messages, "*"))
		return true;
	if (!strcmp(rule->messages, "office"))
		return m->direction == 1;
	if (!strcmp(rule->messages, "bamf"))
		return m->direction == -1;
	if (!strcmp(rule->messages, "both"))
		return m->direction == 2;
	if (!strcmp(rule->messages, "answer"))
		return m->n_answers > 0;
	return word(rule->messages, m->number);
}

/* Which rules hold for which message is settled once. */
static bool settle(struct xausl_release *r)
{
	r->rules_on = calloc(r->n_messages * r->n_rules + 1, sizeof(r->rules_on[0]));
	for (size_t m = 0; r->rules_on && m < r->n_messages; m++)
		for (size_t i = 0; i < r->n_rules; i++)
			r->rules_on[m * r->n_rules + i] = applies(&r->rules[i], &r->messages[m]);
	return r->rules_on != NULL;
}

int xausl_rules_load(struct xausl_release *r, struct osci_err *err)
{
	int rc = xausl_release_table(&r->rule_table, r, "rules.csv", err);
	size_t anchors = 1;

	if (rc)
		return rc;
	if (r->rule_table->n_rows > XAUSL_RULES_MAX)
		return xausl_csv_fail(r->rule_table, NULL, err, "too many rules");
	for (size_t i = 0; i < r->rule_table->n_rows; i++)
		anchors += r->rule_table->rows[i].n;
	r->rules = calloc(r->rule_table->n_rows + 1, sizeof(*r->rules));
	r->anchors = calloc(anchors, sizeof(*r->anchors));
	if (!r->rules || !r->anchors)
		return osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
	for (size_t i = 0; !rc && i < r->rule_table->n_rows; i++)
		rc = read_rule(r, &r->rule_table->rows[i], err);
	chain(r);
	if (!rc && !settle(r))
		rc = osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
	return rc;
}

void xausl_rules_clear(struct xausl_release *r)
{
	for (size_t i = 0; i < r->n_rules; i++)
		if (r->rules[i].pattern)
			xmlRegFreeRegexp(r->rules[i].pattern);
	free(r->rules);
	free(r->rules_on);
	free(r->anchors);
	xausl_csv_freep(&r->rule_table);
}
