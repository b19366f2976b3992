/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl - one certificate revocation list: read, checked, asked
 *
 * Strict DER, issuer and signature against the CAs of a set of trust, a digest that is no
 * longer broken, times.  What this code does not understand (delta and indirect lists, lists
 * for some reasons only, relative names, unknown critical extensions) is refused as a whole: half understood,
 * it would call revoked certificates good.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/priv.h"

static bool md_ok(int nid)
{
	switch (nid) {
	case NID_sha256:
	case NID_sha384:
	case NID_sha512:
	case NID_sha3_256:
	case NID_sha3_384:
	case NID_sha3_512:
		return true;
	default:
		return false;
	}
}

/* The digest of RSA-PSS stands in its parameters; absent it means SHA-1. */
static bool pss_ok(int type, const ASN1_STRING *value)
{
	const unsigned char *p;
	RSA_PSS_PARAMS *pss;
	bool ok = false;

	if (type != V_ASN1_SEQUENCE)
		return false;
	p = ASN1_STRING_get0_data(value);
	pss = d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(value));
	if (pss && pss->hashAlgorithm)
		ok = md_ok(OBJ_obj2nid(pss->hashAlgorithm->algorithm));
	RSA_PSS_PARAMS_free(pss);
	return ok;
}

bool sigalg_ok(const X509_ALGOR *alg)
{
	int type = 0, nid, md = NID_undef;
	const ASN1_OBJECT *oid = NULL;
	const void *value = NULL;

	X509_ALGOR_get0(&oid, &type, &value, alg);
	nid = OBJ_obj2nid(oid);
	if (nid == NID_rsassaPss)
		return pss_ok(type, value);
	return OBJ_find_sigid_algs(nid, &md, NULL) == 1 && md_ok(md);
}

static const char *check_extensions(const X509_CRL *crl)
{
	int i;

	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return "delta CRL";
	for (i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *ext = X509_CRL_get_ext(crl, i);

		if (X509_EXTENSION_get_critical(ext) &&
		    OBJ_obj2nid(X509_EXTENSION_get_object(ext)) != NID_issuing_distribution_point)
			return "unknown critical extension";
	}
	return NULL;
}

static const char *read_scope(struct crl *c)
{
	int at = X509_CRL_get_ext_by_NID(c->x509, NID_issuing_distribution_point, -1);
	ASN1_OCTET_STRING *value;

	if (at < 0)
		return NULL;
	value = X509_EXTENSION_get_data(X509_CRL_get_ext(c->x509, at));
	c->idp = X509_CRL_get_ext_d2i(c->x509, NID_issuing_distribution_point, NULL, NULL);
	if (!c->idp)
		return "its distribution point cannot be read";
	if (c->idp->indirectCRL > 0 || c->idp->onlyattr > 0 || c->idp->onlysomereasons)
		return "indirect, for attribute certificates, or for some reasons only";
	if (c->idp->distpoint && c->idp->distpoint->type != 0)
		return "distribution point with a relative name";
	c->scope_len = (size_t)ASN1_STRING_length(value);
	c->scope = malloc(c->scope_len);
	if (!c->scope)
		return "no memory";
	memcpy(c->scope, ASN1_STRING_get0_data(value), c->scope_len);
	return NULL;
}

static const char *read_times(struct crl *c, int64_t now)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(c->x509);

	if (!time_of(X509_CRL_get0_lastUpdate(c->x509), &c->this_update))
		return "thisUpdate cannot be read";
	if (!next || !time_of(next, &c->next_update))
		return "has no nextUpdate";
	if (c->next_update < c->this_update)
		return "nextUpdate lies before thisUpdate";
	if (c->this_update > now + OSCI_CLOCK_SKEW_S)
		return "is from the future";
	return NULL;
}

static const char *find_issuer(struct crl *c, const struct osci_trust *trust)
{
	const char *what = "issuer is no CA of the set";
	struct osci_cert *ca;
	size_t i;

	for (i = 0; (ca = trust_cert(trust, i)); i++) {
		if (!ca->is_ca ||
		    X509_NAME_cmp(X509_get_subject_name(ca->x509), X509_CRL_get_issuer(c->x509)) != 0)
			continue;
		what = "issuer may not sign CRLs";
		if (ca->usage != UINT32_MAX && !(ca->usage & KU_CRL_SIGN))
			continue;
		what = "signature of the issuer does not hold";
		if (X509_CRL_verify(c->x509, ca->pkey) != 1)
			continue;
		c->issuer = osci_cert_ref(ca);
		return NULL;
	}
	return what;
}

