/* SPDX-License-Identifier: Apache-2.0 */
/* recipient - a passive recipient in memory, see party.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "lib/t_package.h"
#include "lib/t_xsd.h"
#include "party.h"

/* Opens the order as a passive recipient has to. */
static void take(struct recipient *r, struct osci_stream *request)
{
	const struct osci_open_opts opts = { .keys = &r->keys->cipher, .n_keys = 1, .trust = everyone,
					     .signer = r->signer ? r->signer : osci_key_cert(im_set.sign), .now = T_NOW,
					     .policy = { .require_signature = true, .require_encryption = true } };
	_cleanup_(osci_freep) unsigned char *body = NULL;
	struct osci_err err = { 0 };
	size_t len;

	assert_int_equal(osci_stream_to_memory(request, &body, &len, &err), 0);
	osci_message_freep(&r->got);
	t_xsd_check(body, len, &r->keys->cipher, 1, T_XSD_CONTENT | T_XSD_ONE_FOR_ALL);
	if (osci_open(&r->got, body, len, &opts, &err))
		fail_msg("order to the recipient: %s %s: %s", err.feedback, err.where, err.what);
	assert_true(r->got->type == OSCI_ACCEPT_DELIVERY || r->got->type == OSCI_PROCESS_DELIVERY);
	assert_non_null(r->got->control.challenge);
}

static int fault(const char *code, const char *text, unsigned char **ret, size_t *len)
{
	const struct osci_draft d = { .type = OSCI_FAULT, .fault_code = code, .fault_osci = text, .fault_text = "x" };

	return osci_write(ret, len, &d, &(struct osci_write_opts){ 0 }, NULL);
}

/* The delivery back to where the order came from. */
static void add_reply(struct recipient *r, struct osci_draft *d, struct osci_draft_cert *certs, struct osci_package **package)
{
	static char ids[2][96];
	const struct osci_cert *reader = osci_message_cert(r->got, OSCI_CIPHER_ORIGINATOR);

	*package = t_package("die Antwort", 11, r->keys->sign, reader);
	t_package_into(d, *package);
	certs[0] = (struct osci_draft_cert){ OSCI_CIPHER_ORIGINATOR, osci_key_cert(r->keys->cipher), NULL };
	certs[1] = (struct osci_draft_cert){ OSCI_CIPHER_ADDRESSEE, reader, ids[0] };
	certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, osci_key_cert(r->keys->sign), ids[1] };
	osci_cert_id(ids[0], sizeof(ids[0]), OSCI_CIPHER_ADDRESSEE, reader); /* the content points at them */
	osci_cert_id(ids[1], sizeof(ids[1]), OSCI_SIGN_ORIGINATOR, osci_key_cert(r->keys->sign));
	d->certs = certs;
	d->n_certs = 3;
	d->subject = "Re";
	if (r->mode == RECIPIENT_FOREIGN_ID)
		d->message_id = "mine@recipient.example";
	else if (r->mode != RECIPIENT_NO_ID)
		d->message_id = r->got->message_id_response;
	if (!d->message_id)
		d->subject = NULL;
}

static int answer(struct recipient *r, unsigned char **ret, size_t *len)
{
	static struct osci_feedback feedback = { NULL, "de", "x" };
	struct osci_draft d = { .type = osci_type_answer(r->got->type), .feedback = &feedback, .n_feedback = 1,
				.control = { .response = r->got->control.challenge } };
	struct osci_write_opts opts = { .signer = r->keys->sign,
					.encrypt_for = osci_message_cert(r->got, OSCI_CIPHER_INTERMEDIARY) };
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_err err = { 0 };
	int x;

	assert_non_null(opts.encrypt_for);
	feedback.code = r->mode == RECIPIENT_REFUSES ? "9602" :
			r->mode == RECIPIENT_INTERNAL ? "9811" :
			r->mode == RECIPIENT_WARNS ? "3500" : "0800";
	if (r->mode == RECIPIENT_OTHER_TYPE)
		d.type = r->got->type == OSCI_ACCEPT_DELIVERY ? OSCI_RESPONSE_TO_PROCESS_DELIVERY :
								OSCI_RESPONSE_TO_ACCEPT_DELIVERY;
	if (d.type == OSCI_RESPONSE_TO_PROCESS_DELIVERY && feedback.code[0] != '9' && r->mode != RECIPIENT_NO_REPLY &&
	    osci_message_cert(r->got, OSCI_CIPHER_ORIGINATOR))
		add_reply(r, &d, certs, &package);
	if (r->mode == RECIPIENT_WRONG_RESPONSE)
		d.control.response = "VGVzdC1DaGFsbGVuZ2UtMDE=";
	if (r->mode == RECIPIENT_UNSIGNED)
		opts.signer = NULL;
	if (r->mode == RECIPIENT_OTHER_SIGNER)
		opts.signer = r->other->sign;
	if (r->mode == RECIPIENT_PLAIN || r->mode == RECIPIENT_SPOILED)
		opts.encrypt_for = NULL;
	x = osci_write(ret, len, &d, &opts, &err);
	if (x)
		fail_msg("answer of the recipient: %s: %s", err.where, err.what);
	t_xsd_check(*ret, *len, im_set.cipher, im_set.n_cipher, 0);
	if (r->mode == RECIPIENT_SPOILED) {
		unsigned char *value = memmem(*ret, *len, "<ds:SignatureValue>", 19);

		assert_non_null(value);
		value[19] = value[19] == 'A' ? 'B' : 'A';
	}
	return x;
}

static int react(struct recipient *r, unsigned char **ret, size_t *len)
{
	switch (r->mode) {
	case RECIPIENT_FAULT:
		return fault("Client", "9202", ret, len);
	case RECIPIENT_SERVER_FAULT:
		return fault("Server", "9000", ret, len);
	case RECIPIENT_GARBAGE:
		*ret = (unsigned char *)strdup("<html>Bad Gateway</html>");
		*len = 24;
		return 0;
	default:
		return answer(r, ret, len);
	}
}

int recipient_exchange(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret,
		       struct osci_err *err)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = request;
	struct recipient *r = arg;
	unsigned char *body = NULL;
	char some[16];
	size_t len;

	*ret = NULL;
	r->calls++;
	snprintf(r->url, sizeof(r->url), "%s", url);
	if (r->mode == RECIPIENT_REFUSED)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "connection refused");
	if (r->mode == RECIPIENT_CUT_BEFORE) {
		assert_int_equal(osci_stream_read(stream, some, sizeof(some), &len, err), 0);
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "cut off");
	}
	take(r, stream);
	if (r->before)
		r->before(r);
	if (r->mode == RECIPIENT_CUT_AFTER)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "cut off");
	assert_int_equal(react(r, &body, &len), 0);
	return osci_blob_take(ret, body, len, false);
}
