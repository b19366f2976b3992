/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialogs - hash table of open dialogs by ConversationId
 *
 * A wrong control block leaves its dialog as it was, so that a stranger who
 * guesses a ConversationId cannot end it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "intermediary/dialogs.h"

#define CONVERSATION_MIN UINT64_C(100000000000000000) /* 18 digits, the first not 0 */
#define CONVERSATION_SPAN (CONVERSATION_MIN * 9)

void im_dialogs_init(struct im_dialogs *d, size_t max, size_t max_client, int64_t timeout_ms)
{
	*d = (struct im_dialogs){ .max = max, .max_client = max_client, .timeout = timeout_ms };
}

static size_t bucket_of(const char *conversation)
{
	size_t h = 5381;

	while (*conversation)
		h = h * 33 + (unsigned char)*conversation++;
	return h % IM_DIALOG_BUCKETS;
}

static struct im_dialog **slot_of(struct im_dialogs *d, const char *conversation)
{
	struct im_dialog **slot = &d->buckets[bucket_of(conversation)];

	while (*slot && strcmp((*slot)->conversation, conversation))
		slot = &(*slot)->next;
	return slot;
}

static void drop(struct im_dialogs *d, struct im_dialog **slot)
{
	struct im_dialog *dialog = *slot;

	*slot = dialog->next;
	osci_cert_unref(dialog->cipher);
	free(dialog->served);
	explicit_bzero(dialog, sizeof(*dialog));
	free(dialog);
	d->n--;
}

void im_dialog_close(struct im_dialogs *d, struct im_dialog *dialog)
{
	struct im_dialog **slot = slot_of(d, dialog->conversation);

	if (*slot)
		drop(d, slot);
}

void im_dialogs_expire(struct im_dialogs *d, int64_t now)
{
	for (size_t i = 0; i < IM_DIALOG_BUCKETS; i++) {
		struct im_dialog **slot = &d->buckets[i];

		while (*slot) {
			if (!(*slot)->busy && (*slot)->expires <= now)
				drop(d, slot);
			else
				slot = &(*slot)->next;
		}
	}
}

void im_dialogs_free(struct im_dialogs *d)
{
	for (size_t i = 0; i < IM_DIALOG_BUCKETS; i++)
		while (d->buckets[i])
			drop(d, &d->buckets[i]);
}

int im_challenge(char out[IM_CHALLENGE_CHARS + 1], struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(IM_CHALLENGE_CHARS);
	unsigned char random[IM_CHALLENGE_OCTETS];
	int r = osci_random(random, sizeof(random));

	if (r)
		return osci_fail(err, r, "9000", NULL, "no random octets");
	osci_base64_encode(&b, random, sizeof(random), 0);
	r = osci_buf_error(&b);
	if (r)
		return osci_fail(err, r, "9000", NULL, "no memory for a Challenge");
	memcpy(out, b.data, IM_CHALLENGE_CHARS + 1);
	return 0;
}

int im_conversation(char out[IM_CONVERSATION_DIGITS + 1], struct osci_err *err)
{
	const uint64_t fair = UINT64_MAX - UINT64_MAX % CONVERSATION_SPAN;
	uint64_t v;

	do {
		int r = osci_random(&v, sizeof(v));

		if (r)
			return osci_fail(err, r, "9000", NULL, "no random octets");
	} while (v >= fair); /* every number equally likely */
	snprintf(out, IM_CONVERSATION_DIGITS + 1, "%018" PRIu64, CONVERSATION_MIN + v % CONVERSATION_SPAN);
	return 0;
}

/*
 * Makes room for one more: its owner's own oldest goes when it has its share.  A cipher certificate is public and anybody
 * may name it; who signed cannot be pretended, and so takes places of his own only.
 * An InitDialog can be recorded and sent again by anybody, a further order cannot: dialogs that had none go first.
 */
static bool goes_before(const struct im_dialog *a, const struct im_dialog *b)
{
	if (!a->sequence != !b->sequence)
		return !a->sequence;
	return a->expires < b->expires;
}

