/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service - control block, client, signature policy, confirmation, order, answer
 *
 * What is refused before the client is known travels as a plain SOAP fault; everything later as
 * feedback of the matching answer.  A fault 9400 leaves the dialog as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/chunk.h>
#include <osci/feedback.h>
#include "base/buf.h"
#include "dialog/carrier.h"
#include "blob/spool.h"
#include "intermediary/faults.h"
#include "intermediary/inspect.h"
#include "intermediary/service.h"

#define MINUTE_MS 60000
#define ANSWER_ROOM ((size_t)4 << 20) /* octets: process card, certificates, feedback */

/* What came for a certificate before it was listed, or listed elsewhere, belongs to its participant now. */
static int adopt_mailboxes(struct im_service *s, struct osci_err *err)
{
	const struct im_participants *p = &s->set->participants;
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++)
		for (size_t k = 0; !r && k < p->list[i].n_cipher; k++)
			r = im_store_adopt(&s->store, osci_cert_sha256(p->list[i].cipher[k]), p->list[i].id, err);
	return r;
}

/* Large parts of what is under way lie where they will be kept, if the configuration does not say otherwise. */
static int open_spool(struct im_service *s, const char *dir, size_t memory, struct osci_spool **ret, struct osci_err *err)
{
	struct osci_spool_conf conf = s->set->spool;
	int r;

	conf.dir = dir;
	conf.memory = memory;
	r = osci_spool_new(ret, &conf, err);
	if (!r) /* anybody can send large bodies: they leave half of it to the database */
		osci_spool_keep_free(*ret, s->set->disk.min_free / 2);
	return r;
}

