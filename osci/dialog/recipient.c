/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recipient - the supplier's end of AcceptDelivery and ProcessDelivery
 *
 * Guarantees: nothing reaches the caller that is not of these two types, with a Challenge and nothing else in its control
 * block, signed by a known intermediary where a signature is there or demanded, and answerable: an encrypted order without
 * a certificate to encrypt the answer for is refused before anybody stores it.  Faults tell a code and its fixed text, never
 * a cause.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/feedback.h>
#include <osci/recipient.h>
#include "base/buf.h"
#include "dialog/delivery.h"

#define REPLY_CERTS 2 /* the two ciphers that every reply names */

struct osci_recipient {
	struct osci_recipient_conf conf;
};

int osci_recipient_new(struct osci_recipient **ret, const struct osci_recipient_conf *conf, struct osci_err *err)
{
	struct osci_recipient *p;

	*ret = NULL;
	if (!conf->n_decrypt)
		return osci_fail(err, OSCI_E_USAGE, NULL, "recipient", "no cipher key");
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->conf = *conf;
	*ret = p;
	return 0;
}

void osci_recipient_freep(struct osci_recipient **p)
{
	free(*p);
	*p = NULL;
}

/* --- answers ------------------------------------------------------------------- */

int osci_recipient_fault(const char *code, const char *languages, struct osci_stream **ret, struct osci_err *err)
{
	const struct osci_draft draft = {
		.type = OSCI_FAULT, .fault_code = osci_feedback_is_server(code) ? "Server" : "Client",
		.fault_osci = code,
		.fault_text = osci_feedback_text(code, osci_feedback_language(languages, NULL)),
	};
	const struct osci_write_opts opts = { 0 };

	*ret = NULL;
	if (!osci_feedback_is_fault(code))
		return osci_fail(err, OSCI_E_USAGE, NULL, "soap:Fault", "code is no fault");
	return osci_write_stream(ret, &draft, &opts, err);
}

static const char *either(const char *a, const char *b)
{
	return a ? a : b;
}

/* As the order's sender writes; where that does not show or is not written, as configured. */
static struct osci_suite suite_for(const struct osci_recipient *p, const struct osci_message *order)
{
	const struct osci_suite *own = &p->conf.suite;
	struct osci_suite s = osci_suite_in_kind(&order->suite, p->conf.sign);

	s.digest = either(s.digest, own->digest);
	s.signature = either(s.signature, own->signature);
	s.cipher = either(s.cipher, own->cipher);
	s.iv_octets = s.iv_octets ? s.iv_octets : own->iv_octets;
	if (!s.oaep_digest && !s.oaep_mgf) {
		s.oaep_digest = own->oaep_digest;
		s.oaep_mgf = own->oaep_mgf;
	}
	return s;
}

static int write_answer(const struct osci_recipient *p, const struct osci_message *order, struct osci_draft *draft,
			struct osci_stream **ret, struct osci_err *err)
{
	struct osci_write_opts opts = { .suite = suite_for(p, order), .limits = p->conf.limits };

	if (order->signature.status != OSCI_SIG_ABSENT)
		opts.signer = p->conf.sign;
	if (order->transport_encrypted)
		opts.encrypt_for = osci_message_cert(order, OSCI_CIPHER_INTERMEDIARY);
	draft->type = osci_type_answer(order->type);
	draft->control = (struct osci_control){ .response = order->control.challenge };
	return osci_write_stream(ret, draft, &opts, err);
}

static bool has_role(const struct osci_draft_cert *list, size_t n, enum osci_role role)
{
	while (n--)
		if (list[n].role == role)
			return true;
	return false;
}

/* Roles swapped: we are the originator, the sender of the request is the addressee. */
static int reply_certs(const struct osci_recipient *p, const struct osci_message *order, const struct osci_reply *reply,
		       struct osci_draft_cert **ret, size_t *ret_n)
{
	const struct osci_package *package = reply->package;
	const struct osci_cert *sender = osci_message_cert(order, OSCI_CIPHER_ORIGINATOR);
	struct osci_draft_cert *v;
	size_t i, n = 0;

	v = calloc(package->n_certs + reply->n_certs + REPLY_CERTS, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0; i < package->n_certs; i++)
		n = osci_draft_cert_add(v, n, package->certs[i].role, package->certs[i].cert);
	for (i = 0; i < reply->n_certs; i++)
		n = osci_draft_cert_add(v, n, reply->certs[i].role, reply->certs[i].cert);
	if (!has_role(v, n, OSCI_CIPHER_ORIGINATOR))
		n = osci_draft_cert_add(v, n, OSCI_CIPHER_ORIGINATOR, osci_key_cert(p->conf.decrypt[0]));
	if (sender && !has_role(v, n, OSCI_CIPHER_ADDRESSEE))
		n = osci_draft_cert_add(v, n, OSCI_CIPHER_ADDRESSEE, sender);
	*ret = v;
	*ret_n = n;
	return 0;
}

int osci_recipient_answer(const struct osci_recipient *p, const struct osci_message *order,
			  const struct osci_feedback *feedback, size_t n_feedback, const struct osci_reply *reply,
			  struct osci_stream **ret, struct osci_err *err)
{
	static const struct osci_feedback done = { .code = "0800" };
	_cleanup_(osci_freep) struct osci_feedback *entries = NULL;
	_cleanup_(osci_freep) struct osci_draft_cert *certs = NULL;
	const char *lang = osci_feedback_language(order->languages, NULL);
	struct osci_draft draft = { 0 };
	size_t i;
	int r;

