/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch - closes connections that are slower than the limits allow
 *
 * libmicrohttpd's own time-out starts anew with every octet, so that one octet per half minute
 * holds a connection for ever.  A thread looks at all connections a few times per idle_ms and shuts
 * the socket of those that overrun; the library then closes it in its own way.  A connection is
 * taken off the list, under the lock, before its descriptor is closed: no other socket is ever hit.
 */
#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "transport/server_priv.h"

static bool overdue(const struct watch *w, struct conn *c, int64_t now)
{
	const struct osci_limits *l = w->limits;

	switch (c->state) {
	case CONN_HEAD:
		return now - c->since > (int64_t)l->idle_ms;
	case CONN_ANSWER:
		return now - c->since > (int64_t)l->total_ms;
	case CONN_WORK:
		return false;
	case CONN_BODY:
		break;
	}
	if (now - c->since > (int64_t)l->total_ms)
		return true;
	if (now - c->window_start < (int64_t)l->idle_ms)
		return false;
	if ((uint64_t)(c->octets - c->window_octets) * 1000 < (uint64_t)l->min_rate * (uint64_t)(now - c->window_start))
		return true;
	c->window_start = now;
	c->window_octets = c->octets;
	return false;
}

static void *watch_main(void *arg)
{
	struct watch *w = arg;
	int64_t slice = w->limits->idle_ms / 4 + 1;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		int64_t now = osci_clock_mono_ms();
		struct timespec until;
		struct conn *c;

		for (c = w->first; c; c = c->next)
			if (overdue(w, c, now))
				shutdown(c->fd, SHUT_RDWR);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += slice / 1000;
		until.tv_nsec += slice % 1000 * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&w->wake, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int watch_start(struct watch *w, const struct osci_limits *limits)
{
	pthread_condattr_t attr;
	int r;

	w->limits = limits;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&w->thread, NULL, watch_main, w);
	w->running = r == 0;
	return -r;
}

void watch_stop(struct watch *w)
{
	if (w->running) {
		pthread_mutex_lock(&w->lock);
		w->stop = true;
		pthread_cond_signal(&w->wake);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
		w->running = false;
	}
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

void watch_add(struct watch *w, struct conn *c)
{
	c->state = CONN_HEAD;
	c->since = osci_clock_mono_ms();
	pthread_mutex_lock(&w->lock);
	c->next = w->first;
	c->link = &w->first;
	if (c->next)
		c->next->link = &c->next;
	w->first = c;
	pthread_mutex_unlock(&w->lock);
}

void watch_remove(struct watch *w, struct conn *c)
{
	pthread_mutex_lock(&w->lock);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	pthread_mutex_unlock(&w->lock);
}

void watch_state(struct watch *w, struct conn *c, enum conn_state state)
{
	pthread_mutex_lock(&w->lock);
	c->state = state;
	c->since = c->window_start = osci_clock_mono_ms();
	c->octets = c->window_octets = 0;
	pthread_mutex_unlock(&w->lock);
}

void watch_octets(struct watch *w, struct conn *c, size_t n)
{
	pthread_mutex_lock(&w->lock);
	c->octets += n;
	pthread_mutex_unlock(&w->lock);
}

unsigned watch_count(struct watch *w, const struct address *a)
{
	const struct conn *c;
	unsigned n = 0;

	pthread_mutex_lock(&w->lock);
	for (c = w->first; c; c = c->next)
		if (address_equal(&c->address, a))
			n++;
	pthread_mutex_unlock(&w->lock);
	return n;
}