static int open_spools(struct im_service *s, struct osci_err *err)
{
	_cleanup_(osci_freep) char *path = NULL;
	int r;

	if (im_files_path(&path, s->set->database))
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for the name of a directory");
	r = open_spool(s, path, IM_STORE_INLINE, &s->kept, err);
	if (!r)
		r = open_spool(s, s->set->spool.dir ? s->set->spool.dir : path, s->set->spool.memory, &s->spool,
			       err);
	return r;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Nothing that could not be taken: a chunk has to fit into one HTTP body, in base64, too. */
static void announce(struct osci_features *f, const struct im_settings *set)
{
	f->max_chunk = least(set->chunk_max, set->limits.http_body / 2) / OSCI_KIB;
	f->min_chunk = least(set->chunk_min / OSCI_KIB, f->max_chunk);
	f->max_message = least(set->chunk_message / OSCI_KIB, f->max_chunk * OSCI_CHUNKS_MAX);
	f->chunk_timeout = (uint64_t)set->chunk_timeout / 1000;
}

int im_service_open(struct im_service *s, const struct im_settings *set, struct osci_err *err)
{
	int r;

	*s = (struct im_service){ .set = set };
	announce(&s->features, set);
	s->answer_limits = set->limits;
	if (s->answer_limits.http_body < set->chunk_message)
		s->answer_limits.http_body = (size_t)set->chunk_message;
	s->answer_limits.http_body += s->answer_limits.http_body / 2 + ANSWER_ROOM; /* the half: encryption in base64 */
	r = im_store_open(&s->store, set->database, &set->store, err);
	if (!r)
		r = adopt_mailboxes(s, err);
	if (!r)
		r = im_guard_new(&s->rate, set->orders_minute, MINUTE_MS);
	if (!r)
		r = open_spools(s, err);
	if (r) {
		osci_spool_unrefp(&s->kept);
		im_guard_freep(&s->rate);
		im_store_close(&s->store);
		s->set = NULL;
		return r;
	}
	im_dialogs_init(&s->dialogs, set->dialogs_max, set->dialogs_client, set->dialog_timeout);
	pthread_mutex_init(&s->lock, NULL);
	return 0;
}

void im_service_close(struct im_service *s)
{
	if (!s->set)
		return;
	im_dialogs_free(&s->dialogs);
	im_guard_freep(&s->rate);
	im_store_close(&s->store);
	osci_spool_unrefp(&s->spool);
	osci_spool_unrefp(&s->kept);
	pthread_mutex_destroy(&s->lock);
	s->set = NULL;
}

int im_service_tidy(struct im_service *s, int64_t now_ms, struct osci_err *err)
{
	pthread_mutex_lock(&s->lock);
	im_dialogs_expire(&s->dialogs, now_ms);
	pthread_mutex_unlock(&s->lock);
	return im_store_purge(&s->store, now_ms, now_ms - s->set->card_retention,
			      now_ms - s->set->chunk_timeout, err);
}

/* The dialog that this order continues, held from here on. */
static int take_dialog(struct im_order *o, const struct osci_cert *own, struct osci_err *err)
{
	const struct osci_signature *sig = &o->m->signature;
	struct im_dialog *dialog;
	int r;

	pthread_mutex_lock(&o->s->lock);
	r = im_dialog_find(&o->s->dialogs, &o->m->control, o->now, &dialog, err);
	if (!r && ((own && !osci_cert_equal(own, dialog->cipher)) ||
		   (sig->status == OSCI_SIG_VALID && dialog->signer[0] &&
		    strcmp(osci_cert_sha256(sig->cert), dialog->signer))))
		r = osci_fail(err, OSCI_E_DIALOG, "9400", "osci:ControlBlock", "the dialog belongs to another client");
	if (!r) {
		im_dialog_hold(dialog);
		o->dialog = dialog;
	}
	pthread_mutex_unlock(&o->s->lock);
	return r;
}

static void release_dialog(struct im_order *o)
{
	pthread_mutex_lock(&o->s->lock);
	if (o->dialog)
		im_dialog_release(o->dialog);
	pthread_mutex_unlock(&o->s->lock);
	o->dialog = NULL;
}

int im_service_stats(struct im_service *s, struct im_store_stats *ret, size_t *ret_dialogs, struct osci_err *err)
{
	pthread_mutex_lock(&s->lock);
	*ret_dialogs = s->dialogs.n;
	pthread_mutex_unlock(&s->lock);
	return im_store_stats(&s->store, ret, err);
}

/* The dialog of the order and the client behind it; a refusal is a fault. */
static int find_client(struct im_order *o, struct osci_err *err)
{
	static const char where[] = "osci:ControlBlock";
	const struct osci_control *c = &o->m->control;
	struct osci_cert *own = osci_message_cert(o->m, OSCI_CIPHER_ORIGINATOR);
	int r;

	if (!c->challenge || !c->challenge[0])
		return osci_fail(err, OSCI_E_MALFORMED, "9100", where, "no Challenge");
	if (o->m->type == OSCI_INIT_DIALOG) {
		if (c->response || c->conversation_id || c->has_sequence)
			return osci_fail(err, OSCI_E_MALFORMED, "9100", where, "InitDialog has a Challenge only");
		o->cipher = own;
	} else if (c->conversation_id) {
		r = take_dialog(o, own, err);
		if (r)
			return r;
		o->cipher = o->dialog->cipher;
	} else {
		if (c->response || !c->has_sequence || c->sequence)
			return osci_fail(err, OSCI_E_DIALOG, "9400", where,
					 "an implicit dialog has SequenceNumber 0 and no Response");
		o->cipher = own;
	}
	if (!o->cipher && (o->m->transport_encrypted || o->m->type == OSCI_INIT_DIALOG))
		return osci_fail(err, OSCI_E_MALFORMED, "9500", "osci:NonIntermediaryCertificates",
				 "no CipherCertificateOriginator");
	return 0;
}

/* What the schema demands in answers to partial orders, whatever comes of them. */
static void begin_chunks(struct im_order *o)
{
	struct osci_draft *d = &o->a->draft;

	switch (o->m->type) {
	case OSCI_INIT_DIALOG:
		d->features = &o->s->features;
		break;
	case OSCI_PARTIAL_STORE_DELIVERY:
		d->features = &o->s->features;
		d->chunk = (struct osci_chunk){ .present = true, .number = o->m->chunk.number, .received = "-1",
						.total_chunks = o->m->chunk.total_chunks };
		break;
	case OSCI_PARTIAL_FETCH_DELIVERY: /* whole, or refused; becomes a chunk where there is one to give */
		d->features = &o->s->features;
		d->type = OSCI_RESPONSE_TO_FETCH_DELIVERY;
		break;
	default:
		break;
	}
}

/* Control block of the answer; counts the dialog on. */
static int begin_answer(struct im_order *o, struct osci_err *err)
{
	const struct osci_control *in = &o->m->control;
	struct osci_control *out = &o->a->draft.control;
	int r;

	im_answer_begin(o->a, osci_type_answer(o->m->type));
	begin_chunks(o);
	o->a->suite = osci_suite_in_kind(&o->m->suite, NULL);
	o->a->suite.digest = o->s->set->suite.digest;
	o->a->suite.signature = o->s->set->suite.signature;
	if (o->m->transport_encrypted)
		o->a->encrypt_for = osci_cert_ref(o->cipher);
	if (o->dialog) {
		r = im_dialog_advance(&o->s->dialogs, o->dialog, o->now, err); /* held: needs no lock */
		memcpy(o->a->challenge, o->dialog->challenge, sizeof(o->a->challenge));
		memcpy(o->a->conversation, o->dialog->conversation, sizeof(o->a->conversation));
	} else { /* the schema demands both; they lead nowhere */
		r = im_challenge(o->a->challenge, err);
		if (!r)
			r = im_conversation(o->a->conversation, err);
	}
	out->response = in->challenge;
	out->challenge = o->a->challenge;
	out->conversation_id = o->a->conversation;
	out->has_sequence = in->has_sequence;
	out->sequence = in->sequence;
	return r;
}

/* 9600, 9601, 9602 or 97xx; NULL if the signature is as it should be. */
static const char *signature_problem(const struct im_order *o)
{
	const char *code = o->m->signature_error.feedback;

	if (o->m->signature.status == OSCI_SIG_BAD)
		return !strncmp(code, "96", 2) || !strncmp(code, "97", 2) ? code : "9601";
	if (o->m->signature.status == OSCI_SIG_ABSENT &&
	    (o->s->set->require_signature || (o->dialog && o->dialog->signer[0])))
		return "9600";
	return NULL;
}

/* Certificate of a signature that holds: a code that refuses the order, or NULL; warnings go into the answer. */
static int judge_signer(struct im_order *o, const char **ret_code, struct osci_err *err)
{
	static const char where[] = "osci:ClientSignature";
	int r;

	*ret_code = NULL;
	if (o->m->signature.status != OSCI_SIG_VALID)
		return 0;
	/* Who signs for one participant cannot act with the cipher certificate, and so the mailbox, of another. */
	if (o->who && !im_participant_signs(o->who, o->m->signature.cert)) {
		*ret_code = "9700";
		osci_fail(err, OSCI_E_UNTRUSTED, "9700", where, "signer of another participant");
		return 0;
	}
	r = im_judge_cert(&o->s->set->judge, o->m->signature.cert, IM_CLIENT_SIGN, o->now / 1000, ret_code, NULL, err);
	if (r || !*ret_code || (*ret_code)[0] == '9') {
		if (!r && *ret_code)
			osci_fail(err, OSCI_E_UNTRUSTED, *ret_code, where, "the signer's certificate is not accepted");
		return r;
	}
	im_answer_feedback(o->a, *ret_code);
	*ret_code = NULL;
	return 0;
}

/*
 * Counts the order against those of its sender in this minute.  Anybody may name a cipher certificate, and what was signed
 * for InitDialog or an implicit dialog can be recorded and sent again; only who read the last answer has its Challenge.
 * Everything else is counted by address, so that a stranger uses up nobody's orders but those from where he is.
 */
static int check_rate(const struct im_order *o, struct osci_err *err)
{
	char name[IM_GUARD_NAME_MAX + 1] = "";

	if (o->dialog)
		snprintf(name, sizeof(name), "%s", o->client);
	else if (o->peer[0]) /* no id of a participant has such characters */
		snprintf(name, sizeof(name), "[%s]", o->peer);
	if (im_guard_refused(o->s->rate, name, o->now))
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "more orders than the client may send in a minute");
	im_guard_count(o->s->rate, name, o->now);
	return 0;
}

