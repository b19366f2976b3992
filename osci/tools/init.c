/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init - osci init: the connectivity check
 *
 * InitDialog and ExitDialog, nothing else: shows what the intermediary announces, who signs, with which algorithms.
 */
#include "tools/conn.h"
#include "tools/tool.h"

static json_t *answer_json(const struct conn *c, const struct osci_message *m, bool ended, int64_t ms)
{
	json_t *o = json_object();
	bool ok = true;

	jput(o, "url", jtext(c->url), &ok);
	jput(o, "answer", json_string(osci_type_name(m->type)), &ok);
	jput(o, "milliseconds", jnumber((uint64_t)ms), &ok);
	jput(o, "feedback", feedback_json(m->feedback, m->n_feedback), &ok);
	jput(o, "dialog", jtext(m->control.conversation_id), &ok);
	jput(o, "ended", json_boolean(ended), &ok);
	jput(o, "signed", json_boolean(m->signature.status == OSCI_SIG_VALID), &ok);
	jput(o, "signer", m->signature.cert ? cert_json(m->signature.cert) : json_null(), &ok);
	jput(o, "encrypted", json_boolean(m->transport_encrypted), &ok);
	jput(o, "algorithms", suite_json(&m->suite), &ok);
	jput(o, "features", features_json(&m->announced), &ok);
	return jdone(o, ok);
}

static int end(struct conn *c, struct osci_client *client)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_draft draft = { .type = OSCI_EXIT_DIALOG };
	struct osci_err err = { 0 };
	int r = conn_order(c, client, &draft, &m, &err);

	return r ? conn_failed(c, &err, r) : osci_message_verdict(m)[0] == '9' ? EXIT_PEER : 0;
}

static int run(struct conn *c, void *arg, char **files)
{
	_cleanup_(osci_client_freep) struct osci_client *client = NULL;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_draft draft = { .type = OSCI_INIT_DIALOG };
	struct osci_err err = { 0 };
	int64_t start;
	int r;

	(void)arg;
	(void)files;
	r = osci_client_new(&client, &c->conf);
	start = osci_clock_mono_ms();
	if (!r)
		r = conn_order(c, client, &draft, &m, &err);
	if (r)
		return conn_failed(c, &err, r);
	start = osci_clock_mono_ms() - start;
	r = osci_client_in_dialog(client) ? end(c, client) : EXIT_PEER;
	return print_json(answer_json(c, m, !r, start), c->text, r);
}

int init_main(int argc, char **argv)
{
	static struct conn_opts o;
	const struct opt line[] = { LINE_OPTS(o), { NULL } };
	const struct opt own[] = { KEY_OPTS(o), READ_OPTS(o), { NULL } };
	struct opts opts = {
		.command = "init", .synopsis = "[OPTION]...", .tables = { line, own },
		.purpose = "Opens an explicit dialog and ends it; shows what the intermediary announces.",
	};
	const struct conn_command command = { .opts = &opts, .conn = &o, .line = true, .run = run };

	return conn_main(&command, argc, argv);
}
