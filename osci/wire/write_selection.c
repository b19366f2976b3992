/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_selection - SelectionRule of fetch orders, and its echo in their answers
 *
 * The schema lets the echo hold SelectionRule elements of the narrow form only: one MessageId, or ReceptionOfDelivery
 * without attributes.  So ids are echoed in a rule each; RecentModification has no form that the schema allows and is
 * written as in the order.
 */
#include <string.h>

#include "wire/write_priv.h"

static int add_date_rule(struct wire_writer *w, const char *element, bool attributes, struct osci_err *err)
{
	const struct osci_selection *s = &w->draft->selection;

	if (!wire_datetime_ok(s->time))
		return wire_usage(err, "osci:SelectionRule", "no dateTime with zone");
	if (s->role && strcmp(s->role, "Addressee") && strcmp(s->role, "Originator"))
		return wire_usage(err, "osci:SelectionRule", "unknown Role");
	osci_buf_addf(&w->out, "<osci:%s", element);
	if (attributes && s->no_reception)
		osci_buf_adds(&w->out, " NoReception=\"true\"");
	if (attributes && s->role)
		osci_buf_addf(&w->out, " Role=\"%s\"", s->role);
	osci_buf_addf(&w->out, ">%s</osci:%s>", s->time, element);
	return 0;
}

static int add_ids(struct wire_writer *w, bool one_each, struct osci_err *err)
{
	const struct osci_selection *s = &w->draft->selection;
	size_t i;
	int r = 0;

	for (i = 0; i < s->n_message_ids && !r; i++) {
		if (i && one_each)
			osci_buf_adds(&w->out, "</osci:SelectionRule><osci:SelectionRule>");
		r = wire_add_id(w, "osci:MessageId", s->message_ids[i], err);
	}
	return r;
}

static int add_selection(struct wire_writer *w, bool cards, bool order, struct osci_err *err)
{
	const struct osci_selection *s = &w->draft->selection;
	int r = 0;

	if (s->kind == OSCI_SELECT_NONE)
		return 0;
	osci_buf_adds(&w->out, "<osci:SelectionRule>");
	switch (s->kind) {
	case OSCI_SELECT_MESSAGE_ID:
		if (!s->n_message_ids || (!cards && s->n_message_ids > 1))
			return wire_usage(err, "osci:SelectionRule", "wrong number of MessageIds");
		r = add_ids(w, !order, err);
		break;
	case OSCI_SELECT_RECEPTION:
		r = add_date_rule(w, "ReceptionOfDelivery", cards && order, err);
		break;
	case OSCI_SELECT_RECENT:
		if (!cards)
			return wire_usage(err, "osci:SelectionRule", "rule that the type has not");
		r = add_date_rule(w, "RecentModification", true, err);
		break;
	default:
		return wire_usage(err, "osci:SelectionRule", "unknown rule");
	}
	osci_buf_adds(&w->out, "</osci:SelectionRule>");
	return r;
}

int wire_add_selection(struct wire_writer *w, bool cards, struct osci_err *err)
{
	return add_selection(w, cards, true, err);
}

int wire_add_echo(struct wire_writer *w, const char *element, struct osci_err *err)
{
	int r;

	osci_buf_addf(&w->out, "<osci:%s>", element);
	r = add_selection(w, !strcmp(element, "fetchProcessCard"), false, err);
	osci_buf_addf(&w->out, "</osci:%s>", element);
	return r;
}