/* Rights of the participant, its rate, room on the disk. */
static int check_permitted(const struct im_order *o, struct osci_err *err)
{
	const struct im_settings *set = o->s->set;
	bool sends = false, fetches = false;
	int r;

	switch (o->m->type) {
	case OSCI_STORE_DELIVERY:
	case OSCI_FORWARD_DELIVERY:
	case OSCI_MEDIATE_DELIVERY:
	case OSCI_PARTIAL_STORE_DELIVERY:
		sends = true;
		break;
	case OSCI_FETCH_DELIVERY:
	case OSCI_PARTIAL_FETCH_DELIVERY:
		fetches = true;
		break;
	default:
		break;
	}
	if (o->who && ((sends && !o->who->may_send) || (fetches && !o->who->may_fetch)))
		return osci_fail(err, OSCI_E_STATE, "9811", osci_type_name(o->m->type), "not allowed to this participant");
	r = check_rate(o, err);
	if (r)
		return r;
	/* Twice: the write-ahead log holds the octets before the database does. */
	if (sends && im_disk_low(&set->disk, set->database, 2 * o->octets))
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "the disk is nearly full");
	return 0;
}

/* The right Response is there and the order is genuine: the delivery before has been received. */
static int confirm_pending(struct im_order *o, struct osci_err *err)
{
	int r;

	if (!o->dialog || !o->dialog->pending)
		return 0;
	r = im_store_received(&o->s->store, o->dialog->pending, o->now, o->s->set->content_retention, err);
	if (!r)
		o->dialog->pending = 0;
	return r;
}

