/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemons - the three processes of a case: start, restart, end
 *
 * The intermediary comes first and says its port, the partner and the gateway then start side by side.  Ports are written
 * into the configurations afterwards, so that a process that comes back has the same.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "world/priv.h"

#define READY_MAX 512

static const char *const names[] = { [CF_GATEWAY] = "gateway", [CF_INTERMEDIARY] = "intermediary", [CF_PARTNER] = "partner" };
static const enum cf_program programs[] = {
	[CF_GATEWAY] = CF_PROG_GATEWAY,
	[CF_INTERMEDIARY] = CF_PROG_INTERMEDIARY,
	[CF_PARTNER] = CF_PROG_PARTNER,
};

bool cf_daemon_ours(const struct cf_world *w, enum cf_what what)
{
	return w->foreign != CF_FOREIGN_STACK && (what != CF_GATEWAY || w->foreign != CF_FOREIGN_GATEWAY);
}

static int paths(struct cf_world *w, enum cf_what what)
{
	struct cf_daemon *d = &w->daemons[what];

	if (asprintf(&d->config, "%s/%s.yaml", w->dir, names[what]) < 0 ||
	    asprintf(&d->log, "%s/%s.log", w->dir, names[what]) < 0 ||
	    asprintf(&d->ready, "%s/%s.ready", w->dir, names[what]) < 0 ||
	    (what != CF_GATEWAY && asprintf(&d->faults, "%s/%s.faults", w->dir, names[what]) < 0))
		return -ENOMEM;
	osci_buf_init(&d->rest, CF_LOG_LINE_MAX);
	osci_buf_init(&d->rules, CF_FAULT_FILE_MAX);
	d->p = (struct cf_process){
		.name = names[what],
		.program = w->site->programs[programs[what]],
		.dir = w->dir,
		.env = w->site->env,
		.log = d->log,
		.ready = d->ready,
		.ready_ms = w->site->ready_ms,
	};
	return 0;
}

static void arguments(const struct cf_world *w, struct cf_daemon *d, enum cf_what what)
{
	const char **a = d->p.argv + 1;

	*a++ = "--config";
	*a++ = d->config;
	*a++ = "--clock-file";
	*a++ = w->clock_path;
	*a++ = what == CF_INTERMEDIARY ? "--port-file" : "--ready-file";
	*a++ = d->ready;
	if (d->faults) {
		*a++ = "--faults";
		*a++ = d->faults;
	}
	if (what == CF_PARTNER && w->preload) {
		*a++ = "--preload";
		*a++ = w->preload;
	}
	if (what == CF_GATEWAY && w->foreign == CF_FOREIGN_OFFICE) {
		*a++ = "--first-delivery";
		*a++ = w->first_delivery;
	}
	*a = NULL;
}

/* --- ports --------------------------------------------------------------- */

int cf_port_free(unsigned *port, struct osci_err *err)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
	socklen_t size = sizeof(a);
	int one = 1, fd, r = 0;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, NULL, "no socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || getsockname(fd, (struct sockaddr *)&a, &size) < 0)
		r = osci_fail(err, OSCI_E_STATE, NULL, NULL,
			      "port %u of 127.0.0.1 is in use by another program, or not allowed; end that program or choose "
			      "another port", *port);
	else
		*port = ntohs(a.sin_port);
	close(fd);
	return r;
}

/* A port asked for is looked at before, so that the text can say what is wrong. */
static int asked_for(unsigned port, const char *whose, struct osci_err *err)
{
	int r = port ? cf_port_free(&port, err) : 0;

	return r ? osci_fail(err, r, NULL, whose, "port %u is in use by another program, or not allowed", port) : 0;
}

/* The text of a ready file without its line end. */
static int ready_text(const struct cf_daemon *d, char *out, size_t size, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(16 * READY_MAX);
	int r = osci_file_read(d->ready, READY_MAX, false, &text, err);

	if (!r)
		snprintf(out, size, "%.*s", (int)strcspn((const char *)text.data, "\n"), (const char *)text.data);
	return r;
}

static int learn_port(struct cf_world *w, struct osci_err *err)
{
	char text[64];
	uint64_t port;
	int r = ready_text(&w->daemons[CF_INTERMEDIARY], text, sizeof(text), err);

	if (!r && (osci_parse_u64(text, strlen(text), 65535, &port) || !port))
		r = osci_fail(err, OSCI_E_STATE, NULL, "intermediary", "its port file does not hold a port");
	if (r)
		return r;
	w->im_port = (unsigned)port;
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/osci", w->im_port);
	return cf_config_intermediary(w, err);
}

