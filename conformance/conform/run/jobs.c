/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs - several cases at the same time, each by one thread with a world of its own
 *
 * Long ones begin first, so that none is left over at the end; one at a time they go in the order of the files, in which they stand
 * in the result.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "run/run.h"

struct pool {
	const struct cf_run_conf *conf;
	const struct cf_job *jobs;
	struct cf_result *r;
	struct osci_err *err;
	size_t *order; /* places of jobs, in the order in which they begin */
	size_t n, next, done;
	size_t begun, unset; /* cases that got a world, and that did not */
	bool given_up;
	char why[256]; /* the first that did not */
	int error;
	pthread_mutex_t lock;
};

static unsigned weight(const struct cf_job *j)
{
	unsigned w = j->c->n_steps;

	for (size_t i = 0; i < j->c->steps.n; i++)
		if (j->c->steps.list[i].kind == CF_BULK)
			w += j->c->steps.list[i].bulk.requests;
	return w;
}

/* A case that could be set up has its steps in the result. */
static void count(struct pool *p, const struct cf_result_case *c)
{
	if (c->n_steps) {
		p->begun++;
	} else if (c->verdict == CF_SETUP_ERROR && !p->unset++) {
		snprintf(p->why, sizeof(p->why), "%s", c->reason ? c->reason : "");
	}
	p->given_up = !p->begun && p->unset >= CF_GIVE_UP;
}

static bool stopped(const struct pool *p)
{
	return p->conf->stop && *p->conf->stop;
}

static void *work(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->error && !p->given_up && p->next < p->n && !stopped(p)) {
		size_t at = p->order[p->next++];
		struct cf_result_case *c;

		pthread_mutex_unlock(&p->lock);
		c = cf_run_case(p->conf, &p->jobs[at], at + 1);
		pthread_mutex_lock(&p->lock);
		p->done++;
		if (!c) {
			p->error = -ENOMEM;
			break;
		}
		count(p, c);
		if (p->conf->progress)
			p->conf->progress(p->conf->arg, c, p->done, p->n);
		if (cf_result_take(p->r, at, &c, p->err))
			p->error = -ENOMEM;
		cf_result_case_freep(&c);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Those that were not begun: each is in the report. */
static int rest(struct pool *p)
{
	const char *why = p->given_up ? "not carried out: the run was given up" : "not carried out: the run was ended before";

	while (!p->error && p->next < p->n) {
		size_t at = p->order[p->next++];
		struct cf_result_case *c = cf_run_not(p->conf, &p->jobs[at], why);

		if (!c || cf_result_take(p->r, at, &c, p->err))
			p->error = -ENOMEM;
		cf_result_case_freep(&c);
	}
	if (!p->error && p->given_up)
		return osci_fail(p->err, OSCI_E_STATE, NULL, NULL,
				 "given up, as none of the first %zu cases could be set up: %s", p->unset, p->why);
	return p->error;
}

static int heavier(const void *a, const void *b, void *jobs)
{
	const size_t *x = a, *y = b;
	unsigned wx = weight((const struct cf_job *)jobs + *x), wy = weight((const struct cf_job *)jobs + *y);

	return wx != wy ? (wx > wy ? -1 : 1) : *x < *y ? -1 : *x > *y;
}

int cf_run_jobs(const struct cf_run_conf *conf, const struct cf_job *jobs, size_t n, struct cf_result *r,
		struct osci_err *err)
{
	struct pool p = { .conf = conf, .jobs = jobs, .r = r, .err = err, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER };
	_cleanup_(osci_freep) size_t *order = calloc(n + 1, sizeof(*order));
	pthread_t threads[CF_JOBS_MAX];
	unsigned started = 0, wanted = conf->jobs < CF_JOBS_MAX ? conf->jobs : CF_JOBS_MAX;

	if (!order)
		return -ENOMEM;
	p.order = order;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	if (wanted > 1)
		qsort_r(order, n, sizeof(*order), heavier, (void *)jobs);
	while (started < wanted && started < n && !pthread_create(&threads[started], NULL, work, &p))
		started++;
	if (!started && n)
		p.error = osci_fail(err, -EAGAIN, NULL, NULL, "no thread could be started");
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&p.lock);
	return rest(&p);
}
