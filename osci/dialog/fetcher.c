/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetcher - drains a mailbox in one explicit dialog
 *
 * Each order after a delivery tells the intermediary that the delivery was received (Reception).  So
 * nothing is built between showing a delivery and *_continue(), by which the caller says that
 * it is stored durably; and after an answer that could not be opened nothing is built at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <osci/dialog.h>
#include "base/buf.h"

enum state { INIT, FETCH, EXIT, DELIVERY, DONE, FAILED };

struct osci_fetcher {
	struct osci_client *client;
	enum state state;
	unsigned max, count;
	bool more;
	unsigned char *output;
	size_t output_len;
	unsigned char *raw; /* the delivery shown */
	size_t raw_len;
	struct osci_message *message;
	struct osci_err err;
};

static void drop_delivery(struct osci_fetcher *f)
{
	osci_message_freep(&f->message);
	free(f->raw);
	f->raw = NULL;
	f->raw_len = 0;
}

static void drop_output(struct osci_fetcher *f)
{
	free(f->output);
	f->output = NULL;
	f->output_len = 0;
}

void osci_fetcher_freep(struct osci_fetcher **pf)
{
	struct osci_fetcher *f = *pf;

	if (!f)
		return;
	drop_delivery(f);
	drop_output(f);
	osci_client_freep(&f->client);
	free(f);
	*pf = NULL;
}

static int fail_with(struct osci_fetcher *f, int r, struct osci_err *err)
{
	if (r < 0 || f->err.code != r)
		osci_fail(&f->err, r, NULL, "fetcher", "%s", osci_result_name(r));
	f->state = FAILED;
	drop_output(f);
	drop_delivery(f);
	if (err)
		*err = f->err;
	return r;
}

static int request(struct osci_fetcher *f, enum osci_type type, enum state next)
{
	struct osci_draft draft = { .type = type };
	int r;

	drop_output(f);
	r = osci_client_request(f->client, &draft, &f->output, &f->output_len, &f->err);
	if (!r)
		f->state = next;
	return r;
}

int osci_fetcher_new(struct osci_fetcher **ret, const struct osci_client_conf *conf, unsigned max, struct osci_err *err)
{
	_cleanup_(osci_fetcher_freep) struct osci_fetcher *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	if (!max)
		return osci_fail(err, OSCI_E_USAGE, NULL, "fetcher", "nothing to fetch");
	f->max = max;
	r = osci_client_new(&f->client, conf);
	if (!r)
		r = request(f, OSCI_INIT_DIALOG, INIT);
	if (r)
		return fail_with(f, r, err);
	*ret = f;
	f = NULL;
	return 0;
}

static bool has_code(const struct osci_message *m, const char *code)
{
	size_t i;

	for (i = 0; i < m->n_feedback; i++)
		if (!strcmp(m->feedback[i].code, code))
			return true;
	return false;
}

static int refused(struct osci_fetcher *f, const struct osci_message *m)
{
	return osci_fail(&f->err, OSCI_E_FEEDBACK, osci_message_verdict(m), osci_type_name(m->type), "order refused");
}

static int got_delivery(struct osci_fetcher *f, struct osci_message **pm, const void *body, size_t len)
{
	const char *verdict = osci_message_verdict(*pm);

	if (!strcmp(verdict, "9803")) {
		f->more = false;
		return request(f, OSCI_EXIT_DIALOG, EXIT);
	}
	if (verdict[0] != '0' && verdict[0] != '3')
		return refused(f, *pm);
	if (!(*pm)->has_content)
		return osci_fail(&f->err, OSCI_E_MALFORMED, NULL, osci_type_name((*pm)->type), "delivery without content");
	f->raw = malloc(len ? len : 1);
	if (!f->raw)
		return -ENOMEM;
	memcpy(f->raw, body, len);
	f->raw_len = len;
	f->more = has_code(*pm, "3800");
	f->message = *pm;
	*pm = NULL;
	drop_output(f);
	f->state = DELIVERY;
	return 0;
}

static int take(struct osci_fetcher *f, struct osci_message **pm, const void *body, size_t len)
{
	switch (f->state) {
	case INIT:
		return osci_client_in_dialog(f->client) ? request(f, OSCI_FETCH_DELIVERY, FETCH) : refused(f, *pm);
	case FETCH:
		return got_delivery(f, pm, body, len);
	case EXIT:
		f->state = DONE;
		return 0;
	default:
		return OSCI_E_STATE;
	}
}

int osci_fetcher_input(struct osci_fetcher *f, const void *body, size_t len, int64_t now, struct osci_err *err)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	int r;

	if (osci_fetcher_step(f) != OSCI_STEP_POST)
		return osci_fail(err, OSCI_E_STATE, NULL, "fetcher", "no order is outstanding");
	r = osci_client_answer(f->client, body, len, now, &m, &f->err);
	if (!r)
		r = take(f, &m, body, len);
	return r ? fail_with(f, r, err) : 0;
}

int osci_fetcher_continue(struct osci_fetcher *f, struct osci_err *err)
{
	int r;

	if (f->state != DELIVERY)
		return osci_fail(err, OSCI_E_STATE, NULL, "fetcher", "no delivery is shown");
	drop_delivery(f);
	f->count++;
	if (f->more && f->count < f->max)
		r = request(f, OSCI_FETCH_DELIVERY, FETCH);
	else
		r = request(f, OSCI_EXIT_DIALOG, EXIT);
	return r ? fail_with(f, r, err) : 0;
}

void osci_fetcher_abort(struct osci_fetcher *f)
{
	if (f->state == DONE || f->state == FAILED)
		return;
	osci_client_abandon(f->client);
	osci_fail(&f->err, OSCI_E_STATE, NULL, "fetcher", "given up by the caller; the dialog is left to time out");
	fail_with(f, OSCI_E_STATE, NULL);
}

enum osci_step osci_fetcher_step(const struct osci_fetcher *f)
{
	switch (f->state) {
	case DELIVERY: return OSCI_STEP_DELIVERY;
	case DONE: return OSCI_STEP_DONE;
	case FAILED: return OSCI_STEP_FAILED;
	default: return OSCI_STEP_POST;
	}
}

const unsigned char *osci_fetcher_output(const struct osci_fetcher *f, size_t *ret_len)
{
	*ret_len = f->output_len;
	return f->output;
}

const unsigned char *osci_fetcher_raw(const struct osci_fetcher *f, size_t *ret_len)
{
	*ret_len = f->raw_len;
	return f->raw;
}

const struct osci_message *osci_fetcher_message(const struct osci_fetcher *f)
{
	return f->message;
}

unsigned osci_fetcher_count(const struct osci_fetcher *f)
{
	return f->count;
}

bool osci_fetcher_more(const struct osci_fetcher *f)
{
	return f->more;
}

const struct osci_err *osci_fetcher_error(const struct osci_fetcher *f)
{
	return &f->err;
}