/* Nothing is known of the signer and it is demanded: who asks responders has to hear of it, or nothing ever will be. */
static void see_unchecked(const struct im_order *o)
{
	struct osci_cert *named = osci_message_cert(o->m, OSCI_SIGN_ORIGINATOR);
	struct osci_err ignored = { 0 };
	const char *code;

	if (named)
		(void)im_judge_cert(&o->s->set->judge, named, IM_CLIENT_SIGN, o->now / 1000, &code, NULL, &ignored);
}

static void execute(struct im_order *o, const struct im_order_kind *kind, struct osci_err *err)
{
	const char *code = signature_problem(o);
	int r;

	if (code) {
		*err = o->m->signature_error;
		if (err->code == OSCI_E_UNCHECKED)
			see_unchecked(o);
		im_answer_feedback(o->a, code);
		return;
	}
	r = judge_signer(o, &code, err);
	if (r || code) {
		im_answer_feedback(o->a, code ? code : "9710");
		return;
	}
	r = confirm_pending(o, err);
	if (!r && kind->needs_dialog && !o->dialog) {
		im_answer_feedback(o->a, "9802");
		return;
	}
	if (!r)
		r = check_permitted(o, err);
	if (!r && !kind->run)
		r = osci_fail(err, OSCI_E_STATE, "9811", osci_type_name(o->m->type), "order type not offered");
	if (!r)
		r = kind->run(o, err);
	if (r)
		im_answer_feedback(o->a, "9811");
	else if (im_answer_code(o->a)[0] != '9')
		im_answer_feedback(o->a, o->dialog ? "0801" : "0800");
}

static int identify(struct im_order *o, struct osci_err *err)
{
	static const char where[] = "osci:CipherCertificateOriginator";
	const struct im_participants *p = &o->s->set->participants;

	if (o->cipher) {
		o->who = im_participant_of_cipher(p, o->cipher);
		o->client = im_participants_name(p, o->cipher);
	} else if (p->only) {
		return osci_fail(err, OSCI_E_MALFORMED, "9500", where, "participants name themselves by it");
	}
	if (p->only && !o->who)
		return osci_fail(err, OSCI_E_UNTRUSTED, "9501", where, "of no participant");
	if (o->who)
		im_answer_language(o->a, o->m->languages, o->who->languages);
	return 0;
}

