/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_types - what the writer knows of each type beyond the table of types
 *
 * A type without a row here is not written (OSCI_E_USAGE).
 */
#include "wire/write_priv.h"

static const struct wire_type types[OSCI_TYPE_COUNT] = {
	[OSCI_INIT_DIALOG] = { .written = true },
	[OSCI_EXIT_DIALOG] = { .written = true },
	[OSCI_GET_MESSAGE_ID] = { .written = true },
	[OSCI_STORE_DELIVERY] = { .written = true, .children = wire_children_store },
	[OSCI_FETCH_DELIVERY] = { .written = true, .children = wire_children_fetch },
	[OSCI_FETCH_PROCESS_CARD] = { .written = true, .children = wire_children_fetch_card },
	[OSCI_RESPONSE_TO_INIT_DIALOG] = { .written = true, .children = wire_children_feedback },
	[OSCI_RESPONSE_TO_EXIT_DIALOG] = { .written = true, .children = wire_children_feedback },
	[OSCI_RESPONSE_TO_GET_MESSAGE_ID] = { .written = true, .children = wire_children_message_id },
	[OSCI_RESPONSE_TO_STORE_DELIVERY] = {
		.written = true, .children = wire_children_stored, .card_times = WIRE_CARD_CREATION,
	},
	[OSCI_RESPONSE_TO_FETCH_DELIVERY] = {
		.written = true, .children = wire_children_fetched,
		.card_times = WIRE_CARD_CREATION | WIRE_CARD_FORWARDING,
	},
	[OSCI_RESPONSE_TO_FETCH_PROCESS_CARD] = {
		.written = true, .children = wire_children_cards,
		.card_times = WIRE_CARD_CREATION | WIRE_CARD_FORWARDING | WIRE_CARD_RECEPTION,
	},
	/* Refusals only: orders to passive recipients are not carried out. */
	[OSCI_RESPONSE_TO_FORWARD_DELIVERY] = { .written = true, .children = wire_children_feedback },
	[OSCI_RESPONSE_TO_MEDIATE_DELIVERY] = { .written = true, .children = wire_children_feedback },
};

const struct wire_type *wire_type_find(enum osci_type type)
{
	if ((unsigned)type >= OSCI_TYPE_COUNT || !types[type].written)
		return NULL;
	return &types[type];
}