static const char *read_crl(struct crl *c, const struct osci_trust *trust, const unsigned char *der, size_t len,
			    int64_t now)
{
	const unsigned char *p = der;
	const X509_ALGOR *alg = NULL;
	const char *what;

	if (len == 0 || len > OSCI_CRL_MAX)
		return "size outside the limits";
	if (!der_strict(der, len))
		return "is not strict DER";
	c->x509 = d2i_X509_CRL(NULL, &p, (long)len);
	if (!c->x509 || p != der + len)
		return "is not a CRL in DER";
	X509_CRL_get0_signature(c->x509, NULL, &alg);
	if (!alg || !sigalg_ok(alg))
		return "signature algorithm not allowed";
	what = find_issuer(c, trust); /* nothing else is believed before */
	if (!what)
		what = check_extensions(c->x509);
	if (!what)
		what = read_scope(c);
	return what ? what : read_times(c, now);
}

int crl_read(struct crl *ret, const struct osci_trust *trust, const void *der, size_t len, int64_t now,
	     struct osci_err *err)
{
	const char *what;

	*ret = (struct crl){ 0 };
	what = read_crl(ret, trust, der, len, now);
	ERR_clear_error();
	if (!what)
		return 0;
	crl_clear(ret);
	return osci_fail(err, OSCI_E_KEYFILE, NULL, "CRL", "%s", what);
}

void crl_clear(struct crl *c)
{
	X509_CRL_free(c->x509);
	osci_cert_unref(c->issuer);
	free(c->scope);
	ISSUING_DIST_POINT_free(c->idp);
	*c = (struct crl){ 0 };
}

static bool same_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	int i, k;

	for (i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (k = 0; k < sk_GENERAL_NAME_num(b); k++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
				return true;
	return false;
}

/* A part of a CA's list counts for certificates that name this part. The name is compared, never followed. */
static bool names_point(const struct osci_cert *cert, const GENERAL_NAMES *names)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert->x509, NID_crl_distribution_points, NULL, NULL);
	bool found = false;
	int i;

	for (i = 0; i < sk_DIST_POINT_num(points) && !found; i++) {
		const DIST_POINT *dp = sk_DIST_POINT_value(points, i);

		found = dp->distpoint && dp->distpoint->type == 0 && same_name(dp->distpoint->name.fullname, names);
	}
	CRL_DIST_POINTS_free(points);
	return found;
}

bool crl_covers(const struct crl *c, const struct osci_cert *cert)
{
	bool covers = osci_cert_issued(c->issuer, cert);

	if (covers && c->idp && ((c->idp->onlyuser > 0 && cert->is_ca) || (c->idp->onlyCA > 0 && !cert->is_ca)))
		covers = false;
	if (covers && c->idp && c->idp->distpoint)
		covers = names_point(cert, c->idp->distpoint->name.fullname);
	return covers;
}

void crl_state(const struct crl *c, const struct osci_cert *cert, int64_t now, struct osci_revocation_state *state)
{
	X509_REVOKED *entry = NULL;
	ASN1_ENUMERATED *reason;

	*state = (struct osci_revocation_state){ .source = OSCI_REVOCATION_CRL, .this_update = c->this_update,
						 .next_update = c->next_update, .reason = -1 };
	if (X509_CRL_get0_by_cert(c->x509, &entry, cert->x509) == 0) {
		if (c->this_update <= now + OSCI_CLOCK_SKEW_S && now <= c->next_update)
			state->status = OSCI_REVOCATION_GOOD;
		return;
	}
	/* On a list that has run out, too: what was revoked comes back with a newer list only. */
	state->status = OSCI_REVOCATION_REVOKED;
	if (!time_of(X509_REVOKED_get0_revocationDate(entry), &state->revoked_at))
		state->revoked_at = c->this_update;
	reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
	if (reason)
		state->reason = (int)ASN1_ENUMERATED_get(reason);
	ASN1_ENUMERATED_free(reason);
	ERR_clear_error();
}
