/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders - the table of order types
 *
 * Accept and ProcessDelivery go from an intermediary to a recipient, never to it: fault 9100.
 */
#include <stddef.h>

#include "intermediary/service.h"

static const struct im_order_kind kinds[] = {
	{ OSCI_INIT_DIALOG, false, im_order_init_dialog },
	{ OSCI_EXIT_DIALOG, true, im_order_exit_dialog },
	{ OSCI_GET_MESSAGE_ID, false, im_order_get_message_id },
	{ OSCI_STORE_DELIVERY, false, im_order_store_delivery },
	{ OSCI_FETCH_DELIVERY, true, im_order_fetch_delivery },
	{ OSCI_FETCH_PROCESS_CARD, true, im_order_fetch_process_card },
	{ OSCI_FORWARD_DELIVERY, false, im_order_forward_delivery },
	{ OSCI_MEDIATE_DELIVERY, true, im_order_mediate_delivery },
	{ OSCI_PARTIAL_STORE_DELIVERY, false, im_order_partial_store },
	{ OSCI_PARTIAL_FETCH_DELIVERY, true, im_order_partial_fetch },
};

const struct im_order_kind *im_order_find(enum osci_type type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}
