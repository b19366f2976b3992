/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay - see relay.h
 *
 * "Sent" is the careful word: true as soon as the last octet of the request was asked for.  Until then the recipient
 * cannot have a message that it can open, so the sender may safely repeat (9809); from then on it may not (9810).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "blob/blob.h"
#include "intermediary/inspect.h"
#include "intermediary/relay.h"

static const char where[] = "passive recipient";

/* --- request ------------------------------------------------------------ */

/* A stream that notes when it was read to its end. */
struct watched {
	struct osci_stream *inner;
	uint64_t left;
	bool *sent;
};

static int watched_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	struct watched *w = self;
	int r = osci_stream_read(w->inner, buf, size, ret_n, err);

	if (!r) {
		w->left -= *ret_n;
		*w->sent = !w->left;
	}
	return r;
}

static void watched_free(void *self)
{
	struct watched *w = self;

	osci_stream_freep(&w->inner);
	free(w);
}

static const struct osci_stream_ops watched_ops = { watched_read, watched_free };

static int watch(struct osci_stream **stream, bool *sent, struct osci_err *err)
{
	struct watched *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return osci_fail(err, -ENOMEM, NULL, where, "no memory");
	*w = (struct watched){ *stream, osci_stream_len(*stream), sent };
	r = osci_stream_new(stream, &watched_ops, w, w->left);
	if (r)
		*stream = NULL;
	return r ? osci_fail(err, r, NULL, where, "no memory") : 0;
}

