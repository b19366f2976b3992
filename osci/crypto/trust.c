/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust - whose certificates are believed: those listed, and those issued under listed CAs
 *
 * A participant's certificate is compared octet by octet.  CA certificates stand in a store of
 * their own for OpenSSL's path check: strict, at most OSCI_TRUST_DEPTH deep, auth level 2, time
 * passed in; nothing from the system store, nothing fetched, no helper certificates from
 * messages.  The set is filled first and only read afterwards, by any number of threads.
 *
 * A revoked certificate is refused whatever else holds; what is not known is refused only where
 * the rules of the set demand it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "base/file.h"
#include "crypto/priv.h"

#define TRUST_CERTS_MAX 4096
#define TRUST_FILE_MAX (16 * 1024 * 1024)
#define AUTH_LEVEL 2 /* 112 bits: RSA of CAs from 2048 bits, no SHA-1 */

struct osci_trust {
	struct osci_cert **certs;
	size_t n_certs;
	X509_STORE *cas;
	size_t n_cas;
	struct osci_revocation *revocation; /* or NULL */
	struct osci_revocation_rules rules;
};

int osci_trust_new(struct osci_trust **ret)
{
	struct osci_trust *t = calloc(1, sizeof(*t));

	if (t)
		t->cas = X509_STORE_new();
	if (!t || !t->cas) {
		osci_trust_freep(&t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void osci_trust_freep(struct osci_trust **trust)
{
	struct osci_trust *t = *trust;
	size_t i;

	*trust = NULL;
	if (!t)
		return;
	for (i = 0; i < t->n_certs; i++)
		osci_cert_unref(t->certs[i]);
	free(t->certs);
	X509_STORE_free(t->cas);
	osci_revocation_unref(t->revocation);
	free(t);
}

void osci_trust_set_revocation(struct osci_trust *trust, struct osci_revocation *rev,
			       const struct osci_revocation_rules *rules)
{
	static const struct osci_revocation_rules none;

	osci_revocation_ref(rev);
	osci_revocation_unref(trust->revocation);
	trust->revocation = rev;
	trust->rules = rules ? *rules : none;
}

static const struct osci_cert *find(const struct osci_trust *t, const struct osci_cert *cert)
{
	size_t i;

	for (i = 0; i < t->n_certs; i++)
		if (osci_cert_equal(t->certs[i], cert))
			return t->certs[i];
	return NULL;
}

int osci_trust_add(struct osci_trust *trust, struct osci_cert *cert)
{
	struct osci_cert **more;

	if (find(trust, cert))
		return 0;
	if (trust->n_certs >= TRUST_CERTS_MAX)
		return OSCI_E_LIMIT;
	more = reallocarray(trust->certs, trust->n_certs + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	trust->certs = more;
	if (cert->is_ca) {
		if (X509_STORE_add_cert(trust->cas, cert->x509) != 1) {
			ERR_clear_error();
			return -ENOMEM;
		}
		trust->n_cas++;
	}
	trust->certs[trust->n_certs++] = osci_cert_ref(cert);
	return 0;
}

static int add_der(struct osci_trust *trust, const unsigned char *der, size_t len, const char *path,
		   size_t index, struct osci_err *err)
{
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	struct osci_err why = { 0 };
	int r;

	r = osci_cert_from_der(&cert, der, len, &why);
	if (r == 0)
		r = osci_trust_add(trust, cert);
	if (r)
		return osci_fail(err, r, NULL, path, "certificate %zu: %s", index,
				 why.what[0] ? why.what : "cannot be added");
	return 0;
}

int osci_trust_add_pem(struct osci_trust *trust, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(TRUST_FILE_MAX + 4096);
	size_t n = 0;
	BIO *bio;
	int r;

	r = osci_file_read(path, TRUST_FILE_MAX, false, &text, err);
	if (r)
		return r;
	bio = BIO_new_mem_buf(text.data, (int)text.len);
	if (!bio)
		return -ENOMEM;
	while (r == 0) {
		unsigned char *der = NULL;
		long len = 0;

		if (PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL) != 1)
			break;
		r = add_der(trust, der, (size_t)len, path, ++n, err);
		OPENSSL_free(der);
	}
	if (r == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, path, "PEM broken behind certificate %zu", n);
	else if (r == 0 && n == 0)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, path, "holds no certificate in PEM");
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

/* Our words for the causes an operator can act upon. */
static const char *cause(int code)
{
	switch (code) {
	case X509_V_ERR_CERT_HAS_EXPIRED: return "a certificate of the path has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID: return "a certificate of the path is not yet valid";
	case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "signature of the issuer does not hold";
	case X509_V_ERR_INVALID_CA: return "issuer is no CA";
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG: return "path too long";
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_EE_KEY_TOO_SMALL: return "key or digest of the path too weak";
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: return "unknown critical extension";
	default: return "unknown, and not issued under a trusted CA";
	}
}

static int check_path(const struct osci_trust *t, const struct osci_cert *cert, int64_t now, int *ret_cause)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int r = OSCI_E_UNTRUSTED;

	if (!ctx || X509_STORE_CTX_init(ctx, t->cas, cert->x509, NULL) != 1) {
		X509_STORE_CTX_free(ctx);
		return -ENOMEM;
	}
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_depth(param, OSCI_TRUST_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	if (X509_verify_cert(ctx) == 1)
		r = 0;
	else
		*ret_cause = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

struct osci_cert *trust_cert(const struct osci_trust *trust, size_t i)
{
	return i < trust->n_certs ? trust->certs[i] : NULL;
}

struct osci_cert *trust_issuer(const struct osci_trust *trust, const struct osci_cert *cert, bool *ret_named)
{
	struct osci_cert *found = NULL;
	size_t i;

	*ret_named = false;
	for (i = 0; i < trust->n_certs && !found; i++) {
		struct osci_cert *ca = trust->certs[i];

		if (!ca->is_ca || X509_check_issued(ca->x509, cert->x509) != X509_V_OK)
			continue;
		*ret_named = true;
		if (X509_verify(cert->x509, ca->pkey) == 1)
			found = ca;
	}
	ERR_clear_error();
	return found;
}

static bool self_signed(const struct osci_cert *cert)
{
	bool r = X509_self_signed(cert->x509, 1) == 1;

	ERR_clear_error();
	return r;
}

static bool fresh(const struct osci_trust *t, const struct osci_revocation_state *s, int64_t now)
{
	return s->status == OSCI_REVOCATION_GOOD ||
	       (s->status == OSCI_REVOCATION_UNKNOWN && s->source != OSCI_REVOCATION_NONE && s->this_update <= now &&
		now - s->next_update <= (int64_t)t->rules.grace_s);
}

/* The certificate and every CA above it, as far as the set goes. *@ret_known: all of them are known to be good. */
static void check_revocation(const struct osci_trust *t, const struct osci_cert *cert, int64_t now,
			     struct osci_trust_state *s, bool *ret_known)
{
	const struct osci_cert *c = cert;
	bool named;
	int i;

	*ret_known = true;
	for (i = 0; i <= OSCI_TRUST_DEPTH && c && !self_signed(c); i++) {
		struct osci_revocation_state state;

		osci_revocation_state(t->revocation, c, now, &state);
		if (c == cert || state.status == OSCI_REVOCATION_REVOKED)
			s->revocation = state;
		if (state.status == OSCI_REVOCATION_REVOKED) {
			s->online = OSCI_ONLINE_REVOKED;
			return;
		}
		if (c == cert && state.status == OSCI_REVOCATION_GOOD)
			s->online = OSCI_ONLINE_OK;
		c = trust_issuer(t, c, &named);
		/* The topmost CA of the set is an anchor: nobody in the set could say anything of it. */
		if (!fresh(t, &state, now) && (c || i == 0))
			*ret_known = false;
	}
}

static int judge(const struct osci_trust *t, const struct osci_cert *cert, enum osci_usage use, int64_t now,
		 struct osci_trust_state *s, int *ret_path)
{
	bool known = true, demand = use == OSCI_USE_SIGN ? t->rules.demand_sign : t->rules.demand_encrypt;
	int r = 0;

	*ret_path = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	*s = (struct osci_trust_state){ .math = OSCI_MATH_INDETERMINATE };
	if (now > cert->not_after || now < cert->not_before) {
		s->cause = OSCI_TRUST_PERIOD;
		s->offline = OSCI_OFFLINE_INVALID;
	} else if (osci_cert_check(cert, use, now, NULL)) {
		s->cause = OSCI_TRUST_USAGE;
	}
	if (!s->cause && !find(t, cert))
		r = t->n_cas ? check_path(t, cert, now, ret_path) : OSCI_E_UNTRUSTED;
	if (r < 0)
		return r;
	if (r > 0)
		s->cause = OSCI_TRUST_ISSUER;
	if (t->revocation && (!s->cause || s->cause == OSCI_TRUST_PERIOD)) {
		check_revocation(t, cert, now, s, &known);
		if (s->online == OSCI_ONLINE_REVOKED)
			s->cause = OSCI_TRUST_REVOKED;
	}
	if (!s->cause && demand && (!known || !t->revocation))
		s->cause = OSCI_TRUST_UNCHECKED;
	return 0;
}

int osci_trust_state(const struct osci_trust *trust, const struct osci_cert *cert, enum osci_usage use, int64_t now,
		     struct osci_trust_state *ret)
{
	bool named = false;
	int r, path;

	r = judge(trust, cert, use, now, ret, &path);
	if (r)
		return r;
	if (trust_issuer(trust, cert, &named) || self_signed(cert))
		ret->math = OSCI_MATH_OK;
	else if (named)
		ret->math = OSCI_MATH_CORRUPTED;
	return 0;
}

int osci_trust_check(const struct osci_trust *trust, const struct osci_cert *cert, enum osci_usage use,
		     int64_t now, struct osci_err *err)
{
	bool sign = use == OSCI_USE_SIGN;
	struct osci_trust_state s;
	int r, path;

	r = judge(trust, cert, use, now, &s, &path);
	if (r)
		return r;
	switch (s.cause) {
	case OSCI_TRUST_OK:
		break;
	case OSCI_TRUST_PERIOD:
	case OSCI_TRUST_USAGE:
		return osci_cert_check(cert, use, now, err);
	case OSCI_TRUST_ISSUER:
		return osci_fail(err, OSCI_E_UNTRUSTED, sign ? "9700" : "9706", "certificate", "%s (SHA-256 %.16s)",
				 cause(path), cert->sha256);
	case OSCI_TRUST_REVOKED:
		return osci_fail(err, OSCI_E_REVOKED, sign ? "9701" : "9707", "certificate",
				 "revoked, or a CA above it is (SHA-256 %.16s)", cert->sha256);
	case OSCI_TRUST_UNCHECKED:
		return osci_fail(err, OSCI_E_UNCHECKED, "9710", "certificate",
				 "nothing fresh is known of its revocation (SHA-256 %.16s)", cert->sha256);
	}
	return 0;
}
