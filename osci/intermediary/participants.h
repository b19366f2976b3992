/* SPDX-License-Identifier: Apache-2.0 */
/*
 * participants - who may use this intermediary: cipher certificates, signature certificates and mailbox belong together
 *
 * With `only` an order counts if its cipher certificate and its signer are of the same participant, and a mailbox
 * exists for participants alone.  Without it the list gives names, quotas and passive recipients, and every trusted
 * certificate is a client of its own.  Immutable after reading; may be shared between threads.
 */
#ifndef OSCI_INTERMEDIARY_PARTICIPANTS_H
#define OSCI_INTERMEDIARY_PARTICIPANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/key.h>
#include "base/conf.h"

#define IM_PARTICIPANT_ID_MAX 60     /* shorter than a SHA-256 in hex: the two never look alike */
#define IM_PARTICIPANT_CERTS_MAX 8   /* of one kind: the one in use, and those of a renewal */
#define IM_PARTICIPANTS_MAX 10000

struct im_participant {
	const char *id;             /* as configured; names its mailbox, stands in log and metrics */
	struct osci_cert **cipher;  /* at least one; [0] is the one we encrypt for */
	size_t n_cipher;
	struct osci_cert **sign;
	size_t n_sign;
	const char **uris;          /* ContentReceiver/@URI that mean this passive recipient */
	size_t n_uris;
	const char *url;            /* its HTTP address; NULL = no passive recipient */
	const char *languages;      /* of texts, where an order leaves it open; "" = none named */
	bool may_send, may_fetch;
	uint64_t max_deliveries, max_bytes; /* waiting in its mailbox; 0 = as for every mailbox */
};

struct im_participants {
	struct im_participant *list;
	size_t n;
	bool only;
};

/* Reads `intermediary.participants`; mistakes become problems of @conf. -ENOMEM only. */
int im_participants_load(struct im_participants *p, struct conf *conf, struct osci_err *err);
void im_participants_free(struct im_participants *p);

/* NULL if it is nobody's. */
const struct im_participant *im_participant_of_cipher(const struct im_participants *p, const struct osci_cert *cert);
const struct im_participant *im_participant_of_uri(const struct im_participants *p, const char *uri);
bool im_participant_signs(const struct im_participant *one, const struct osci_cert *cert);
/* Name of client and mailbox behind a cipher certificate: id of the participant, else SHA-256. Borrowed from either. */
const char *im_participants_name(const struct im_participants *p, const struct osci_cert *cipher);

#endif
