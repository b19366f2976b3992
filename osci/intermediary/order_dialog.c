/* SPDX-License-Identifier: Apache-2.0 */
/* order_dialog - InitDialog, ExitDialog and GetMessageId */
#include <errno.h>

#include "intermediary/service.h"

/* The service opened the dialog's place in the answer; here it becomes a real one. */
int im_order_init_dialog(struct im_order *o, struct osci_err *err)
{
	const struct osci_cert *signer = o->m->signature.status == OSCI_SIG_ABSENT ? NULL : o->m->signature.cert;
	int r;

	pthread_mutex_lock(&o->s->lock);
	r = im_dialog_open(&o->s->dialogs, o->cipher, signer, o->now, &o->dialog, err);
	pthread_mutex_unlock(&o->s->lock);
	if (r)
		return r;
	o->a->draft.control.conversation_id = im_pool_text(&o->a->pool, o->dialog->conversation);
	o->a->draft.control.challenge = im_pool_text(&o->a->pool, o->dialog->challenge);
	if (!o->a->draft.control.conversation_id || !o->a->draft.control.challenge) {
		im_order_exit_dialog(o, err);
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for an answer");
	}
	return 0;
}

int im_order_exit_dialog(struct im_order *o, struct osci_err *err)
{
	pthread_mutex_lock(&o->s->lock);
	im_dialog_close(&o->s->dialogs, o->dialog);
	pthread_mutex_unlock(&o->s->lock);
	o->dialog = NULL;
	o->a->draft.control.challenge = NULL; /* the last answer has none */
	return 0;
}

int im_order_get_message_id(struct im_order *o, struct osci_err *err)
{
	return im_store_issue(&o->s->store, o->client, o->s->set->host, o->now, &o->a->pool, &o->a->draft.message_id,
			      err);
}
