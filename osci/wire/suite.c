/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite - from the algorithms that a caller asks for to the rows of the allow list
 *
 * See suite.h.  A URI in an error comes from the caller, never from a message.
 */
#include "wire/suite.h"

#define IV_LEN 12      /* with IvLength */
#define IV_LEN_OSCI 16 /* without: software before corrigendum 6 */

static int pick(const struct osci_alg **ret, enum osci_alg_kind kind, const char *asked, const char *usual,
		const char *where, struct osci_err *err)
{
	const struct osci_alg *alg = osci_alg_find(kind, asked ? asked : usual);

	if (!alg)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, where, "%.200s is not on the allow list", asked);
	if (!alg->write)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, where, "%s is read, not written", alg->name);
	*ret = alg;
	return 0;
}

static const char *usual_signature(const struct osci_key *signer)
{
	return osci_cert_is_rsa(osci_key_cert(signer)) ? OSCI_URI_PSS_SHA256 : OSCI_URI_ECDSA_SHA256;
}

/* Digests of 384 bits take MGF1 with SHA-384 and so on: XML Encryption names no MGF1 with SHA-3. */
static const char *usual_mgf(const struct osci_alg *digest)
{
	return digest->bits == 512 ? OSCI_URI_MGF1_SHA512 : digest->bits == 384 ? OSCI_URI_MGF1_SHA384 :
										   OSCI_URI_MGF1_SHA256;
}

int wire_suite_init(struct wire_suite *ret, const struct osci_suite *suite, const struct osci_key *signer,
		    struct osci_err *err)
{
	static const struct osci_suite defaults;
	const struct osci_suite *s = suite ? suite : &defaults;
	int r;

	*ret = (struct wire_suite){ .iv_len = s->iv_octets ? s->iv_octets : IV_LEN };
	if (ret->iv_len != IV_LEN && ret->iv_len != IV_LEN_OSCI)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, "osci128:IvLength", "%u octets, 12 or 16 expected",
				 s->iv_octets);
	r = pick(&ret->digest, OSCI_ALG_DIGEST, s->digest, OSCI_URI_SHA256, "ds:DigestMethod", err);
	if (!r && signer) {
		r = pick(&ret->sign, OSCI_ALG_SIGN, s->signature, usual_signature(signer), "ds:SignatureMethod", err);
		if (!r && !osci_alg_fits(ret->sign, osci_key_cert(signer)))
			r = osci_fail(err, OSCI_E_ALGORITHM, NULL, "ds:SignatureMethod", "%s does not fit the key",
				      ret->sign->name);
	}
	if (!r)
		r = pick(&ret->cipher, OSCI_ALG_CIPHER, s->cipher, OSCI_URI_AES256_GCM, "xenc:EncryptionMethod", err);
	if (!r)
		r = pick(&ret->oaep_digest, OSCI_ALG_OAEP_DIGEST, s->oaep_digest, OSCI_URI_SHA256,
			 "xenc:EncryptedKey/ds:DigestMethod", err);
	if (!r)
		r = pick(&ret->oaep_mgf, OSCI_ALG_MGF, s->oaep_mgf, usual_mgf(ret->oaep_digest), "xenc11:MGF", err);
	if (!r)
		ret->key_len = ret->cipher->bits / 8;
	return r;
}

static const char *kept(enum osci_alg_kind kind, const char *uri)
{
	const struct osci_alg *alg = osci_alg_find(kind, uri);

	return alg && alg->write ? alg->uri : NULL;
}

struct osci_suite osci_suite_in_kind(const struct osci_suite *theirs, const struct osci_key *signer)
{
	const struct osci_alg *sign = osci_alg_find(OSCI_ALG_SIGN, theirs->signature);
	struct osci_suite s = {
		.digest = kept(OSCI_ALG_DIGEST, theirs->digest),
		.cipher = kept(OSCI_ALG_CIPHER, theirs->cipher),
		.oaep_digest = kept(OSCI_ALG_OAEP_DIGEST, theirs->oaep_digest),
	};

	if (sign && signer && osci_alg_fits(sign, osci_key_cert(signer)))
		s.signature = kept(OSCI_ALG_SIGN, theirs->signature);
	if (s.cipher)
		s.iv_octets = theirs->iv_octets;
	if (s.oaep_digest)
		s.oaep_mgf = kept(OSCI_ALG_MGF, theirs->oaep_mgf);
	return s;
}

int osci_suite_check(const struct osci_suite *suite, const struct osci_key *signer, const struct osci_cert *reader,
		     const struct osci_algorithms *a, int64_t now, struct osci_err *err)
{
	struct wire_suite s;
	int r;

	r = wire_suite_init(&s, suite, signer, err);
	if (!r && signer)
		r = osci_algorithms_check(a, s.sign->uri, osci_cert_bits(osci_key_cert(signer)), now, err);
	if (!r && signer)
		r = osci_algorithms_check(a, s.digest->uri, 0, now, err);
	if (!r && reader)
		r = osci_algorithms_check(a, s.cipher->uri, s.cipher->bits, now, err);
	if (!r && reader)
		r = osci_algorithms_check(a, OSCI_URI_OAEP, osci_cert_bits(reader), now, err);
	if (!r && reader)
		r = osci_algorithms_check(a, s.oaep_digest->uri, 0, now, err);
	if (!r && reader)
		r = osci_algorithms_check(a, s.oaep_mgf->uri, 0, now, err);
	return r;
}
