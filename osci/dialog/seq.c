/* SPDX-License-Identifier: Apache-2.0 */
/* seq - the engine under every sequence; meaning in seq.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dialog/seq.h"

int osci_seq_init(struct osci_seq *q, const struct osci_seq_ops *ops, const struct osci_client_conf *conf)
{
	q->ops = ops;
	q->conf = *conf;
	q->step = OSCI_STEP_FAILED; /* until an order is there */
	return osci_client_new(&q->client, conf);
}

static void drop_order(struct osci_seq *q)
{
	q->octets = osci_blob_unref(q->octets);
	osci_stream_freep(&q->stream);
}

void osci_seq_clear(struct osci_seq *q)
{
	drop_order(q);
	osci_seq_drop_delivery(q);
	osci_client_freep(&q->client);
}

void osci_seq_show(struct osci_seq *q, enum osci_step step)
{
	drop_order(q);
	q->step = step;
}

void osci_seq_show_delivery(struct osci_seq *q, struct osci_message **m, struct osci_blob *raw)
{
	q->raw = osci_blob_ref(raw);
	q->message = *m;
	*m = NULL;
	osci_seq_show(q, OSCI_STEP_DELIVERY);
}

void osci_seq_drop_delivery(struct osci_seq *q)
{
	osci_message_freep(&q->message);
	q->raw = osci_blob_unref(q->raw);
}

int osci_seq_fail(struct osci_seq *q, int r, struct osci_err *err)
{
	const char *name = q->ops ? q->ops->name : "dialog";

	if (r < 0 || q->err.code != r)
		osci_fail(&q->err, r, NULL, name, "%s", osci_result_name(r));
	osci_seq_drop_delivery(q);
	osci_seq_show(q, OSCI_STEP_FAILED);
	if (err)
		*err = q->err;
	return r;
}

/* --- orders -------------------------------------------------------------------- */

int osci_seq_request(struct osci_seq *q, struct osci_draft *draft, int phase)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	int r;

	drop_order(q);
	r = osci_client_request_stream(q->client, draft, &stream, &q->err);
	if (r)
		return r;
	/* Without attachments the writer has it in memory anyway. */
	if (draft->n_parts && q->conf.spool) {
		q->stream = stream;
		stream = NULL;
	} else {
		unsigned char *data = NULL;
		size_t len;

		r = osci_stream_to_memory(stream, &data, &len, &q->err);
		if (!r)
			r = osci_blob_take(&q->octets, data, len, false);
		if (r)
			return r;
	}
	q->phase = phase;
	q->step = OSCI_STEP_POST;
	return 0;
}

int osci_seq_simple(struct osci_seq *q, enum osci_type type, int phase)
{
	struct osci_draft draft = { .type = type };

	return osci_seq_request(q, &draft, phase);
}

enum osci_step osci_seq_step(const struct osci_seq *q)
{
	return q->step;
}

const unsigned char *osci_seq_output(const struct osci_seq *q, size_t *ret_len)
{
	*ret_len = q->octets ? (size_t)osci_blob_len(q->octets) : 0;
	return q->octets ? osci_blob_data(q->octets) : NULL;
}

int osci_seq_output_stream(struct osci_seq *q, struct osci_stream **ret, struct osci_err *err)
{
	*ret = NULL;
	if (q->octets)
		return osci_stream_of_blob(ret, q->octets);
	if (!q->stream)
		return osci_fail(err, OSCI_E_STATE, NULL, q->ops->name, "no order, or given out already");
	*ret = q->stream;
	q->stream = NULL;
	return 0;
}

/* --- answers ------------------------------------------------------------------- */

int osci_seq_input_sink(const struct osci_seq *q, int64_t now, struct osci_sink **ret, struct osci_err *err)
{
	*ret = NULL;
	if (q->step != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, q->ops->name, "no order is outstanding");
	return osci_client_answer_sink(q->client, now, ret, err);
}

int osci_seq_input_blob(struct osci_seq *q, struct osci_blob *body, int64_t now, struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	int r;

	if (q->step != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, q->ops->name, "no order is outstanding");
	q->now = now;
	r = osci_client_answer_blob(q->client, body, now, &m, &q->err);
	if (r && q->ops->settled && q->ops->settled(q)) {
		q->err = (struct osci_err){ 0 };
		osci_seq_show(q, OSCI_STEP_DONE);
		return 0;
	}
	if (!r)
		r = q->ops->take(q, &m, body);
	return r ? osci_seq_fail(q, r, err) : 0;
}

int osci_seq_input(struct osci_seq *q, const void *body, size_t len, int64_t now, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *blob = NULL;
	int r;

	if (q->step != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, q->ops->name, "no order is outstanding");
	r = osci_blob_copy(&blob, body, len);
	return r ? osci_seq_fail(q, r, err) : osci_seq_input_blob(q, blob, now, err);
}