/* Our cipher certificate, for the answer, beside those of the delivery; the writer adds the one that signs. */
static int add_own_cert(const struct im_settings *set, struct osci_draft *d, struct osci_draft_cert **ret)
{
	struct osci_draft_cert *list = calloc(d->n_certs + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	if (d->n_certs)
		memcpy(list, d->certs, d->n_certs * sizeof(*list));
	list[d->n_certs] = (struct osci_draft_cert){ OSCI_CIPHER_INTERMEDIARY, osci_key_cert(set->cipher[0]), NULL };
	d->certs = *ret = list;
	d->n_certs++;
	return 0;
}

static int write_request(const struct im_settings *set, const struct im_participant *to, struct osci_draft *d,
			 struct osci_stream **ret, struct osci_err *err)
{
	const struct osci_write_opts opts = { .signer = set->sign, .encrypt_for = to->cipher[0], .suite = set->suite,
					      .limits = &set->limits };
	_cleanup_(osci_freep) struct osci_draft_cert *certs = NULL;

	if (add_own_cert(set, d, &certs))
		return osci_fail(err, -ENOMEM, NULL, where, "no memory for certificates");
	return osci_write_stream(ret, d, &opts, err);
}

/* --- answer ------------------------------------------------------------- */

static void warn(struct im_relayed *r, const char *code)
{
	if (r->n_warnings < sizeof(r->warnings) / sizeof(r->warnings[0]))
		r->warnings[r->n_warnings++] = code;
}

static void refuse(struct im_relayed *r, const char *code, struct osci_err *err, const char *what)
{
	r->error = code;
	osci_fail(err, OSCI_E_FEEDBACK, code, where, "%s", what);
}

/* Codes by which a supplier says that the fault is its own. */
static bool is_internal(const char *code)
{
	static const char *const codes[] = { "9000", "9503", "9603", "9710", "9811" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strcmp(codes[i], code))
			return true;
	return false;
}

static int open_answer(struct im_service *s, struct osci_blob *body, int64_t now, struct im_relayed *r,
		       struct osci_err *err)
{
	const struct im_settings *set = s->set;
	const struct osci_open_opts opts = {
		.limits = &set->limits,
		.policy = { .allow_cbc = set->allow_cbc, .report_signature = true, .accept_outside_period = true,
			    .algorithms = set->algorithms },
		.keys = set->cipher,
		.n_keys = set->n_cipher,
		.trust = set->trust,
		.now = now,
	};

	osci_message_freep(&r->m);
	return osci_open_blob(&r->m, body, &opts, err);
}

/* The certificate behind a signature that holds, or the one that stands where the signer's belongs. */
static void judge_signer(struct im_service *s, struct osci_cert *cert, int64_t now, struct im_relayed *r,
			 struct osci_err *err)
{
	const char *code;

	if (im_judge_cert(&s->set->judge, cert, IM_ADDRESSEE_SIGN, now, &code, NULL, err))
		return refuse(r, "9710", err, "signature certificate of the answer cannot be judged");
	if (code && code[0] == '9')
		return refuse(r, code, err, "signature certificate of the answer is not accepted");
	if (code)
		warn(r, code);
}

static void judge_signature(struct im_service *s, const struct im_participant *to, int64_t now, struct im_relayed *r,
			    struct osci_err *err)
{
	/* Who it says that signed; only to find out which failure this is. */
	struct osci_cert *named = osci_message_cert(r->m, r->m->type == OSCI_RESPONSE_TO_ACCEPT_DELIVERY ?
								OSCI_SIGN_ADDRESSEE : OSCI_SIGN_ORIGINATOR);

	if (r->m->signature.status == OSCI_SIG_ABSENT)
		return warn(r, "3802");
	if (r->m->signature.status == OSCI_SIG_BAD && !strncmp(r->m->signature_error.feedback, "97", 2) && named)
		judge_signer(s, named, now, r, err);
	else if (r->m->signature.status == OSCI_SIG_VALID)
		judge_signer(s, r->m->signature.cert, now, r, err);
	if (!r->error && (r->m->signature.status == OSCI_SIG_BAD ||
			  (to->n_sign && !im_participant_signs(to, r->m->signature.cert))))
		refuse(r, "9807", err, "signature of the answer does not hold, or is another's");
}

static void judge(struct im_service *s, const struct im_participant *to, const struct osci_draft *d,
		  struct osci_blob *body, int64_t now, struct im_relayed *r, struct osci_err *err)
{
	const char *verdict;

	if (open_answer(s, body, now, r, err)) {
		r->error = "9810";
		return;
	}
	if (r->m->type == OSCI_FAULT)
		return is_internal(r->m->fault_osci) || strstr(r->m->fault_code, "Server") ?
			       refuse(r, "9808", err, "recipient reports an internal error (SOAP fault)") :
			       refuse(r, "9805", err, "recipient refused the message (SOAP fault)");
	if (r->m->type != osci_type_answer(d->type))
		return refuse(r, "9810", err, "recipient answered with another type of message");
	if (!r->m->control.response || !osci_equal_secret(r->m->control.response, d->control.challenge))
		return refuse(r, "9810", err, "Response is not our Challenge: the answer belongs to something else");
	judge_signature(s, to, now, r, err);
	if (r->error)
		return;
	if (!r->m->transport_encrypted)
		warn(r, "3803");
	verdict = osci_message_verdict(r->m);
	if (verdict[0] == '0' || verdict[0] == '3')
		r->accepted = true;
	else if (is_internal(verdict))
		refuse(r, "9808", err, "recipient reports an internal error");
	else
		refuse(r, "9805", err, "recipient did not accept the delivery");
}

int im_relay(struct im_service *s, const struct im_participant *to, struct osci_draft *draft, int64_t now_ms,
	     struct im_relayed *ret, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	struct osci_stream *request = NULL;
	char challenge[IM_CHALLENGE_CHARS + 1];
	int r = im_challenge(challenge, err);

	*ret = (struct im_relayed){ 0 };
	draft->control = (struct osci_control){ .challenge = challenge };
	if (!r)
		r = write_request(s->set, to, draft, &request, err);
	if (!r)
		r = watch(&request, &ret->sent, err);
	if (r)
		return r;
	r = s->set->exchange(s->set->exchange_arg, to->url, request, &body, err);
	if (r)
		ret->error = ret->sent ? "9810" : "9809";
	else
		judge(s, to, draft, body, now_ms / 1000, ret, err);
	draft->control.challenge = NULL;
	if (!ret->accepted)
		osci_message_freep(&ret->m);
	return 0;
}

void im_relayed_end(struct im_relayed *r)
{
	osci_message_freep(&r->m);
}
