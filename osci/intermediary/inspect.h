/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect - checks of the certificates of an order against the configured trust
 *
 * Path and validity only; nothing is fetched, so there is no online result.  An issuer that is not
 * known leaves the signature on a certificate undecided: "indeterminate".
 */
#ifndef OSCI_INTERMEDIARY_INSPECT_H
#define OSCI_INTERMEDIARY_INSPECT_H

#include <osci/key.h>
#include <osci/message.h>
#include "intermediary/answer.h"

enum im_cert_state {
	IM_CERT_OK,
	IM_CERT_OUTSIDE,   /* outside its validity period, otherwise trusted */
	IM_CERT_UNTRUSTED, /* no path to the trust, or meant for another use */
};

enum im_cert_state im_cert_state(const struct osci_trust *trust, const struct osci_cert *cert, enum osci_usage use,
				 int64_t now /* seconds */);

/*
 * Checks every certificate of a delivery: warnings and errors go to the feedback of @a, one
 * inspection each to *@ret (in the pool of @a).  *@ok false: an error was among them.
 */
int im_inspect(struct im_answer *a, const struct osci_message *m, const struct osci_trust *trust, int64_t now_ms,
	       struct osci_inspection **ret, size_t *ret_n, bool *ok, struct osci_err *err);

#endif