static void make_room(struct im_dialogs *d, const char *client, const char *signer)
{
	struct im_dialog **oldest = NULL;
	size_t own = 0;

	for (size_t i = 0; i < IM_DIALOG_BUCKETS; i++)
		for (struct im_dialog **slot = &d->buckets[i]; *slot; slot = &(*slot)->next) {
			if (strcmp((*slot)->signer, signer) || (!signer[0] && strcmp((*slot)->client, client)))
				continue;
			own++;
			if ((*slot)->busy)
				continue;
			if (!oldest || goes_before(*slot, *oldest))
				oldest = slot;
		}
	if (oldest && own >= d->max_client)
		drop(d, oldest);
}

int im_dialog_open(struct im_dialogs *d, struct osci_cert *cipher, const struct osci_cert *signer, int64_t now,
		   struct im_dialog **ret, struct osci_err *err)
{
	struct im_dialog *dialog;
	int r;

	*ret = NULL;
	im_dialogs_expire(d, now);
	make_room(d, osci_cert_sha256(cipher), signer ? osci_cert_sha256(signer) : "");
	if (d->n >= d->max)
		return osci_fail(err, OSCI_E_LIMIT, "9811", NULL, "%zu dialogs are open", d->n);
	dialog = calloc(1, sizeof(*dialog));
	if (!dialog)
		return osci_fail(err, -ENOMEM, "9000", NULL, "no memory for a dialog");
	do {
		r = im_conversation(dialog->conversation, err);
	} while (!r && *slot_of(d, dialog->conversation));
	if (!r)
		r = im_challenge(dialog->challenge, err);
	if (r) {
		free(dialog);
		return r;
	}
	snprintf(dialog->client, sizeof(dialog->client), "%s", osci_cert_sha256(cipher));
	snprintf(dialog->signer, sizeof(dialog->signer), "%s", signer ? osci_cert_sha256(signer) : "");
	dialog->cipher = osci_cert_ref(cipher);
	dialog->busy = true;
	dialog->expires = now + d->timeout;
	dialog->next = d->buckets[bucket_of(dialog->conversation)];
	d->buckets[bucket_of(dialog->conversation)] = dialog;
	d->n++;
	*ret = dialog;
	return 0;
}

int im_dialog_find(struct im_dialogs *d, const struct osci_control *control, int64_t now, struct im_dialog **ret,
		   struct osci_err *err)
{
	static const char where[] = "osci:ControlBlock";
	struct im_dialog *dialog = control->conversation_id ? *slot_of(d, control->conversation_id) : NULL;

	*ret = NULL;
	if (!dialog)
		return osci_fail(err, OSCI_E_DIALOG, "9400", where, "no dialog with this ConversationId");
	if (dialog->busy)
		return osci_fail(err, OSCI_E_DIALOG, "9400", where, "an order of this dialog is under way");
	if (dialog->expires <= now)
		return osci_fail(err, OSCI_E_DIALOG, "9400", where, "no dialog with this ConversationId");
	if (!control->has_sequence || control->sequence != dialog->sequence)
		return osci_fail(err, OSCI_E_DIALOG, "9400", where, "SequenceNumber is not the expected one");
	if (!control->response || !osci_equal_secret(control->response, dialog->challenge))
		return osci_fail(err, OSCI_E_DIALOG, "9400", where, "Response is not the last Challenge");
	*ret = dialog;
	return 0;
}

void im_dialog_hold(struct im_dialog *dialog)
{
	dialog->busy = true;
}

void im_dialog_release(struct im_dialog *dialog)
{
	dialog->busy = false;
}

int im_dialog_advance(struct im_dialogs *d, struct im_dialog *dialog, int64_t now, struct osci_err *err)
{
	int r = im_challenge(dialog->challenge, err);

	if (r)
		return r;
	dialog->sequence++;
	dialog->expires = now + d->timeout;
	return 0;
}
