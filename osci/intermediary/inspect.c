/* SPDX-License-Identifier: Apache-2.0 */
/* inspect - from what is known of a certificate to codes and report */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "intermediary/inspect.h"

static const struct {
	enum osci_usage use;
	const char *outside, *untrusted, *revoked, *unchecked, *demanded;
} parts[] = {
	[IM_CLIENT_CIPHER] = { OSCI_USE_ENCRYPT, "3500", "9501", "9502", "3501", "9503" },
	[IM_CLIENT_SIGN] = { OSCI_USE_SIGN, "3700", "9700", "9701", "3707", "9710" },
	[IM_AUTHOR_SIGN] = { OSCI_USE_SIGN, "3701", "3702", "3703", "3707", "3707" },
	[IM_AUTHOR_CIPHER] = { OSCI_USE_ENCRYPT, "3704", "9704", "9705", "3707", "9710" },
	[IM_ADDRESSEE_CIPHER] = { OSCI_USE_ENCRYPT, "3705", "9706", "9707", "3707", "9710" },
	[IM_READER_CIPHER] = { OSCI_USE_ENCRYPT, "3706", "9708", "9709", "3707", "9710" },
	[IM_ADDRESSEE_SIGN] = { OSCI_USE_SIGN, "3708", "9711", "9712", "3707", "9710" },
};

static bool valid_at(const struct osci_cert *cert, int64_t now)
{
	return now >= osci_cert_not_before(cert) && now <= osci_cert_not_after(cert);
}

/* The cause as if the certificate were inside its period: one outside may have worse about it. */
static int cause_inside(const struct im_judge *j, const struct osci_cert *cert, enum osci_usage use, int64_t now,
			struct osci_trust_state *state, enum osci_trust_cause *ret)
{
	struct osci_trust_state inside;
	int r;

	*ret = state->cause;
	if (state->cause != OSCI_TRUST_PERIOD)
		return 0;
	/* OpenSSL counts the last second out. */
	r = osci_trust_state(j->trust, cert, use,
			     now < osci_cert_not_before(cert) ? osci_cert_not_before(cert) : osci_cert_not_after(cert) - 1,
			     &inside);
	if (r)
		return r;
	if (inside.cause != OSCI_TRUST_OK && inside.cause != OSCI_TRUST_UNCHECKED)
		*ret = inside.cause;
	if (state->revocation.status == OSCI_REVOCATION_REVOKED)
		*ret = OSCI_TRUST_REVOKED;
	return 0;
}

/* One that is listed itself: nobody else could revoke it. */
static bool self_issued(const struct osci_cert *cert)
{
	return !strcmp(osci_cert_issuer(cert), osci_cert_subject(cert));
}

int im_judge_cert(const struct im_judge *j, struct osci_cert *cert, enum im_part part, int64_t now,
		  const char **ret_code, struct osci_trust_state *state, struct osci_err *err)
{
	struct osci_trust_state own;
	enum osci_trust_cause cause;
	int r;

	if (!state)
		state = &own;
	*ret_code = NULL;
	r = osci_trust_state(j->trust, cert, parts[part].use, now, state);
	if (!r)
		r = cause_inside(j, cert, parts[part].use, now, state, &cause);
	/* Anybody can write an issuer's name: only what that issuer signed takes a place among those asked for. */
	if (!r && j->seen && state->math == OSCI_MATH_OK)
		j->seen(j->seen_arg, cert);
	if (r)
		return osci_fail(err, r, part == IM_CLIENT_CIPHER ? "9503" : "9710", NULL, "a certificate cannot be judged");
	switch (cause) {
	case OSCI_TRUST_OK:
		if (j->min_rsa_bits && osci_cert_is_rsa(cert) && osci_cert_bits(cert) < j->min_rsa_bits)
			*ret_code = parts[part].untrusted;
		else if (j->online && state->online == OSCI_ONLINE_ABSENT && !self_issued(cert))
			*ret_code = parts[part].unchecked;
		break;
	case OSCI_TRUST_PERIOD:
		*ret_code = parts[part].outside;
		break;
	case OSCI_TRUST_USAGE:
	case OSCI_TRUST_ISSUER:
		*ret_code = parts[part].untrusted;
		break;
	case OSCI_TRUST_REVOKED:
		*ret_code = parts[part].revoked;
		break;
	case OSCI_TRUST_UNCHECKED:
		*ret_code = parts[part].demanded;
		break;
	}
	return 0;
}