static int learn_endpoint(struct cf_world *w, struct osci_err *err)
{
	int r = ready_text(&w->daemons[CF_GATEWAY], w->endpoint, sizeof(w->endpoint), err);

	return r ? r : cf_config_gateway(w, err);
}

/* --- start and end ------------------------------------------------------- */

static int preload_path(const struct cf_world *w, char **ret)
{
	if (asprintf(ret, "%s/inge.json", w->dir) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	if (access(*ret, R_OK) != 0) {
		free(*ret);
		*ret = NULL;
	}
	return 0;
}

static int prepare(struct cf_world *w, struct osci_err *err)
{
	int r = asked_for(w->im_port, "intermediary", err);

	if (!r)
		r = asked_for(w->bus_port, "gateway", err);
	for (unsigned i = 0; !r && i < 3; i++) {
		r = paths(w, i);
		if (!r && w->daemons[i].faults)
			r = cf_rule_add(w, i, NULL, (struct cf_rule){ 0 }, err);
	}
	/* A vendor's software meets a new gateway in each case and passes over ids it has: real time never comes again. */
	snprintf(w->first_delivery, sizeof(w->first_delivery), "%lld", (long long)time(NULL) * 1000);
	if (!r)
		r = preload_path(w, &w->preload);
	for (unsigned i = 0; !r && i < 3; i++)
		arguments(w, &w->daemons[i], i);
	return r;
}

int cf_daemons_start(struct cf_world *w, struct osci_err *err)
{
	struct cf_process *im = &w->daemons[CF_INTERMEDIARY].p, *gw = &w->daemons[CF_GATEWAY].p,
			  *sim = &w->daemons[CF_PARTNER].p;
	bool ours = cf_daemon_ours(w, CF_GATEWAY);
	int r = prepare(w, err);

	if (!r)
		r = cf_process_start(im, err);
	if (!r)
		r = cf_process_ready(im, err);
	if (!r)
		r = learn_port(w, err);
	snprintf(w->endpoint, sizeof(w->endpoint), "tcp://127.0.0.1:%u", w->bus_port);
	if (!r)
		r = cf_config_partner(w, err);
	if (!r && ours)
		r = cf_config_gateway(w, err);
	if (!r)
		r = cf_process_start(sim, err);
	if (!r && ours)
		r = cf_process_start(gw, err);
	if (!r)
		r = cf_process_ready(sim, err);
	if (!r && ours)
		r = cf_process_ready(gw, err);
	return !r && ours ? learn_endpoint(w, err) : r;
}

int cf_daemon_restart(struct cf_world *w, enum cf_what what, enum cf_how how, struct osci_err *err)
{
	struct cf_process *p = &w->daemons[what].p;
	int r;

	if (!cf_daemon_ours(w, what))
		return osci_fail(err, OSCI_E_STATE, NULL, names[what], "is not ours and cannot be restarted by the runner");
	(void)cf_process_dead(p);
	if (p->died) /* by itself, before: it stays on record */
		(void)json_decref(cf_world_deaths(w));
	cf_process_end(p, how == CF_KILL);
	r = cf_process_start(p, err);
	return r ? r : cf_process_ready(p, err);
}

void cf_daemons_end(struct cf_world *w)
{
	static const enum cf_what order[] = { CF_GATEWAY, CF_PARTNER, CF_INTERMEDIARY };

	for (unsigned i = 0; i < 3; i++) {
		struct cf_daemon *d = &w->daemons[order[i]];

		if (d->p.program)
			cf_process_end(&d->p, false);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct cf_daemon *d = &w->daemons[i];

		free(d->config);
		free(d->log);
		free(d->ready);
		free(d->faults);
		osci_buf_free(&d->rest);
		osci_buf_free(&d->rules);
	}
}

static void note_death(struct cf_world *w, enum cf_what what)
{
	struct cf_process *p = &w->daemons[what].p;
	char how[64], line[256];

	if (!p->program || !cf_process_dead(p))
		return;
	cf_process_status(p->status, how, sizeof(how));
	cf_process_last_line(p, line, sizeof(line));
	p->died = false;
	json_array_append_new(w->deaths, json_pack("{s:s, s:s, s:s}", "what", names[what], "how", how, "log", line));
}

json_t *cf_world_deaths(struct cf_world *w)
{
	for (unsigned i = 0; i < 3; i++)
		note_death(w, i);
	return json_deep_copy(w->deaths);
}
