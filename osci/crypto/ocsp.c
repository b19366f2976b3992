/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocsp - requests to and answers of OCSP responders (RFC 6960), without a network
 *
 * An answer counts if the issuer of the certificate signed it, or a responder that this issuer
 * certified for OCSPSigning; if it names this certificate by any digest; if its times hold; and if its
 * nonce is ours, where both have one.  Nothing inside an answer leads anywhere else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/rand.h>

#include "crypto/priv.h"

#define RESPONSES_MAX 16 /* single answers in one response */

static int fail(struct osci_err *err, int code, const char *what)
{
	ERR_clear_error();
	return osci_fail(err, code, NULL, "OCSP", "%s", what);
}

static struct osci_cert *issuer_of(const struct osci_trust *trust, const struct osci_cert *cert)
{
	bool named;

	return trust_issuer(trust, cert, &named);
}

static bool add_nonce(OCSP_REQUEST *req, unsigned char *nonce)
{
	if (!nonce)
		return true;
	return RAND_bytes(nonce, OSCI_OCSP_NONCE) == 1 && OCSP_request_add1_nonce(req, nonce, OSCI_OCSP_NONCE) == 1;
}

int osci_ocsp_request(unsigned char **ret, size_t *ret_len, const struct osci_trust *trust, const struct osci_cert *cert,
		      unsigned char *nonce, unsigned flags, struct osci_err *err)
{
	const struct osci_cert *issuer = issuer_of(trust, cert);
	const EVP_MD *md = flags & OSCI_OCSP_SHA1_ID ? EVP_sha1() : EVP_sha256();
	unsigned char *der = NULL;
	OCSP_REQUEST *req;
	OCSP_CERTID *id;
	int n = -1;

	*ret = NULL;
	if (!issuer)
		return fail(err, OSCI_E_UNTRUSTED, "issuer of the certificate is not in the set");
	req = OCSP_REQUEST_new();
	id = OCSP_cert_to_id(md, cert->x509, issuer->x509);
	if (req && id && OCSP_request_add0_id(req, id)) {
		id = NULL; /* belongs to the request */
		if (add_nonce(req, nonce))
			n = i2d_OCSP_REQUEST(req, &der);
	}
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(req);
	ERR_clear_error();
	if (n > 0) {
		*ret = malloc((size_t)n);
		if (*ret)
			memcpy(*ret, der, (size_t)n);
		*ret_len = (size_t)n;
	}
	OPENSSL_free(der);
	return *ret ? 0 : -ENOMEM;
}

/*
 * A responder of its own: certified by the issuer itself, for this alone, valid now, with a key inside our limits, and not
 * revoked as far as we know.  That it is good is not demanded: nobody asks a responder about itself.
 */