static enum im_part part_of(const struct osci_message *m, const struct osci_cert_entry *entry)
{
	if (entry->role == OSCI_SIGN_ORIGINATOR && m->signature.cert && osci_cert_equal(m->signature.cert, entry->cert))
		return IM_CLIENT_SIGN;
	switch (entry->role) {
	case OSCI_CIPHER_ORIGINATOR:
		return IM_CLIENT_CIPHER;
	case OSCI_CIPHER_OTHER_AUTHOR:
		return IM_AUTHOR_CIPHER;
	case OSCI_CIPHER_OTHER_READER:
		return IM_READER_CIPHER;
	case OSCI_SIGN_ORIGINATOR:
	case OSCI_SIGN_OTHER_AUTHOR:
		return IM_AUTHOR_SIGN;
	case OSCI_SIGN_ADDRESSEE:
	case OSCI_SIGN_INTERMEDIARY:
		return IM_ADDRESSEE_SIGN;
	case OSCI_CIPHER_ADDRESSEE:
	case OSCI_CIPHER_INTERMEDIARY:
		break;
	}
	return IM_ADDRESSEE_CIPHER;
}

static const char *level_of(const struct im_judge *j, const struct osci_cert *cert, enum osci_usage use, int64_t now)
{
	struct osci_trust_state state;

	for (size_t i = 0; i < j->n_levels; i++)
		if (!osci_trust_state(j->levels[i].trust, cert, use, now, &state) && state.math == OSCI_MATH_OK)
			return j->levels[i].type;
	return "unknown";
}

int im_inspect(struct im_answer *a, const struct osci_message *m, const struct im_judge *judge, int64_t now_ms,
	       struct osci_inspection **ret, size_t *ret_n, bool *ok, struct osci_err *err)
{
	static const char *const math[] = { [OSCI_MATH_OK] = "ok", [OSCI_MATH_CORRUPTED] = "corrupted",
					    [OSCI_MATH_INDETERMINATE] = "indeterminate" };
	static const char *const online[] = { [OSCI_ONLINE_ABSENT] = NULL, [OSCI_ONLINE_OK] = "ok",
					      [OSCI_ONLINE_REVOKED] = "revoked" };
	struct osci_inspection *list = im_pool_alloc(&a->pool, m->n_certs, sizeof(*list));
	int64_t now = now_ms / 1000;
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
		struct osci_cert *cert = m->certs[i].cert;
		enum im_part part = part_of(m, &m->certs[i]);
		struct osci_trust_state state;
		const char *code, *crl = NULL;
		int r = im_judge_cert(judge, cert, part, now, &code, &state, err);

		if (r)
			return r;
		if (state.online != OSCI_ONLINE_ABSENT && state.revocation.source == OSCI_REVOCATION_CRL) {
			osci_format_datetime_utc(time, sizeof(time), state.revocation.this_update * 1000);
			crl = im_pool_text(&a->pool, time);
			if (!crl)
				return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for an inspection report");
		}
		list[i] = (struct osci_inspection){
			.subject = osci_cert_subject(cert),
			.issuer = osci_cert_issuer(cert),
			.serial = osci_cert_serial(cert),
			.cert_type = level_of(judge, cert, parts[part].use, now),
			.math = math[state.math],
			.offline = valid_at(cert, now) ? "valid" : "invalid",
			.online = online[state.online],
			.crl = crl,
			.time = stamp,
		};
		if (!code || part == IM_CLIENT_CIPHER) /* the client's has been judged with the order */
			continue;
		im_answer_feedback_once(a, code);
		if (code[0] == '9' && *ok)
			osci_fail(err, OSCI_E_UNTRUSTED, code, osci_role_element(m->certs[i].role), "certificate not accepted");
		*ok = *ok && code[0] != '9';
	}
	return 0;
}
