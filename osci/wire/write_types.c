/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_types - what the writer knows of each type beyond the table of types
 *
 * One row for each of the 24 types; a fault has none.  Source: the official XSDs up to corrigendum 8.
 */
#include "wire/write_priv.h"

#define C WIRE_CARD_CREATION
#define F WIRE_CARD_FORWARDING
#define R WIRE_CARD_RECEPTION

static const struct wire_type types[OSCI_TYPE_COUNT] = {
	[OSCI_INIT_DIALOG] = { .children = NULL },
	[OSCI_EXIT_DIALOG] = { .children = NULL },
	[OSCI_GET_MESSAGE_ID] = { .children = NULL },
	[OSCI_STORE_DELIVERY] = { "storedelivery", .quality_must = 2, .children = wire_children_store },
	[OSCI_FETCH_DELIVERY] = { "fetchdelivery", .children = wire_children_fetch },
	[OSCI_FETCH_PROCESS_CARD] = { .children = wire_children_fetch_card },
	[OSCI_FORWARD_DELIVERY] = { "forwarddelivery", .quality_must = 2, .children = wire_children_forward },
	[OSCI_ACCEPT_DELIVERY] = { "acceptdelivery", .times_must = C | F, .children = wire_children_accept },
	[OSCI_MEDIATE_DELIVERY] = { "mediatedelivery", .children = wire_children_mediate },
	[OSCI_PROCESS_DELIVERY] = { "processdelivery", .times_must = C | F, .children = wire_children_process },
	[OSCI_PARTIAL_STORE_DELIVERY] = {
		"partialstoredelivery", .quality_must = 1, .children = wire_children_partial_store,
	},
	[OSCI_PARTIAL_FETCH_DELIVERY] = { "partialfetchdelivery", .children = wire_children_partial_fetch },
	[OSCI_RESPONSE_TO_INIT_DIALOG] = { .children = wire_children_feedback },
	[OSCI_RESPONSE_TO_EXIT_DIALOG] = { .children = wire_children_feedback },
	[OSCI_RESPONSE_TO_GET_MESSAGE_ID] = { .children = wire_children_message_id },
	[OSCI_RESPONSE_TO_STORE_DELIVERY] = {
		"responsetostoredelivery", .times_must = C, .children = wire_children_stored,
	},
	[OSCI_RESPONSE_TO_FETCH_DELIVERY] = {
		"responsetofetchdelivery", .times_must = C | F, .children = wire_children_fetched,
	},
	[OSCI_RESPONSE_TO_FETCH_PROCESS_CARD] = {
		.times_must = C, .times_may = F | R, .children = wire_children_cards,
	},
	[OSCI_RESPONSE_TO_FORWARD_DELIVERY] = {
		"responsetoforwarddelivery", .times_must = C, .times_may = F | R, .children = wire_children_stored,
	},
	[OSCI_RESPONSE_TO_ACCEPT_DELIVERY] = { "responsetoacceptdelivery", .children = wire_children_feedback },
	/* Of the reply's card; the request's has all three. */
	[OSCI_RESPONSE_TO_MEDIATE_DELIVERY] = {
		"responsetomediatedelivery", .times_must = C | F, .children = wire_children_mediated,
	},
	[OSCI_RESPONSE_TO_PROCESS_DELIVERY] = { "responsetoprocessdelivery", .children = wire_children_processed },
	[OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY] = {
		"responsetopartialstoredelivery", .times_must = C, .children = wire_children_partial_stored,
	},
	[OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY] = {
		"responsetopartialfetchdelivery", .children = wire_children_partial_fetched,
	},
};

const struct wire_type *wire_type_find(enum osci_type type)
{
	return (unsigned)type < OSCI_FAULT ? &types[type] : NULL;
}
