/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-control - control blocks: what ties orders and answers to a dialog
 *
 * Each line of the input is the ControlBlock element of one answer of a dialog; '@' in it stands for the Challenge
 * of the order.  The client plays InitDialog, two FetchProcessCard, ExitDialog.  An answer that it takes has its
 * Challenge; one that it does not take ends the dialog.  The same line is then the control block of an order to the
 * intermediary, where '@' is a Challenge of its own: no dialog is open there.
 */
#include <stdlib.h>
#include <string.h>

#include <osci/dialog.h>
#include "intermediary/dialogs.h"
#include "t_fuzz.h"
#include "wire/types.h"

#define ORDERS 4
#define CHALLENGE_MAX 256

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct im_dialogs dialogs;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	im_dialogs_init(&dialogs, 4, 4, 1000);
	return fuzz_init();
}

static void add_line(struct osci_buf *b, const uint8_t *line, size_t len, const char *challenge)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (line[i] == '@')
			osci_buf_adds(b, challenge);
		else
			osci_buf_addc(b, (char)line[i]);
}

static void envelope(struct osci_buf *b, enum osci_type type, const uint8_t *line, size_t len, const char *challenge,
		     const char *header, const char *body)
{
	char location[512];

	osci_type_schema_location(location, sizeof(location), type);
	osci_buf_addf(b,
		      "<soap:Envelope xmlns:ds=\"" OSCI_NS_DS "\" xmlns:osci=\"" OSCI_NS_OSCI "\" xmlns:soap=\"" OSCI_NS_SOAP
		      "\" xmlns:xenc=\"" OSCI_NS_XENC "\" xmlns:xsi=\"" OSCI_NS_XSI "\" xsi:schemaLocation=\"%s\"><soap:Header>",
		      location);
	add_line(b, line, len, challenge);
	osci_buf_addf(b, "%s</soap:Header><soap:Body Id=\"body\">%s</soap:Body></soap:Envelope>", header, body);
}

#define FEEDBACK "<osci:Feedback><osci:Entry xml:lang=\"de\">" \
	"<osci:Code>0801</osci:Code><osci:Text>gut</osci:Text></osci:Entry></osci:Feedback>"

static void answer(struct osci_buf *b, enum osci_type order, const uint8_t *line, size_t len, const char *challenge)
{
	const char *body;

	switch (order) {
	case OSCI_INIT_DIALOG:
		body = "<osci:responseToInitDialog>" FEEDBACK "</osci:responseToInitDialog>";
		break;
	case OSCI_EXIT_DIALOG:
		body = "<osci:responseToExitDialog>" FEEDBACK "</osci:responseToExitDialog>";
		break;
	default:
		body = "<osci:responseToFetchProcessCard>" FEEDBACK "<osci:fetchProcessCard></osci:fetchProcessCard>"
		       "</osci:responseToFetchProcessCard>";
	}
	envelope(b, osci_type_answer(order), line, len, challenge, "", body);
}

static void to_intermediary(const uint8_t *line, size_t len)
{
	const struct osci_open_opts opts = { .now = FUZZ_NOW };
	struct osci_buf b = OSCI_BUF_INIT(FUZZ_MAX);
	struct im_dialog *dialog = NULL;
	struct osci_message *m = NULL;
	struct osci_err err;

	envelope(&b, OSCI_EXIT_DIALOG, line, len, "Q2hhbGxlbmdl",
		 "<osci:DesiredLanguages Id=\"dl\" LanguagesList=\"de\" soap:actor=\"" OSCI_ACTOR_NEXT
		 "\" soap:mustUnderstand=\"1\"></osci:DesiredLanguages>",
		 "<osci:exitDialog></osci:exitDialog>");
	if (!osci_buf_error(&b) && !osci_open(&m, b.data, b.len, &opts, &err)) {
		/* The standard demands a ConversationId, too; an order without one is the intermediary's to answer (9802). */
		if (!m->control.challenge || !m->control.has_sequence)
			abort();
		if (!im_dialog_find(&dialogs, &m->control, 0, &dialog, &err))
			abort(); /* none is open */
	}
	osci_message_freep(&m);
	osci_buf_free(&b);
}

/* The order is written in clear here, so its Challenge can be read off. */
static void read_challenge(const unsigned char *order, size_t len, char *out, size_t size)
{
	static const char tag[] = "<osci:Challenge>";
	const char *at = memmem(order, len, tag, sizeof(tag) - 1);
	size_t n;

	if (!at)
		abort();
	at += sizeof(tag) - 1;
	n = strcspn(at, "<");
	if (n == 0 || n >= size)
		abort();
	memcpy(out, at, n);
	out[n] = '\0';
}

static bool exchange(struct osci_client *c, enum osci_type order, const uint8_t *line, size_t len)
{
	struct osci_buf b = OSCI_BUF_INIT(FUZZ_MAX);
	struct osci_draft draft = { .type = order };
	struct osci_message *m = NULL;
	char challenge[CHALLENGE_MAX];
	unsigned char *out = NULL;
	struct osci_err err;
	bool ok = false;
	size_t n;

	if (osci_client_request(c, &draft, &out, &n, &err))
		abort();
	read_challenge(out, n, challenge, sizeof(challenge));
	answer(&b, order, line, len, challenge);
	if (!osci_buf_error(&b) && !osci_client_answer(c, b.data, b.len, FUZZ_NOW, &m, &err)) {
		if (!m->control.response || strcmp(m->control.response, challenge))
			abort();
		ok = true;
	} else if (!osci_client_broken(c)) {
		abort();
	}
	free(out);
	osci_buf_free(&b);
	osci_message_freep(&m);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum osci_type orders[ORDERS] = { OSCI_INIT_DIALOG, OSCI_FETCH_PROCESS_CARD, OSCI_FETCH_PROCESS_CARD,
						       OSCI_EXIT_DIALOG };
	const struct osci_client_conf conf = { .decrypt = &fuzz_key, .n_decrypt = 1 };
	struct osci_client *c = NULL;
	size_t at = 0, i;
	bool ok = true;

	if (osci_client_new(&c, &conf))
		return 0;
	for (i = 0; i < ORDERS && at < size; i++) {
		const uint8_t *stop = memchr(data + at, '\n', size - at);
		size_t len = (size_t)((stop ? stop : data + size) - (data + at));

		to_intermediary(data + at, len);
		if (ok)
			ok = exchange(c, orders[i], data + at, len);
		at += len + 1;
	}
	osci_client_freep(&c);
	return 0;
}
