/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliveries - lists what the database holds, and gives the octets of a delivery to who has the reader's key
 *
 * For operators and test runners, beside the running program; nothing is changed.  What the list shows is what the
 * intermediary knows anyway: ids, names of participants, times, sizes.
 */
#ifndef OSCI_INTERMEDIARY_DELIVERIES_H
#define OSCI_INTERMEDIARY_DELIVERIES_H

#include <stdio.h>

#include <osci/err.h>

/*
 * JSON list, oldest first.  @dir (NULL = none): what can be handed out is written there, too, one new file each, named
 * in the list.
 */
int im_deliveries_list(const char *database, const char *dir, FILE *out, struct osci_err *err);
/*
 * The delivery of this MessageId as the answer to a FetchDelivery, unsigned and without transport encryption: osci_open() reads
 * it.  OSCI_E_EMPTY: there is none, or its content is gone.
 */
int im_deliveries_octets(const char *database, const char *message_id, FILE *out, struct osci_err *err);

#endif
