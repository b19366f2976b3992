/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl submit - hand one request of an office to the gateway
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/office.h"

static const char help[] =
	"usage: xausl submit --client FILE [--id ID] [--purpose PURPOSE] [--user USER] [--wait DURATION] [--json] REQUEST\n"
	"\n"
	"Submits REQUEST (a file, or - for standard input) over the bus.  It is either a JSON object\n"
	"with \"message\" and the neutral fields of xausl-bus(7), or complete XAusländer XML.\n"
	"\n"
	"  --client FILE     configuration of the client: endpoint, keys, office\n"
	"  --id ID           the office's own id of the request; the same id is the same request, so\n"
	"                    repeating a command after a failure is safe (default: a new UUID, printed)\n"
	"  --purpose PURPOSE purpose of an information request given as XML\n"
	"  --user USER       user or role, kept in the journal, not sent\n"
	"  --wait DURATION   wait so long (30s, 2m) for the answers to this request; they are shown and acknowledged\n"
	"  --json            print the receipt and the answers as JSON, one per line\n"
	"\n"
	"Exit status: 0 accepted by the gateway, 1 refused by the gateway, 2 usage, 3 bus not reached,\n"
	"or, with --wait, no final answer in time.\n";

struct wish {
	const char *client, *id, *purpose, *user, *file;
	int wait_ms;
	bool json;
};

static int show(const struct wish *w, const char *text, void (*words)(FILE *, const json_t *))
{
	json_t *j;

	if (w->json) {
		puts(text);
		return 0;
	}
	j = json_loads(text, 0, NULL);
	if (!j)
		return -1;
	words(stdout, j);
	json_decref(j);
	return 0;
}

/* Shows and acknowledges what comes for this request until a final answer. */
static int wait_for_answers(struct office *o, const struct wish *w)
{
	int64_t end = osci_clock_mono_ms() + w->wait_ms;
	struct osci_err err = { .code = 0 };
	char text[512];

	for (;;) {
		int64_t left = end - osci_clock_mono_ms();
		struct xgw_delivery d;
		bool final;
		int r;

		r = left > 0 ? xgw_client_receive(o->client, (int)left, &d, &err) : OSCI_E_EMPTY;
		if (r == OSCI_E_EMPTY) {
			fprintf(stderr, "xausl: no final answer to this request yet; it is not lost: see xausl answers\n");
			return XAUSL_EXIT_BUS;
		}
		if (r) {
			fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
			return XAUSL_EXIT_BUS;
		}
		if (strcmp(d.request, w->id) != 0) { /* another request's: stays with the gateway */
			xgw_delivery_clear(&d);
			continue;
		}
		show(w, d.json, show_delivery);
		fflush(stdout);
		final = outcome_is_final(d.outcome);
		r = xgw_client_ack(o->client, d.id, OFFICE_TIMEOUT_MS, &err);
		xgw_delivery_clear(&d);
		if (r) {
			fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
			return XAUSL_EXIT_BUS;
		}
		if (final)
			return XAUSL_EXIT_DONE;
	}
}

/* The members that go with XML. */
static char *xml_fields(const struct wish *w)
{
	json_t *j = json_pack("{s:s*, s:s*}", "purpose", w->purpose, "user", w->user);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	return text;
}

static char *json_fields(const struct wish *w, const char *data, size_t len, json_error_t *at)
{
	json_t *j = json_loadb(data, len, JSON_REJECT_DUPLICATES, at);
	char *text = NULL;

	if (!json_is_object(j)) {
		if (j)
			snprintf(at->text, sizeof(at->text), "a JSON object is expected");
	} else if ((!w->purpose || !json_object_set_new(j, "purpose", json_string(w->purpose))) &&
		   (!w->user || !json_object_set_new(j, "user", json_string(w->user)))) {
		json_object_del(j, "office");
		json_object_del(j, "id");
		text = json_dumps(j, JSON_COMPACT);
	}
	json_decref(j);
	return text;
}

static int submit(struct office *o, const struct wish *w, const char *data, size_t len)
{
	_cleanup_(osci_freep) char *fields = NULL, *receipt = NULL;
	struct osci_err err = { .code = 0 };
	json_error_t at = { .line = 0 };
	size_t blank = strspn(data, "\xef\xbb\xbf \t\r\n");
	bool xml = data[blank] == '<';
	json_t *j;
	char text[512];
	bool accepted;
	int r;

	fields = xml ? xml_fields(w) : json_fields(w, data, len, &at);
	if (!fields) {
		fprintf(stderr, "xausl: %s:%d:%d: %s\n", w->file, at.line, at.column, at.text);
		return XAUSL_EXIT_USAGE;
	}
	r = xgw_client_submit(o->client, w->id, fields, xml ? data : NULL, xml ? len : 0, OFFICE_TIMEOUT_MS, &receipt, &err);
	if (r) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		return r == OSCI_E_USAGE ? XAUSL_EXIT_REFUSED : XAUSL_EXIT_BUS;
	}
	show(w, receipt, show_receipt);
	fflush(stdout);
	j = json_loads(receipt, 0, NULL);
	accepted = !strcmp(json_string_value(json_object_get(j, "outcome")) ?: "", "accepted-by-gateway");
	json_decref(j);
	if (!accepted)
		return XAUSL_EXIT_REFUSED;
	return w->wait_ms ? wait_for_answers(o, w) : XAUSL_EXIT_DONE;
}

static const struct option options[] = {
	{ "client", required_argument, NULL, 'c' }, { "id", required_argument, NULL, 'i' },
	{ "purpose", required_argument, NULL, 'p' }, { "user", required_argument, NULL, 'u' },
	{ "wait", required_argument, NULL, 'w' },   { "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
};

int cmd_submit(int argc, char **argv)
{
	struct wish w = { .client = NULL };
	_cleanup_(osci_freep) char *data = NULL;
	struct office o;
	char uuid[37];
	size_t len;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': w.client = optarg; break;
		case 'i': w.id = optarg; break;
		case 'p': w.purpose = optarg; break;
		case 'u': w.user = optarg; break;
		case 'j': w.json = true; break;
		case 'w':
			if (!office_duration(optarg, &w.wait_ms)) {
				fprintf(stderr, "xausl submit: --wait: not a duration such as 30s\n");
				return XAUSL_EXIT_USAGE;
			}
			break;
		case 'h': fputs(help, stdout); return XAUSL_EXIT_DONE;
		default: fprintf(stderr, "try: xausl submit --help\n"); return XAUSL_EXIT_USAGE;
		}
	}
	if (!w.client || argc - optind != 1) {
		fprintf(stderr, "xausl submit: --client FILE and one REQUEST are needed; try: xausl submit --help\n");
		return XAUSL_EXIT_USAGE;
	}
	w.file = argv[optind];
	if (!w.id) {
		if (osci_uuid4(uuid))
			return XAUSL_EXIT_BUS;
		w.id = uuid;
	}
	r = office_read_file(w.file, XGW_XML_MAX, &data, &len);
	if (r) {
		fprintf(stderr, "xausl: %s: %s\n", w.file, r < 0 ? strerrordesc_np(-r) : "larger than 64 MiB");
		return XAUSL_EXIT_USAGE;
	}
	r = office_open(&o, w.client);
	if (r)
		return r;
	r = submit(&o, &w, data, len);
	office_close(&o);
	return r;
}
