/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl answers, xausl status - what the gateway has for the office
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/office.h"

#define DEFAULT_WAIT_MS 1000

static const char help_answers[] =
	"usage: xausl answers --client FILE [--wait DURATION] [--xml-dir DIR] [--keep] [--json]\n"
	"\n"
	"Shows the answers that wait for the office, oldest first, and acknowledges each after it was shown\n"
	"(and stored, with --xml-dir).  What is not acknowledged is offered again.\n"
	"\n"
	"  --client FILE    configuration of the client: endpoint, keys, office\n"
	"  --wait DURATION  how long to wait for the next answer (default 1s)\n"
	"  --xml-dir DIR    write the verified XML of each answer to DIR/DELIVERY.xml before acknowledging it\n"
	"  --keep           do not acknowledge: look only\n"
	"  --json           one JSON object per line\n"
	"\n"
	"Exit status: 0, also if there was none; 1 an answer could not be stored; 2 usage; 3 bus not reached.\n";

static const char help_status[] =
	"usage: xausl status --client FILE [--json] ID\n"
	"\n"
	"Shows how far the request with the office's own ID has come.\n"
	"Exit status: 0 shown, 1 no such request, 2 usage, 3 bus not reached.\n";

/* DIR/NAME.xml, new, synced; the name is the gateway's id of the delivery and checked here. */
static int store_xml(const char *dir, const struct xgw_delivery *d)
{
	char name[320];
	int dirfd, fd, r = 0;

	if (!osci_id_ok(d->id, strlen(d->id), 256) || strchr(d->id, '/') || d->id[0] == '.')
		return -EINVAL;
	snprintf(name, sizeof(name), "%s.xml", d->id);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -errno;
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = -errno;
	} else {
		size_t done = 0;

		while (!r && done < d->xml_len) {
			ssize_t n = write(fd, d->xml + done, d->xml_len - done);

			if (n < 0)
				r = -errno;
			else
				done += (size_t)n;
		}
		if (!r && (fsync(fd) < 0 || fsync(dirfd) < 0))
			r = -errno;
		close(fd);
	}
	close(dirfd);
	return r;
}

static int take(struct office *o, const struct xgw_delivery *d, const char *dir, bool keep, bool json, struct osci_err *err)
{
	int r;

	if (dir && d->xml) {
		r = store_xml(dir, d);
		if (r) {
			fprintf(stderr, "xausl: %s: cannot store the answer: %s\n", dir, strerrordesc_np(-r));
			return XAUSL_EXIT_REFUSED;
		}
	}
	if (json) {
		puts(d->json);
	} else {
		json_t *j = json_loads(d->json, 0, NULL);

		if (j)
			show_delivery(stdout, j);
		json_decref(j);
	}
	fflush(stdout);
	if (keep)
		return XAUSL_EXIT_DONE;
	return xgw_client_ack(o->client, d->id, OFFICE_TIMEOUT_MS, err) ? XAUSL_EXIT_BUS : XAUSL_EXIT_DONE;
}

static int answers(const char *client, const char *dir, int wait_ms, bool keep, bool json)
{
	struct osci_err err = { .code = 0 };
	struct office o;
	char text[512];
	bool some = false;
	int r, status;

	status = office_open(&o, client);
	while (!status) {
		struct xgw_delivery d;

		r = xgw_client_receive(o.client, wait_ms, &d, &err);
		if (r == OSCI_E_EMPTY)
			break;
		status = r ? XAUSL_EXIT_BUS : take(&o, &d, dir, keep, json, &err);
		if (!r)
			xgw_delivery_clear(&d);
		some = true;
		if (status == XAUSL_EXIT_BUS)
			fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
	}
	if (!status && !some)
		fprintf(stderr, "xausl: no answer waits\n");
	office_close(&o);
	return status;
}

int cmd_answers(int argc, char **argv)
{
	static const struct option options[] = {
		{ "client", required_argument, NULL, 'c' }, { "wait", required_argument, NULL, 'w' },
		{ "xml-dir", required_argument, NULL, 'x' }, { "keep", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },	    { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *client = NULL, *dir = NULL;
	int c, wait_ms = DEFAULT_WAIT_MS;
	bool keep = false, json = false;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': client = optarg; break;
		case 'x': dir = optarg; break;
		case 'k': keep = true; break;
		case 'j': json = true; break;
		case 'w':
			if (!office_duration(optarg, &wait_ms)) {
				fprintf(stderr, "xausl answers: --wait: not a duration such as 30s\n");
				return XAUSL_EXIT_USAGE;
			}
			break;
		case 'h': fputs(help_answers, stdout); return XAUSL_EXIT_DONE;
		default: fprintf(stderr, "try: xausl answers --help\n"); return XAUSL_EXIT_USAGE;
		}
	}
	if (!client || optind != argc) {
		fprintf(stderr, "xausl answers: --client FILE is needed and nothing else expected; try: xausl answers --help\n");
		return XAUSL_EXIT_USAGE;
	}
	return answers(client, dir, wait_ms, keep, json);
}

static void show_state(const char *text)
{
	static const char *const members[] = { "request", "message", "state", "since", "uuid", "attempts", "last_error" };
	json_t *j = json_loads(text, 0, NULL);
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *v = json_object_get(j, members[i]);

		if (json_is_string(v))
			printf("%-11s %s\n", members[i], json_string_value(v));
		else if (json_is_integer(v))
			printf("%-11s %lld\n", members[i], (long long)json_integer_value(v));
	}
	json_decref(j);
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "client", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
	};
	struct osci_err err = { .code = 0 };
	const char *client = NULL;
	char *state = NULL, text[512];
	struct office o;
	bool json = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': client = optarg; break;
		case 'j': json = true; break;
		case 'h': fputs(help_status, stdout); return XAUSL_EXIT_DONE;
		default: fprintf(stderr, "try: xausl status --help\n"); return XAUSL_EXIT_USAGE;
		}
	}
	if (!client || argc - optind != 1) {
		fprintf(stderr, "xausl status: --client FILE and one ID are needed; try: xausl status --help\n");
		return XAUSL_EXIT_USAGE;
	}
	r = office_open(&o, client);
	if (r)
		return r;
	r = xgw_client_status(o.client, argv[optind], OFFICE_TIMEOUT_MS, &state, &err);
	if (!r && json)
		puts(state);
	else if (!r)
		show_state(state);
	else
		fprintf(stderr, "xausl: %s\n",
			r == OSCI_E_EMPTY ? "the gateway knows no such request" : osci_err_text(&err, text, sizeof(text)));
	free(state);
	office_close(&o);
	return !r ? XAUSL_EXIT_DONE : r == OSCI_E_EMPTY ? XAUSL_EXIT_REFUSED : XAUSL_EXIT_BUS;
}