/* Not 0: refused with err->feedback as a fault. */
static int process(struct im_order *o, struct osci_err *err)
{
	const struct im_order_kind *kind = im_order_find(o->m->type);
	const char *code = NULL;
	int r;

	if (!kind)
		return osci_fail(err, OSCI_E_MALFORMED, "9100", osci_type_name(o->m->type),
				 "no order an intermediary takes here");
	r = find_client(o, err);
	if (r)
		return r;
	r = identify(o, err);
	if (r)
		return r;
	snprintf(o->report->client, sizeof(o->report->client), "%s", o->client);
	if (o->cipher)
		r = im_judge_cert(&o->s->set->judge, o->cipher, IM_CLIENT_CIPHER, o->now / 1000, &code, NULL, err);
	if (r)
		return r;
	if (code && code[0] == '9')
		return osci_fail(err, OSCI_E_UNTRUSTED, code, "osci:CipherCertificateOriginator",
				 "not trusted, revoked, or not for encryption");
	r = begin_answer(o, err);
	if (r)
		return osci_fail(err, r, "9000", NULL, "no answer can be begun");
	if (code)
		im_answer_feedback(o->a, code);
	execute(o, kind, err);
	return 0;
}

static void tamper_before(struct im_answer *a, const struct im_tamper *t)
{
	if (t->challenge_wrong && a->draft.type != OSCI_FAULT)
		a->draft.control.response = "ZmFsc2NoZSBBbnR3b3J0";
	if (t->conversation_foreign && a->draft.control.conversation_id)
		im_conversation(a->conversation, NULL);
	if (t->conversation_foreign && a->draft.control.conversation_id)
		a->draft.control.conversation_id = a->conversation;
}

static int write_spoiled(struct osci_stream **ret, const struct osci_draft *draft, const struct osci_write_opts *opts,
			 struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *octets = NULL;
	unsigned char *data;
	size_t len;
	int r = im_faults_write_spoiled(&data, &len, draft, opts, err);

	if (!r)
		r = osci_blob_take(&octets, data, len, false);
	return r ? r : osci_stream_of_blob(ret, octets);
}

/* Signs, encrypts and writes; whatever goes wrong becomes a fault 9000. */
static int write_answer(struct im_service *s, struct im_answer *a, const struct im_tamper *t, struct osci_stream **ret,
			struct im_report *report)
{
	struct osci_write_opts opts = { .limits = &s->answer_limits };
	struct osci_err err = { 0 };
	int r;

	if (a->draft.type != OSCI_FAULT) {
		opts.signer = t->unsigned_answer ? NULL : s->set->sign;
		opts.encrypt_for = a->encrypt_for;
		opts.suite = a->suite;
	}
	if (t->bad_signature && a->draft.type != OSCI_FAULT)
		r = write_spoiled(ret, &a->draft, &opts, &err);
	else
		r = osci_write_stream(ret, &a->draft, &opts, &err);
	if (r && a->draft.type != OSCI_FAULT) {
		report->err = err;
		im_answer_fault(a, "9000");
		opts = (struct osci_write_opts){ .limits = &s->answer_limits };
		r = osci_write_stream(ret, &a->draft, &opts, &err);
	}
	return r < 0 ? r : r ? -EIO : 0;
}

/* Code of the fault for a message that could not be opened: codes of the order level need an order. */
static const char *open_fault(int r, const struct osci_err *err)
{
	if (r < 0)
		return "9000";
	if (!osci_feedback_is_fault(err->feedback))
		return "9100";
	return osci_feedback_index(err->feedback) == OSCI_FEEDBACK_CODES ? "9100" : err->feedback;
}

static int answer_order(struct im_service *s, struct im_order *o, const struct im_tamper *t, struct osci_stream **ret)
{
	struct osci_err *err = &o->report->err;
	int r;

	r = process(o, err);
	if (r)
		im_answer_fault(o->a, err->feedback[0] ? err->feedback : "9000");
	tamper_before(o->a, t);
	r = write_answer(s, o->a, t, ret, o->report);
	release_dialog(o);
	return r;
}

