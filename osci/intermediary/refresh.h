/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh - keeps what is known of revoked certificates fresh, in a thread of its own
 *
 * Lists (CRLs) are files; one that changed is read again within IM_REFRESH_SECONDS.  Responders (OCSP) are asked at the
 * addresses of the configuration, never at those of a certificate, about every certificate that orders have
 * shown and whose issuer has a responder.  No order waits for any of it: until there is an answer, nothing is known.
 */
#ifndef OSCI_INTERMEDIARY_REFRESH_H
#define OSCI_INTERMEDIARY_REFRESH_H

#include <osci/key.h>
#include "base/clock.h"

#define IM_REFRESH_SECONDS 10
#define IM_REFRESH_CERTS 4096     /* certificates asked for; the one seen longest ago makes place */
#define IM_REFRESH_RETRY_MS 60000 /* after a responder gave no answer */
#define IM_RESPONDERS_MAX 64

struct im_responder {
	struct osci_cert *issuer; /* of the certificates it knows */
	const char *url;
	bool nonce;               /* false: it answers in advance */
	bool sha1_id;
};

struct im_refresh_conf {
	struct osci_revocation *rev;
	const struct osci_trust *trust;
	const char *const *crls;  /* files */
	size_t n_crls;
	const struct im_responder *responders;
	size_t n_responders;
	int64_t interval_ms;      /* an answer is asked for again after this time */
	const char *proxy, *ca_file; /* HTTP; NULL = none */
	const struct osci_clock *clock;
};

/* Reads a list; -errno or a positive outcome with @err. */
int im_refresh_read_crl(const struct im_refresh_conf *conf, const char *path, int64_t now, struct osci_err *err);

struct im_refresh;
/* Reads all lists before it returns; those that cannot be read are logged. */
int im_refresh_start(struct im_refresh **ret, const struct im_refresh_conf *conf, struct osci_err *err);
void im_refresh_stopp(struct im_refresh **r); /* waits for a request under way */
/* @cert was shown in an order; @arg is the struct im_refresh. Never waits. */
void im_refresh_seen(void *arg, struct osci_cert *cert);

struct im_refresh_figures {
	uint64_t asked, failed;   /* requests to responders */
	size_t certs, crls_bad;
};
void im_refresh_figures(struct im_refresh *r, struct im_refresh_figures *ret);

#endif
