/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault - fault steps: which data each kind has, at which place
 */
#include <string.h>

#include "case/load.h"

#define COUNT_MAX 1000u

enum { AT, KIND, MESSAGE, OFFICE, COUNT, NEW_ENVELOPE, BY, RELEASE, CODE, FORM, LASTS, UNTIL, FROM, KEYS };
static const char *const key_names[KEYS] = {"at",	    "kind",  "message", "office", "count",
					    "new_envelope", "by",    "release", "code",	  "form",
					    "lasts",	    "until", "from"};
#define BIT(key)     (1u << (key))
#define ALWAYS	     (BIT(AT) | BIT(KIND) | BIT(MESSAGE) | BIT(OFFICE) | BIT(COUNT))
#define PARTNER	     1u
#define INTERMEDIARY 2u

/* In the order of enum cf_fault_kind. */
static const struct {
	const char *name;
	unsigned at, more, required;
} kinds[] = {
    {"duplicate_answer", PARTNER, BIT(NEW_ENVELOPE), 0},
    {"delay", PARTNER, BIT(BY), BIT(BY)},
    {"drop_answer", PARTNER | INTERMEDIARY, 0, 0},
    {"bad_signature", PARTNER, 0, 0},
    {"old_release", PARTNER, BIT(RELEASE), BIT(RELEASE)},
    {"invalid_answer", PARTNER, 0, 0},
    {"type_mismatch", PARTNER, 0, 0},
    {"no_trigger_uuid", PARTNER, 0, 0},
    {"reject", PARTNER, BIT(CODE) | BIT(FORM), BIT(CODE)},
    {"outage", PARTNER | INTERMEDIARY, BIT(LASTS) | BIT(UNTIL) | BIT(FROM), 0},
    {"out_of_order", INTERMEDIARY, 0, 0},
    {"wrong_mailbox", INTERMEDIARY, 0, BIT(OFFICE)},
    {"drop_reply", INTERMEDIARY, 0, 0},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *cf_fault_name(enum cf_fault_kind k) { return kinds[k].name; }

static void read_outage(struct cf_load *l, cf_node *n, cf_node **v, struct cf_fault_step *ret)
{
	ret->from_given = cf_node_time(l, v[FROM], "from", &ret->from_ms);
	ret->until_given = cf_node_time(l, v[UNTIL], "until", &ret->until_ms);
	if (!ret->until_given)
		cf_node_span(l, v[LASTS], "lasts", &ret->lasts);
	if (!v[UNTIL] == !v[LASTS])
		cf_problem(l, n, "fault: exactly one of \"lasts\" and \"until\" is expected");
	else if (ret->until_given && ret->until_ms <= (ret->from_given ? ret->from_ms : l->now_ms))
		cf_problem(l, v[UNTIL], "until: the outage is over before it begins");
	else if ((ret->until_given && ret->until_ms <= l->now_ms) ||
		 (ret->from_given && ret->lasts.text && cf_dur_add(ret->from_ms, &ret->lasts) <= l->now_ms))
		cf_problem(l, v[FROM], "from: the outage is over before this step");
}

/* A message that is carried, of those the fault is for: requests, answers or both. */
static const char *message_of(struct cf_load *l, cf_node *n, enum cf_fault_kind kind)
{
	const char *s = cf_node_text(l, n, "message");
	int direction = s ? xausl_message_direction(l->release, s) : 0;
	bool any = kind == CF_F_DROP_REPLY || kind == CF_F_OUT_OF_ORDER || kind == CF_F_OUTAGE;

	if (s && !direction)
		cf_problem(l, n, "message: there is no message \"%.20s\" in release %s", s,
			   xausl_release_version(l->release));
	else if (s && !any && direction == (kind == CF_F_REJECT ? -1 : 1))
		cf_problem(l, n, "message: contradiction: %s is about %s, and %s is none", kinds[kind].name,
			   kind == CF_F_REJECT ? "requests" : "what the partner sends", s);
	else
		return s;
	return NULL;
}

static void read_data(struct cf_load *l, cf_node *n, cf_node **v, struct cf_fault_step *ret)
{
	static const char *const forms[] = {"0010", "000002", NULL};
	const struct cf_office *office = v[OFFICE] ? cf_office_of(l, v[OFFICE], "office") : NULL;

	ret->count = 1;
	ret->copies = 2;
	ret->message = message_of(l, v[MESSAGE], ret->kind);
	if (ret->kind == CF_F_WRONG_MAILBOX)
		ret->wrong_office = office;
	else
		ret->office = office;
	if (v[COUNT] && ret->kind == CF_F_DUPLICATE_ANSWER)
		ret->copies = cf_node_int(l, v[COUNT], "count", 2, COUNT_MAX);
	else if (v[COUNT])
		ret->count = cf_node_int(l, v[COUNT], "count", 1, COUNT_MAX);
	ret->new_envelope = cf_node_bool(l, v[NEW_ENVELOPE], "new_envelope");
	cf_node_span(l, v[BY], "by", &ret->by);
	ret->release = cf_node_release(l, v[RELEASE], "release");
	int form = v[FORM] ? cf_node_word(l, v[FORM], "form", forms) : 0;
	ret->form = form == 1 ? forms[1] : forms[0];
	ret->code =
	    cf_node_code(l, v[CODE], "code", form == 1 ? "Fehlercodes.synchron" : "Fehlercodes-in-XInneres");
	if (ret->kind == CF_F_OUTAGE)
		read_outage(l, n, v, ret);
}

void cf_read_fault(struct cf_load *l, cf_node *n, struct cf_fault_step *ret)
{
	const char *words[KINDS + 1] = {NULL};
	static const char *const places[] = {"partner", "intermediary", NULL};
	struct cf_key keys[KEYS];
	unsigned which[KEYS];
	size_t n_keys = 0;
	cf_node *got[KEYS], *v[KEYS] = {NULL};

	if (!cf_is_mapping(l, n, "fault"))
		return;
	for (size_t i = 0; i < KINDS; i++)
		words[i] = kinds[i].name;
	cf_node *kind_node = cf_node_value(l, osci_yaml_get(n, "kind"));
	int kind = kind_node ? cf_node_word(l, kind_node, "kind", words) : -1;
	if (kind_node && kind < 0)
		return;
	for (unsigned i = 0; i < KEYS; i++)
		if ((ALWAYS | (kind < 0 ? 0 : kinds[kind].more)) & BIT(i)) {
			bool required =
			    i == AT || i == KIND || (kind >= 0 && (kinds[kind].required & BIT(i)));

			which[n_keys] = i;
			keys[n_keys++] = (struct cf_key){key_names[i], required};
		}
	cf_node_keys(l, n, "fault", keys, n_keys, got);
	for (size_t i = 0; i < n_keys; i++)
		v[which[i]] = got[i];
	int at = v[AT] ? cf_node_word(l, v[AT], "at", places) : -1;
	if (kind < 0 || at < 0)
		return;
	ret->at = at ? CF_INTERMEDIARY : CF_PARTNER;
	ret->kind = (enum cf_fault_kind)kind;
	if (!(kinds[kind].at & (at ? INTERMEDIARY : PARTNER)))
		cf_problem(l, v[AT], "at: the %s has no fault %s", places[at], kinds[kind].name);
	read_data(l, n, v, ret);
}