static const char *check_delegate(struct osci_revocation *rev, X509 *x509, const struct osci_cert *issuer, int64_t now)
{
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	struct osci_revocation_state state;
	unsigned char *der = NULL;
	const X509_ALGOR *alg = NULL;
	int n = i2d_X509(x509, &der);
	bool read = n > 0 && osci_cert_from_der(&cert, der, (size_t)n, NULL) == 0;

	OPENSSL_free(der);
	if (!read)
		return "certificate of the responder cannot be read";
	if (!osci_cert_issued(issuer, cert))
		return "certificate of the responder is not of the issuer";
	X509_get0_signature(NULL, &alg, cert->x509);
	if (!alg || !sigalg_ok(alg))
		return "certificate of the responder is signed with a digest not allowed";
	if (!(X509_get_extension_flags(cert->x509) & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(cert->x509) & XKU_OCSP_SIGN))
		return "certificate of the responder is not for OCSPSigning";
	if (cert->usage != UINT32_MAX && !(cert->usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		return "key usage of the responder does not allow signatures";
	if (cert->is_ca || cert->unknown_critical)
		return "certificate of the responder is of another kind";
	if (now < cert->not_before || now > cert->not_after)
		return "certificate of the responder is out of its time";
	osci_revocation_state(rev, cert, now, &state);
	return state.status == OSCI_REVOCATION_REVOKED ? "certificate of the responder is revoked" : NULL;
}

static int check_signer(struct osci_revocation *rev, OCSP_BASICRESP *basic, const struct osci_cert *issuer, int64_t now,
			struct osci_err *err)
{
	const X509_ALGOR *alg = OCSP_resp_get0_tbs_sigalg(basic);
	STACK_OF(X509) *own = sk_X509_new_null();
	X509 *signer = NULL;
	const char *what = NULL;
	bool good;

	if (!own || !sk_X509_push(own, issuer->x509)) {
		sk_X509_free(own);
		return -ENOMEM;
	}
	if (!alg || !sigalg_ok(alg)) {
		sk_X509_free(own);
		return fail(err, OSCI_E_SIGNATURE, "signature algorithm not allowed");
	}
	if (OCSP_resp_get0_signer(basic, &signer, own) != 1)
		what = "responder is neither the issuer nor in the answer";
	else if (X509_cmp(signer, issuer->x509) != 0)
		what = check_delegate(rev, signer, issuer, now);
	/* Who signed has been judged above: here the value alone. */
	good = !what && OCSP_basic_verify(basic, own, NULL, OCSP_NOVERIFY) == 1;
	sk_X509_free(own);
	if (what)
		return fail(err, OSCI_E_UNTRUSTED, what);
	return good ? 0 : fail(err, OSCI_E_SIGNATURE, "signature of the answer does not hold");
}

/* The digest that names a certificate is the responder's choice. */
static bool names(const OCSP_CERTID *id, const struct osci_cert *cert, const struct osci_cert *issuer)
{
	ASN1_OBJECT *oid = NULL;
	OCSP_CERTID *own;
	const EVP_MD *md;
	bool same;

	if (OCSP_id_get0_info(NULL, &oid, NULL, NULL, (OCSP_CERTID *)id) != 1)
		return false;
	md = EVP_get_digestbyobj(oid);
	if (!md || (EVP_MD_get_type(md) != NID_sha1 && EVP_MD_get_type(md) != NID_sha256))
		return false;
	own = OCSP_cert_to_id(md, cert->x509, issuer->x509);
	same = own && OCSP_id_cmp(own, id) == 0;
	OCSP_CERTID_free(own);
	return same;
}

static OCSP_SINGLERESP *single(OCSP_BASICRESP *basic, const struct osci_cert *cert, const struct osci_cert *issuer)
{
	OCSP_SINGLERESP *found = NULL;
	int i, n = OCSP_resp_count(basic);

	if (n > RESPONSES_MAX)
		return NULL;
	for (i = 0; i < n && !found; i++) {
		OCSP_SINGLERESP *s = OCSP_resp_get0(basic, i);

		if (names(OCSP_SINGLERESP_get0_id(s), cert, issuer))
			found = s;
	}
	return found;
}

static int check_nonce(OCSP_BASICRESP *basic, const unsigned char *nonce, struct osci_err *err)
{
	int at = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1), n;
	const unsigned char *p;
	ASN1_OCTET_STRING *raw, *inner;
	bool same;

	if (!nonce || at < 0) /* the time window is what is left */
		return 0;
	raw = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, at));
	p = ASN1_STRING_get0_data(raw);
	n = ASN1_STRING_length(raw);
	inner = d2i_ASN1_OCTET_STRING(NULL, &p, n);
	same = inner && ASN1_STRING_length(inner) == OSCI_OCSP_NONCE &&
	       memcmp(ASN1_STRING_get0_data(inner), nonce, OSCI_OCSP_NONCE) == 0;
	ASN1_OCTET_STRING_free(inner);
	return same ? 0 : fail(err, OSCI_E_STATE, "nonce of another request");
}