int osci_seq_continue(struct osci_seq *q, struct osci_err *err)
{
	bool waits = q->step == OSCI_STEP_SAVE_ID || q->step == OSCI_STEP_DELIVERY || q->step == OSCI_STEP_WAIT;
	int r;

	if (!waits || !q->ops->go_on)
		return osci_fail(err, OSCI_E_STATE, NULL, q->ops->name, "nothing to continue");
	r = q->ops->go_on(q);
	return r ? osci_seq_fail(q, r, err) : 0;
}

void osci_seq_abort(struct osci_seq *q)
{
	if (q->step == OSCI_STEP_DONE || q->step == OSCI_STEP_FAILED)
		return;
	osci_client_abandon(q->client);
	osci_fail(&q->err, OSCI_E_STATE, NULL, q->ops->name, "given up by the caller; the dialog is left to time out");
	osci_seq_fail(q, OSCI_E_STATE, NULL);
}

const struct osci_err *osci_seq_error(const struct osci_seq *q)
{
	return &q->err;
}

struct osci_blob *osci_seq_raw_blob(const struct osci_seq *q)
{
	return q->raw;
}

const struct osci_message *osci_seq_message(const struct osci_seq *q)
{
	return q->message;
}

/* --- looking at answers ---------------------------------------------------------- */

int osci_seq_refused(struct osci_seq *q, const struct osci_message *m, const char *code)
{
	return osci_fail(&q->err, OSCI_E_FEEDBACK, code, osci_type_name(m->type), "order refused");
}

bool osci_verdict_good(const char *code)
{
	return code[0] == '0' || code[0] == '3';
}

bool osci_feedback_has(const struct osci_feedback *f, size_t n, const char *code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(f[i].code, code))
			return true;
	return false;
}

int osci_seq_message_id(struct osci_seq *q, const struct osci_message *m, char **ret)
{
	const char *verdict = osci_message_verdict(m), *id = m->message_id;

	if (!osci_verdict_good(verdict) || !id)
		return osci_seq_refused(q, m, verdict);
	if (!osci_id_ok(id, strlen(id), OSCI_MESSAGE_ID_MAX))
		return osci_fail(&q->err, OSCI_E_MALFORMED, NULL, "osci:MessageId", "outside the profile");
	*ret = strdup(id);
	return *ret ? 0 : -ENOMEM;
}

int osci_seq_find_card(struct osci_seq *q, const struct osci_message *m, const char *message_id,
		       const struct osci_card **ret)
{
	size_t i;

	*ret = NULL;
	for (i = 0; i < m->n_cards; i++)
		if (m->cards[i].message_id && !strcmp(m->cards[i].message_id, message_id))
			*ret = &m->cards[i];
	if (m->n_cards && !*ret)
		return osci_fail(&q->err, OSCI_E_DIALOG, NULL, "osci:ProcessCardBundle", "card of another delivery");
	return 0;
}

enum osci_reach osci_reach_of(const char *code)
{
	if (osci_verdict_good(code) || !strcmp(code, "9806"))
		return OSCI_REACH_ACCEPTED;
	if (!strcmp(code, "9805") || !strcmp(code, "9808"))
		return OSCI_REACH_REFUSED;
	/* Without any code nobody said that nothing happened. */
	if (!code[0] || !strcmp(code, "9807") || !strcmp(code, "9810"))
		return OSCI_REACH_UNKNOWN;
	return OSCI_REACH_NOT;
}

/* --- selection rules --------------------------------------------------------------- */

void osci_selection_clear(struct osci_selection *s)
{
	size_t i;

	for (i = 0; i < s->n_message_ids; i++)
		free((void *)s->message_ids[i]);
	free((void *)s->message_ids);
	free((void *)s->time);
	free((void *)s->role);
	*s = (struct osci_selection){ 0 };
}

int osci_selection_copy(struct osci_selection *to, const struct osci_selection *from)
{
	struct osci_selection s = *from;
	const char **ids = calloc(from->n_message_ids + 1, sizeof(*ids));
	size_t i;

	s.message_ids = ids;
	s.time = osci_strdup_or_null(from->time);
	s.role = osci_strdup_or_null(from->role);
	s.n_message_ids = 0;
	if (!ids || (from->time && !s.time) || (from->role && !s.role))
		goto no_memory;
	for (i = 0; i < from->n_message_ids; i++) {
		ids[i] = strdup(from->message_ids[i]);
		if (!ids[i])
			goto no_memory;
		s.n_message_ids++;
	}
	*to = s;
	return 0;
no_memory:
	osci_selection_clear(&s);
	return -ENOMEM;
}
