/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seq - what all sequences of the client have in common
 *
 * A sequence is a client, the order that waits to be posted, and a place in its own order of events.  The engine takes
 * bodies, has them opened and checked by the client and gives the message to the sequence, which writes the next order
 * or shows something to its caller.  The first failure is the last event.
 */
#ifndef OSCI_DIALOG_SEQ_H
#define OSCI_DIALOG_SEQ_H

#include <osci/dialog.h>
#include "base/buf.h"

struct osci_seq_ops {
	const char *name; /* place in errors */
	/* One answer in the phase q->phase; takes *@m if it wants to keep it. */
	int (*take)(struct osci_seq *q, struct osci_message **m, struct osci_blob *body);
	int (*go_on)(struct osci_seq *q); /* *_continue(); NULL = never */
	bool (*settled)(const struct osci_seq *q); /* all is known: a failing answer ends it well; NULL = never */
};

/* First member of every sequence. */
struct osci_seq {
	const struct osci_seq_ops *ops;
	struct osci_client *client;
	struct osci_client_conf conf;
	enum osci_step step;
	int phase; /* of the outstanding order; the sequence's own numbers */
	struct osci_blob *octets; /* the order; or */
	struct osci_stream *stream;
	int64_t now; /* of the answer being taken */
	struct osci_blob *raw; /* the delivery shown, as it came, and opened; fetchers */
	struct osci_message *message;
	struct osci_err err;
};

int osci_seq_init(struct osci_seq *q, const struct osci_seq_ops *ops, const struct osci_client_conf *conf);
void osci_seq_clear(struct osci_seq *q);
/* Writes the order; the step is POST then. */
int osci_seq_request(struct osci_seq *q, struct osci_draft *draft, int phase);
int osci_seq_simple(struct osci_seq *q, enum osci_type type, int phase);
/* Nothing is to be posted any more: @step is what the caller sees. */
void osci_seq_show(struct osci_seq *q, enum osci_step step);
/* The step is DELIVERY: *@m, which is taken, and @raw. Gone with the next step that the caller takes, or by a failure. */
void osci_seq_show_delivery(struct osci_seq *q, struct osci_message **m, struct osci_blob *raw);
void osci_seq_drop_delivery(struct osci_seq *q);
/* Ends it with @r; q->err says why, or is made to. */
int osci_seq_fail(struct osci_seq *q, int r, struct osci_err *err);

/* "order refused" with the code of @m. */
int osci_seq_refused(struct osci_seq *q, const struct osci_message *m, const char *code);
bool osci_verdict_good(const char *code); /* success or warning */
bool osci_feedback_has(const struct osci_feedback *f, size_t n, const char *code);
/* MessageId of the answer to GetMessageId, copied; feedback and form checked. */
int osci_seq_message_id(struct osci_seq *q, const struct osci_message *m, char **ret);
/* The card of @message_id, or NULL if there is none; cards of other deliveries alone are a lie (OSCI_E_DIALOG). */
int osci_seq_find_card(struct osci_seq *q, const struct osci_message *m, const char *message_id,
		       const struct osci_card **ret);
/* Deep; what the type allows of it is the writer's to say. */
int osci_selection_copy(struct osci_selection *to, const struct osci_selection *from);
void osci_selection_clear(struct osci_selection *s);

#define OSCI_MESSAGE_ID_MAX 256

#endif
