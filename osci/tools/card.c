/* SPDX-License-Identifier: Apache-2.0 */
/* card - osci card: process cards (Laufzettel) by id, time, role */
#include <string.h>

#include "tools/conn.h"
#include "tools/tool.h"

struct card_opts {
	struct opt_list ids;
	const char *since, *received_since, *role;
	bool no_reception;
	uint64_t limit;
	struct osci_selection selection;
	char time[40]; /* of the selection */
};

static int selection(void *arg, const struct opts *opts)
{
	struct card_opts *o = arg;
	struct osci_selection *s = &o->selection;
	int r = 0;

	if ((o->ids.n > 0) + (o->since != NULL) + (o->received_since != NULL) > 1)
		return opts_usage(opts, "one of --id, --since and --received-since");
	if (o->ids.n && (o->role || o->no_reception))
		return opts_usage(opts, "--id goes without --role and --no-reception");
	if (o->role && strcmp(o->role, "Addressee") != 0 && strcmp(o->role, "Originator") != 0)
		return opts_usage(opts, "--role is Addressee or Originator");
	*s = (struct osci_selection){ .no_reception = o->no_reception, .role = o->role, .limit = o->limit, .time = o->time };
	if (o->ids.n) {
		s->kind = OSCI_SELECT_MESSAGE_ID;
		s->message_ids = o->ids.v;
		s->n_message_ids = o->ids.n;
	} else if (o->received_since) {
		s->kind = OSCI_SELECT_RECEPTION;
		r = conn_time(o->received_since, "--received-since", o->time, sizeof(o->time));
	} else if (o->since || o->role || o->no_reception) {
		/* Role and NoReception exist only with a time. */
		s->kind = OSCI_SELECT_RECENT;
		r = conn_time(o->since ? o->since : "1970-01-01T00:00:00Z", "--since", o->time,
			      sizeof(o->time));
	}
	if (s->kind == OSCI_SELECT_NONE || s->kind == OSCI_SELECT_MESSAGE_ID)
		s->time = NULL;
	return r;
}

static json_t *cards_json(const struct osci_card_query *q)
{
	json_t *o = json_object(), *a = json_array();
	const struct osci_card *cards;
	bool ok = true;
	size_t n, i;

	cards = osci_card_query_cards(q, &n);
	for (i = 0; i < n && ok; i++)
		jappend(a, card_json(&cards[i]), &ok);
	jput(o, "cards", a, &ok);
	jput(o, "more", json_boolean(osci_card_query_more(q)), &ok);
	return jdone(o, ok);
}

static int run(struct conn *c, void *arg, char **files)
{
	const struct card_opts *o = arg;
	_cleanup_(osci_card_query_freep) struct osci_card_query *q = NULL;
	const struct conn_steps steps = { 0 };
	struct osci_err err = { 0 };
	size_t n;
	int r;

	(void)files;
	r = osci_card_query_new(&q, &c->conf, &o->selection, &err);
	if (!r)
		r = conn_drive(c, osci_card_query_seq(q), &steps, &err);
	if (r)
		return conn_failed(c, &err, r);
	osci_card_query_cards(q, &n);
	return print_json(cards_json(q), c->text, n ? EXIT_ACCEPTED : EXIT_NOTHING);
}

int card_main(int argc, char **argv)
{
	static struct conn_opts o;
	static struct card_opts own;
	const struct opt what[] = {
		{ "id", "MESSAGEID", OPT_LIST, &own.ids, "of this delivery" },
		{ "since", "TIME", OPT_TEXT, &own.since, "changed since TIME" },
		{ "received-since", "TIME", OPT_TEXT, &own.received_since, "of deliveries received since TIME" },
		{ "role", "ROLE", OPT_TEXT, &own.role, "Addressee: sent to us, Originator: sent by us" },
		{ "no-reception", NULL, OPT_FLAG, &own.no_reception, "of deliveries that nobody has received yet" },
		{ "limit", "N", OPT_NUMBER, &own.limit, "at most N" },
		{ NULL },
	};
	const struct opt line[] = { LINE_OPTS(o), { NULL } };
	const struct opt keys[] = { KEY_OPTS(o), READ_OPTS(o), { NULL } };
	struct opts opts = {
		.command = "card", .synopsis = "[OPTION]...", .tables = { what, line, keys },
		.purpose = "Fetches process cards (Laufzettel); without a selection all of one's own.",
	};
	const struct conn_command command = {
		.opts = &opts, .conn = &o, .line = true, .check = selection, .run = run, .arg = &own,
	};

	return conn_main(&command, argc, argv);
}