static const char *read_state(OCSP_SINGLERESP *s, int64_t now, struct osci_revocation_state *state)
{
	ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
	int reason = -1, status = OCSP_single_get0_status(s, &reason, &revoked, &this_update, &next_update);

	*state = (struct osci_revocation_state){ .source = OSCI_REVOCATION_OCSP, .reason = -1 };
	if (!this_update || !time_of(this_update, &state->this_update))
		return "thisUpdate cannot be read";
	if (state->this_update > now + OSCI_CLOCK_SKEW_S)
		return "is from the future";
	state->next_update = state->this_update + OSCI_OCSP_AGE_S;
	if (next_update && !time_of(next_update, &state->next_update))
		return "nextUpdate cannot be read";
	if (now > state->next_update)
		return "has run out";
	if (status == V_OCSP_CERTSTATUS_GOOD) {
		state->status = OSCI_REVOCATION_GOOD;
	} else if (status == V_OCSP_CERTSTATUS_REVOKED) {
		state->status = OSCI_REVOCATION_REVOKED;
		state->reason = reason;
		if (!revoked || !time_of(revoked, &state->revoked_at))
			state->revoked_at = state->this_update;
	}
	return NULL;
}

static int read_basic(struct osci_revocation *rev, OCSP_BASICRESP *basic, const struct osci_cert *cert,
		      const struct osci_cert *issuer, const unsigned char *nonce, int64_t now,
		      struct osci_revocation_state *state, struct osci_err *err)
{
	OCSP_SINGLERESP *s;
	const char *what;
	int64_t produced;
	int r;

	r = check_signer(rev, basic, issuer, now, err);
	if (!r)
		r = check_nonce(basic, nonce, err);
	if (r)
		return r;
	if (!time_of(OCSP_resp_get0_produced_at(basic), &produced) || produced > now + OSCI_CLOCK_SKEW_S)
		return fail(err, OSCI_E_STATE, "is from the future");
	s = single(basic, cert, issuer);
	if (!s)
		return fail(err, OSCI_E_MALFORMED, "does not name the certificate");
	what = read_state(s, now, state);
	return what ? fail(err, OSCI_E_STATE, what) : 0;
}

/* The answer proper lies in an octet string at the end of the response: DER, too, if it encodes to the same again. */
static bool basic_strict(OCSP_BASICRESP *basic, const unsigned char *der, size_t len)
{
	unsigned char *again = NULL;
	int n = i2d_OCSP_BASICRESP(basic, &again);
	bool same = n > 0 && (size_t)n <= len && memcmp(der + len - (size_t)n, again, (size_t)n) == 0 &&
		    der_strict(again, (size_t)n);

	OPENSSL_free(again);
	return same;
}

static int read_response(const unsigned char *der, size_t len, OCSP_BASICRESP **ret, struct osci_err *err)
{
	const unsigned char *p = der;
	OCSP_RESPONSE *resp;
	int r = 0;

	if (len == 0 || len > OSCI_OCSP_MAX || !der_strict(der, len))
		return fail(err, OSCI_E_MALFORMED, "answer is not strict DER within the limits");
	resp = d2i_OCSP_RESPONSE(NULL, &p, (long)len);
	if (!resp || p != der + len)
		r = fail(err, OSCI_E_MALFORMED, "is not an OCSP response");
	else if (OCSP_response_status(resp) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		r = fail(err, OSCI_E_EMPTY, "responder gives no answer");
	else if (!(*ret = OCSP_response_get1_basic(resp)))
		r = fail(err, OSCI_E_MALFORMED, "is not a basic OCSP response");
	else if (!basic_strict(*ret, der, len))
		r = fail(err, OSCI_E_MALFORMED, "is not strict DER");
	OCSP_RESPONSE_free(resp);
	return r;
}

int osci_revocation_ocsp_response(struct osci_revocation *rev, const struct osci_trust *trust,
				  const struct osci_cert *cert, const unsigned char *nonce, const void *data, size_t len,
				  int64_t now, struct osci_revocation_state *state, struct osci_err *err)
{
	const struct osci_cert *issuer = issuer_of(trust, cert);
	struct osci_revocation_state own;
	OCSP_BASICRESP *basic = NULL;
	int r;

	if (!issuer)
		return fail(err, OSCI_E_UNTRUSTED, "issuer of the certificate is not in the set");
	if (!state)
		state = &own;
	r = read_response(data, len, &basic, err);
	if (!r)
		r = read_basic(rev, basic, cert, issuer, nonce, now, state, err);
	OCSP_BASICRESP_free(basic);
	ERR_clear_error();
	if (!r && state->status != OSCI_REVOCATION_UNKNOWN)
		r = revocation_put(rev, cert, state);
	return r;
}
