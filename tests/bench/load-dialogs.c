/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-dialogs - many dialogs open at once
 *
 * One thread per client.  They wait for each other twice: when all dialogs are open, and when the even ones have stored
 * a delivery for their neighbour; so every dialog is open while every other one is.  Then the odd ones fetch; each
 * asks for process cards and ends its dialog.  Whatever is not answered as it should be ends the program.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "load.h"

#define STACK_SIZE ((size_t)512 * 1024)

struct crowd {
	const struct load_opts *opts;
	struct load *people;
	pthread_barrier_t barrier;
	atomic_uint stored, fetched, empty, cards;
};

struct member {
	struct crowd *crowd;
	unsigned long number;
	pthread_t thread;
	struct osci_http *http;
	struct osci_client *client;
};

/* One order; the answer's last feedback has to be @good or @other. */
static struct osci_message *order(struct member *m, struct osci_draft *draft, const char *good, const char *other)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	struct osci_stream *stream = NULL;
	struct osci_message *got = NULL;
	struct osci_err err = { 0 };
	const char *verdict;

	if (osci_client_request_stream(m->client, draft, &stream, &err) ||
	    osci_http_exchange_stream(m->http, m->crowd->opts->url, stream, NULL, &answer, &err) ||
	    osci_client_answer_blob(m->client, answer, load_now(), &got, &err))
		load_fail(&err, "client %lu, %s", m->number, osci_type_name(draft->type));
	verdict = osci_message_verdict(got);
	if (strcmp(verdict, good) != 0 && (!other || strcmp(verdict, other) != 0))
		load_fail(NULL, "client %lu, %s: answered %s", m->number, osci_type_name(draft->type), verdict);
	return got;
}

static void simple(struct member *m, enum osci_type type, const char *good)
{
	struct osci_draft draft = { .type = type };
	struct osci_message *got = order(m, &draft, good, NULL);

	osci_message_freep(&got);
}

static void store(struct member *m, const struct load *me, const struct load *to)
{
	const struct osci_content_draft content = { .data = "<load/>", .len = 7 };
	const struct osci_author_draft author = { me->sign, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = { osci_key_cert(to->cipher), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = {
		.contents = &content, .n_contents = 1, .authors = &author, .n_authors = 1, .readers = &reader, .n_readers = 1,
	};
	struct osci_draft draft = { .type = OSCI_GET_MESSAGE_ID };
	struct osci_message *got = order(m, &draft, "0801", NULL);
	struct osci_package *package = NULL;
	struct osci_err err = { 0 };
	struct osci_message *stored;

	if (!got->message_id || osci_package_new(&package, &container, 1, NULL, &err))
		load_fail(&err, "client %lu: content cannot be written", m->number);
	draft = (struct osci_draft){
		.type = OSCI_STORE_DELIVERY, .message_id = got->message_id, .package = package->xml,
		.package_len = package->len, .has_package = true, .certs = package->certs, .n_certs = package->n_certs,
	};
	stored = order(m, &draft, "0801", NULL);
	osci_message_freep(&stored);
	osci_message_freep(&got);
	osci_package_freep(&package);
	atomic_fetch_add(&m->crowd->stored, 1);
}

static void fetch(struct member *m)
{
	struct osci_draft draft = { .type = OSCI_FETCH_DELIVERY };
	struct osci_message *got = order(m, &draft, "0801", "9803");

	atomic_fetch_add(got->has_content ? &m->crowd->fetched : &m->crowd->empty, 1);
	osci_message_freep(&got);
}

static void cards(struct member *m)
{
	struct osci_draft draft = { .type = OSCI_FETCH_PROCESS_CARD,
				    .selection = { .kind = OSCI_SELECT_RECENT, .time = "2000-01-01T00:00:00Z", .limit = 5 } };
	struct osci_message *got = order(m, &draft, "0801", "9804");

	atomic_fetch_add(&m->crowd->cards, (unsigned)got->n_cards);
	osci_message_freep(&got);
}

static void *live(void *arg)
{
	struct member *m = arg;
	struct crowd *c = m->crowd;
	const struct load *me = &c->people[m->number % c->opts->people];
	const struct load *next = &c->people[(m->number + 1) % c->opts->people];
	const struct osci_http_conf http = { .limits = &me->limits };
	struct osci_err err = { 0 };

	if (osci_http_new(&m->http, &http, &err) || osci_client_new(&m->client, &me->conf))
		load_fail(&err, "client %lu cannot begin", m->number);
	simple(m, OSCI_INIT_DIALOG, "0801");
	pthread_barrier_wait(&c->barrier);
	if (m->number % 2 == 0)
		store(m, me, next);
	pthread_barrier_wait(&c->barrier);
	if (m->number % 2)
		fetch(m);
	cards(m);
	simple(m, OSCI_EXIT_DIALOG, "0800");
	osci_client_freep(&m->client);
	osci_http_freep(&m->http);
	return NULL;
}

void load_dialogs(const struct load_opts *o)
{
	struct crowd c = { .opts = o, .people = calloc(o->people, sizeof(struct load)) };
	struct member *members = calloc(o->count, sizeof(*members));
	double start = load_seconds();
	pthread_attr_t attr;
	unsigned long i;
	char name[256];

	if (!c.people || !members || !o->people || pthread_barrier_init(&c.barrier, NULL, (unsigned)o->count) ||
	    pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK_SIZE))
		load_fail(NULL, "cannot begin");
	for (i = 0; i < o->people; i++) {
		snprintf(name, sizeof(name), "%s%lu", o->as ? o->as : "", i);
		load_open(&c.people[i], o, name);
	}
	for (i = 0; i < o->count; i++) {
		members[i] = (struct member){ .crowd = &c, .number = i };
		if (pthread_create(&members[i].thread, &attr, live, &members[i]))
			load_fail(NULL, "client %lu cannot begin", i);
	}
	for (i = 0; i < o->count; i++)
		pthread_join(members[i].thread, NULL);
	printf("{\"load\":\"dialogs\",\"count\":%lu,\"stored\":%u,\"fetched\":%u,\"empty\":%u,\"cards\":%u,", o->count,
	       atomic_load(&c.stored), atomic_load(&c.fetched), atomic_load(&c.empty), atomic_load(&c.cards));
	load_print_cost(start);
	puts("}");
	pthread_attr_destroy(&attr);
	pthread_barrier_destroy(&c.barrier);
	for (i = 0; i < o->people; i++)
		load_close(&c.people[i]);
	free(c.people);
	free(members);
}
