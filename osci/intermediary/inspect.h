/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect - judges the certificates of an order: feedback codes and the inspection report (Prüfprotokoll)
 *
 * Outside its validity period a certificate is a warning.  A bad issuer signature or a revocation is an error, except for
 * the signature certificate of an author, where the judgement is the reader's.  Where revocation lists or responders
 * are configured and nothing fresh is known, that is a warning too (3501, 3707), or an error (9503, 9710) where the
 * settings demand an answer.  Nothing is fetched here.
 */
#ifndef OSCI_INTERMEDIARY_INSPECT_H
#define OSCI_INTERMEDIARY_INSPECT_H

#include <osci/key.h>
#include <osci/message.h>
#include "intermediary/answer.h"

#define IM_LEVELS_MAX 3 /* advanced, qualified, accredited */

/* Certificates issued under @trust are of this type: "advanced", "qualified" or "accredited". */
struct im_level {
	const char *type;
	struct osci_trust *trust;
};

/* What certificates are judged by. */
struct im_judge {
	const struct osci_trust *trust;
	bool online;             /* lists or responders are configured: knowing nothing is worth a word */
	unsigned min_rsa_bits;   /* 0 = as osci_cert_from_der() */
	const struct im_level *levels;
	size_t n_levels;
	void (*seen)(void *arg, struct osci_cert *cert); /* each certificate that is judged; NULL = no one asks */
	void *seen_arg;
};

enum im_part { /* whose certificate it is, in words of the feedback codes */
	IM_CLIENT_CIPHER, /* 3500, 3501, 9501, 9502, 9503: faults */
	IM_CLIENT_SIGN,   /* 3700, 9700, 9701 */
	IM_AUTHOR_SIGN,   /* 3701, 3702, 3703 */
	IM_AUTHOR_CIPHER, /* 3704, 9704, 9705 */
	IM_ADDRESSEE_CIPHER, /* 3705, 9706, 9707 */
	IM_READER_CIPHER, /* 3706, 9708, 9709 */
	IM_ADDRESSEE_SIGN, /* 3708, 9711, 9712 */
};

/* Code for @cert in this part at @now (seconds), NULL if nothing is to be said; @state may be NULL. -errno on failure. */
int im_judge_cert(const struct im_judge *j, struct osci_cert *cert, enum im_part part, int64_t now,
		  const char **ret_code, struct osci_trust_state *state, struct osci_err *err);

/*
 * Checks every certificate of a delivery: warnings and errors go to the feedback of @a, each once, one
 * inspection each to *@ret (in the pool of @a).  *@ok false: an error was among them.
 */
int im_inspect(struct im_answer *a, const struct osci_message *m, const struct im_judge *judge, int64_t now_ms,
	       struct osci_inspection **ret, size_t *ret_n, bool *ok, struct osci_err *err);

#endif
