/* SPDX-License-Identifier: Apache-2.0 */
/* inspect - certificate checks and the inspection report (Prüfprotokoll) */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/inspect.h"

/* Feedback by role; NULL = the client's own cipher certificate, judged before. */
static const struct {
	enum osci_role role;
	enum osci_usage use;
	const char *outside, *untrusted;
} rules[] = {
	{ OSCI_CIPHER_ORIGINATOR, OSCI_USE_ENCRYPT, NULL, NULL },
	{ OSCI_CIPHER_OTHER_AUTHOR, OSCI_USE_ENCRYPT, "3704", "9704" },
	{ OSCI_CIPHER_ADDRESSEE, OSCI_USE_ENCRYPT, "3705", "9706" },
	{ OSCI_CIPHER_OTHER_READER, OSCI_USE_ENCRYPT, "3706", "9708" },
	{ OSCI_SIGN_ORIGINATOR, OSCI_USE_SIGN, "3701", "3702" }, /* the judgement is the reader's */
	{ OSCI_SIGN_OTHER_AUTHOR, OSCI_USE_SIGN, "3701", "3702" },
};

enum im_cert_state im_cert_state(const struct osci_trust *trust, const struct osci_cert *cert, enum osci_usage use,
				 int64_t now)
{
	int64_t inside = now;

	if (!osci_trust_check(trust, cert, use, now, NULL))
		return IM_CERT_OK;
	if (now < osci_cert_not_before(cert))
		inside = osci_cert_not_before(cert);
	else if (now >= osci_cert_not_after(cert))
		inside = osci_cert_not_after(cert) - 1; /* OpenSSL counts the last second out */
	if (inside != now && !osci_trust_check(trust, cert, use, inside, NULL))
		return IM_CERT_OUTSIDE;
	return IM_CERT_UNTRUSTED;
}

static bool valid_now(const struct osci_cert *cert, int64_t now)
{
	return now >= osci_cert_not_before(cert) && now <= osci_cert_not_after(cert);
}

int im_inspect(struct im_answer *a, const struct osci_message *m, const struct osci_trust *trust, int64_t now_ms,
	       struct osci_inspection **ret, size_t *ret_n, bool *ok, struct osci_err *err)
{
	struct osci_inspection *list = im_pool_alloc(&a->pool, m->n_certs, sizeof(*list));
	char time[40];
	const char *stamp;

	osci_format_datetime_utc(time, sizeof(time), now_ms);
	stamp = im_pool_text(&a->pool, time);
	if (!list || !stamp)
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for an inspection report");
	*ok = true;
	*ret = list;
	*ret_n = m->n_certs;
	for (size_t i = 0; i < m->n_certs; i++) {
		const struct osci_cert *cert = m->certs[i].cert;
		enum im_cert_state state = IM_CERT_UNTRUSTED;
		const char *code = NULL;

		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
			if (rules[k].role != m->certs[i].role)
				continue;
			state = im_cert_state(trust, cert, rules[k].use, now_ms / 1000);
			code = state == IM_CERT_OUTSIDE ? rules[k].outside :
			       state == IM_CERT_UNTRUSTED ? rules[k].untrusted : NULL;
		}
		list[i] = (struct osci_inspection){
			.subject = osci_cert_subject(cert),
			.issuer = osci_cert_issuer(cert),
			.serial = osci_cert_serial(cert),
			.cert_type = "unknown", /* levels of the signature law are not configured */
			.math = state == IM_CERT_UNTRUSTED ? "indeterminate" : "ok",
			.offline = valid_now(cert, now_ms / 1000) ? "valid" : "invalid",
			.time = stamp,
		};
		if (!code)
			continue;
		im_answer_feedback(a, code);
		*ok = *ok && code[0] != '9';
	}
	return 0;
}