	*ret = NULL;
	if (reply && (order->type != OSCI_PROCESS_DELIVERY || !reply->package))
		return osci_fail(err, OSCI_E_USAGE, NULL, osci_type_name(order->type), "%s",
				 reply->package ? "order that has no reply" : "reply without content");
	if (!n_feedback) {
		feedback = &done;
		n_feedback = 1;
	}
	entries = calloc(n_feedback, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (i = 0; i < n_feedback; i++) {
		entries[i] = feedback[i];
		if (entries[i].text)
			continue;
		entries[i].text = osci_feedback_text(entries[i].code, lang);
		entries[i].lang = lang;
	}
	draft.feedback = entries;
	draft.n_feedback = n_feedback;
	if (reply) {
		r = reply_certs(p, order, reply, &certs, &draft.n_certs);
		if (r)
			return r;
		draft.certs = certs;
		draft.message_id = reply->message_id;
		draft.subject = reply->message_id ? reply->subject : NULL;
		draft.has_package = true;
		draft.package = reply->package->xml;
		draft.package_len = reply->package->len;
		draft.parts = reply->package->parts;
		draft.n_parts = reply->package->n_parts;
	}
	return write_answer(p, order, &draft, ret, err);
}

/* --- orders -------------------------------------------------------------------- */

static int refuse_type(const struct osci_message *m, struct osci_err *err)
{
	if (m->type == OSCI_ACCEPT_DELIVERY || m->type == OSCI_PROCESS_DELIVERY)
		return 0;
	return osci_fail(err, OSCI_E_MALFORMED, "9100", osci_type_name(m->type), "no order to a passive recipient");
}

/* An answer that has to be encrypted needs a certificate to do it with. An expired one does: that is only a warning. */
static int check_cipher(const struct osci_message *m, struct osci_err *err)
{
	const struct osci_cert *cert = osci_message_cert(m, OSCI_CIPHER_INTERMEDIARY);
	struct osci_err cause;

	if (!m->transport_encrypted)
		return 0;
	if (!cert)
		return osci_fail(err, OSCI_E_UNTRUSTED, "9500", "osci:CipherCertificateIntermediary", "missing");
	if (osci_cert_check(cert, OSCI_USE_ENCRYPT, osci_cert_not_before(cert), &cause))
		return osci_fail(err, OSCI_E_UNTRUSTED, "9501", "osci:CipherCertificateIntermediary", "%s", cause.what);
	return 0;
}

static bool known(const struct osci_recipient *p, const struct osci_cert *signer)
{
	size_t i;

	for (i = 0; i < p->conf.n_intermediaries; i++)
		if (osci_cert_equal(p->conf.intermediaries[i], signer))
			return true;
	return !p->conf.n_intermediaries;
}

static int check_signature(const struct osci_recipient *p, const struct osci_message *m, struct osci_err *err)
{
	const char *code = m->signature_error.feedback;

	switch (m->signature.status) {
	case OSCI_SIG_VALID:
		if (known(p, m->signature.cert))
			return 0;
		return osci_fail(err, OSCI_E_UNTRUSTED, "9700", "osci:ClientSignature", "signer is no known intermediary");
	case OSCI_SIG_BAD:
		*err = m->signature_error;
		if (strncmp(code, "96", 2) && strncmp(code, "97", 2))
			memcpy(err->feedback, "9601", sizeof("9601"));
		return err->code > 0 ? err->code : OSCI_E_SIGNATURE;
	default:
		if (!p->conf.policy.require_signature && !p->conf.n_intermediaries)
			return 0;
		return osci_fail(err, OSCI_E_UNSIGNED, "9600", "osci:ClientSignature", "missing");
	}
}

/*
 * Opens and checks; a positive outcome has its code in @err. *@ret as soon as the order is readable, *@kind if it can be
 * answered in kind, too.
 */
static int open_order(const struct osci_recipient *p, struct osci_blob *body, int64_t now, struct osci_message **ret,
		      bool *kind, struct osci_err *err)
{
	struct osci_open_opts opts = {
		.limits = p->conf.limits, .policy = p->conf.policy, .keys = p->conf.decrypt, .n_keys = p->conf.n_decrypt,
		.trust = p->conf.trust, .now = now,
	};
	int r;

	/* Whatever is wrong with the signature is told in the matching answer, but for what CBC would tell with it. */
	opts.policy.require_signature |= p->conf.n_intermediaries > 0;
	opts.policy.report_signature = true;
	opts.policy.refuse_revoked_key = true;
	*kind = false;
	r = osci_open_blob(ret, body, &opts, err);
	if (!r)
		r = refuse_type(*ret, err);
	if (!r)
		r = check_cipher(*ret, err);
	if (r)
		return r;
	*kind = true;
	return check_signature(p, *ret, err);
}

int osci_recipient_open(const struct osci_recipient *p, struct osci_blob *body, int64_t now,
			struct osci_message **ret_order, struct osci_stream **ret_answer, struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_feedback entry = { 0 };
	struct osci_err own = { 0 }, ignored;
	const char *languages;
	bool kind;
	int r, x;

	*ret_order = NULL;
	*ret_answer = NULL;
	if (!err)
		err = &own;
	r = open_order(p, body, now, &m, &kind, err);
	if (!r) {
		*ret_order = m;
		m = NULL;
		return 0;
	}
	languages = m ? m->languages : NULL;
	if (r > 0 && kind) {
		entry.code = err->feedback;
		x = osci_recipient_answer(p, m, &entry, 1, NULL, ret_answer, &ignored);
	} else {
		x = osci_recipient_fault(r < 0 ? "9000" : osci_feedback_is_fault(err->feedback) ? err->feedback : "9100",
					 languages, ret_answer, &ignored);
	}
	if (!x)
		return r;
	/* Not even the refusal can be written. */
	(void)osci_recipient_fault("9000", languages, ret_answer, NULL);
	return r < 0 ? r : x < 0 ? x : -EIO;
}
