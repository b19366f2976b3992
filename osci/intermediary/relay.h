/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay - one delivery to a passive recipient, and what its answer is worth
 *
 * The recipient is a configured participant: address and certificates come from the configuration alone, nothing in an
 * order is ever fetched or connected to.  The request is written while it is sent, encrypted for the participant and
 * signed by us; it is sent once.  No lock is held.
 */
#ifndef OSCI_INTERMEDIARY_RELAY_H
#define OSCI_INTERMEDIARY_RELAY_H

#include "intermediary/service.h"

struct im_relayed {
	bool sent;                /* the recipient can have all of it */
	bool accepted;            /* it says that it has it: time of reception */
	const char *warnings[4];  /* feedback codes, in order of occurrence */
	size_t n_warnings;
	const char *error;        /* feedback code, NULL = none */
	struct osci_message *m;   /* its answer, if @accepted */
};

/*
 * @draft: AcceptDelivery or ProcessDelivery without Challenge and our certificates.  0 and *@ret, whatever came of it,
 * with the reason in @err if @ret->error is set; not 0: nothing was sent.
 */
int im_relay(struct im_service *s, const struct im_participant *to, struct osci_draft *draft, int64_t now_ms,
	     struct im_relayed *ret, struct osci_err *err);
void im_relayed_end(struct im_relayed *r);

/*
 * im_settings.exchange by HTTP: carries @request (taken, on failure too) to @url, blocking.  @arg: the service.
 * Everything is limited by set->limits and forward_timeout.
 */
int im_relay_http(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret, struct osci_err *err);

#endif
