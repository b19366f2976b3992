/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool - worker threads for the handlers of the HTTP server
 *
 * A handler does RSA operations and writes to a journal, which takes milliseconds and more; the
 * thread that moves octets of all connections must not wait for it.  Jobs run in the order of
 * their arrival.  Their number is bounded by the number of connections.
 */
#include <errno.h>

#include "transport/server_priv.h"

static struct job *take(struct pool *p)
{
	struct job *job;

	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->stop)
		pthread_cond_wait(&p->wake, &p->lock);
	job = p->stop ? NULL : p->first;
	if (job) {
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

static void *worker_main(void *arg)
{
	struct pool *p = arg;
	struct job *job;

	while ((job = take(p))) {
		job->status = p->handler(p->arg, &job->request, &job->reply);
		job->request.body = osci_blob_unref(job->request.body);
		job->done = true; /* seen by the other thread after the resume, which synchronises */
		MHD_resume_connection(job->connection);
	}
	return NULL;
}

int pool_start(struct pool *p, unsigned threads, osci_http_handler *handler, void *arg)
{
	int r = 0;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->last = &p->first;
	p->handler = handler;
	p->arg = arg;
	while (p->n_threads < threads && r == 0) {
		r = pthread_create(&p->threads[p->n_threads], NULL, worker_main, p);
		if (r == 0)
			p->n_threads++;
	}
	return -r;
}

void pool_add(struct pool *p, struct job *job)
{
	bool late;

	job->next = NULL;
	job->queued = true;
	pthread_mutex_lock(&p->lock);
	late = p->stop;
	if (!late) {
		*p->last = job;
		p->last = &job->next;
		pthread_cond_signal(&p->wake);
	}
	pthread_mutex_unlock(&p->lock);
	if (late) {
		job->status = -ECANCELED;
		job->done = true;
		MHD_resume_connection(job->connection);
	}
}

void pool_stop(struct pool *p)
{
	struct job *job;
	unsigned i;

	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	p->n_threads = 0;
	for (job = p->first; job; job = p->first) {
		p->first = job->next;
		job->status = -ECANCELED;
		job->done = true;
		MHD_resume_connection(job->connection);
	}
	p->last = &p->first;
	/* The lock stays: a connection may still ask to be queued until the daemon has stopped. */
}