/* Whose order it is and whose mailbox it is about, as far as can be said before anything is checked. */
static void pick_faults(struct im_order *o, struct im_tamper *t)
{
	const struct im_participants *p = &o->s->set->participants;
	struct im_fault_order order = { o->m ? o->m->type : OSCI_TYPE_COUNT, "", "" };
	struct osci_cert *client = o->m ? osci_message_cert(o->m, OSCI_CIPHER_ORIGINATOR) : NULL;
	struct osci_cert *addressee = o->m ? osci_message_cert(o->m, OSCI_CIPHER_ADDRESSEE) : NULL;
	struct im_dialog *dialog = NULL;
	struct osci_err err = { 0 };

	pthread_mutex_lock(&o->s->lock);
	if (o->m && !client && im_dialog_find(&o->s->dialogs, &o->m->control, o->now, &dialog, &err) == 0)
		client = dialog->cipher;
	order.client = client ? im_participants_name(p, client) : "";
	order.mailbox = addressee ? im_participants_name(p, addressee) : order.client;
	im_faults_pick(o->s->faults, &order, o->now, t);
	pthread_mutex_unlock(&o->s->lock);
}

static struct osci_open_opts open_opts(const struct im_service *s, int64_t now_ms)
{
	return (struct osci_open_opts){
		.limits = &s->set->limits,
		.policy = { .allow_cbc = s->set->allow_cbc, .require_encryption = s->set->require_encryption,
			    .require_signature = s->set->require_signature, .report_signature = true,
			    .accept_outside_period = true, .refuse_revoked_key = true, .algorithms = s->set->algorithms },
		.keys = s->set->cipher,
		.n_keys = s->set->n_cipher,
		.trust = s->set->trust,
		.now = now_ms / 1000,
		.keep = s->kept,
	};
}

int im_service_sink(const struct im_service *s, int64_t now_ms, struct osci_sink **ret)
{
	const struct osci_open_opts opts = open_opts(s, now_ms);

	return osci_open_sink(ret, &opts, s->spool, s->set->limits.http_body);
}

int im_service_handle(struct im_service *s, int64_t now_ms, const char *peer, struct osci_blob *body,
		      struct osci_stream **ret, bool *cut, struct im_report *report)
{
	const struct osci_open_opts opts = open_opts(s, now_ms);
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(im_answer_free) struct im_answer a = { 0 };
	struct im_order o = { .s = s, .now = now_ms, .octets = osci_blob_len(body), .a = &a, .report = report, .client = "",
			      .peer = peer };
	struct im_tamper t = { 0 };
	int r;

	*report = (struct im_report){ .order = "unreadable" };
	*ret = NULL;
	*cut = false;
	r = osci_open_blob(&m, body, &opts, &report->err);
	if (!r) {
		im_answer_language(&a, m->languages, NULL); /* faults, too; what cannot be opened wishes nothing */
		report->order = osci_type_name(m->type);
		snprintf(report->message_id, sizeof(report->message_id), "%s", m->message_id ? m->message_id : "");
	}
	o.m = m;
	if (s->faults)
		pick_faults(&o, &t);
	o.tamper = &t;
	if (t.refuse) {
		im_faults_done(&t, report);
		return -ECONNRESET;
	}
	if (r)
		im_answer_fault(&a, open_fault(r, &report->err));
	else if (t.fault[0])
		im_answer_fault(&a, t.fault);
	r = a.draft.type == OSCI_FAULT ? write_answer(s, &a, &t, ret, report) : answer_order(s, &o, &t, ret);
	snprintf(report->code, sizeof(report->code), "%s", im_answer_code(&a));
	report->fault = a.draft.type == OSCI_FAULT;
	if (a.draft.message_id && !report->message_id[0])
		snprintf(report->message_id, sizeof(report->message_id), "%s", a.draft.message_id);
	im_faults_done(&t, report);
	if (t.restart)
		im_faults_restart();
	*cut = t.cut_body;
	if (!r && t.drop) {
		osci_stream_freep(ret);
		return -ECONNRESET;
	}
	return r;
}
