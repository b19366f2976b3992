/* SPDX-License-Identifier: Apache-2.0 */
/* refresh - the thread that reads lists and asks responders; it may log, the orders' core does not */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <osci/http.h>
#include "base/buf.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "intermediary/refresh.h"

#define OCSP_TIME_MS 10000 /* for one request */

struct asked {
	struct osci_cert *cert; /* NULL = free */
	size_t responder;
	int64_t seen, due;      /* ms */
};

struct list {
	struct stat st;
	bool bad;
};

struct im_refresh {
	struct im_refresh_conf conf;
	struct osci_http *http;
	struct list *lists;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool stop, hurry;     /* hurry: a certificate that was never asked for */
	struct asked certs[IM_REFRESH_CERTS];
	size_t next;          /* where the search for one that is due goes on: each has its turn */
	struct im_refresh_figures figures;
};

int im_refresh_read_crl(const struct im_refresh_conf *conf, const char *path, int64_t now, struct osci_err *err)
{
	return osci_revocation_add_crl_file(conf->rev, conf->trust, path, now / 1000, err);
}

static void read_list(struct im_refresh *r, size_t i)
{
	const char *path = r->conf.crls[i];
	struct list *l = &r->lists[i];
	struct osci_err err = { 0 };
	struct stat st = { 0 };
	bool bad;

	/* First the look, then the reading: what changes in between is read once more. */
	stat(path, &st);
	if (st.st_ino && st.st_ino == l->st.st_ino && st.st_size == l->st.st_size && st.st_mtim.tv_sec == l->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == l->st.st_mtim.tv_nsec)
		return;
	bad = im_refresh_read_crl(&r->conf, path, osci_clock_ms(r->conf.clock), &err);
	if (bad && (st.st_ino || !l->bad)) /* a missing one is reported once */
		osci_log_err(OSCI_LOG_ERROR, "crl-refused", &err, "file", path, NULL);
	else if (!bad)
		osci_log(OSCI_LOG_INFO, "crl-read", "file", path, NULL);
	l->st = st;
	l->bad = bad;
}

static void read_lists(struct im_refresh *r)
{
	size_t bad = 0;

	for (size_t i = 0; i < r->conf.n_crls; i++) {
		read_list(r, i);
		bad += r->lists[i].bad;
	}
	pthread_mutex_lock(&r->lock);
	r->figures.crls_bad = bad;
	pthread_mutex_unlock(&r->lock);
}

/* --- responders --------------------------------------------------------- */

static int ask(struct im_refresh *r, const struct im_responder *responder, struct osci_cert *cert, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *request = NULL, *answer = NULL;
	unsigned char nonce[OSCI_OCSP_NONCE], *n = responder->nonce ? nonce : NULL;
	size_t len, answer_len;
	int res = osci_ocsp_request(&request, &len, r->conf.trust, cert, n, responder->sha1_id ? OSCI_OCSP_SHA1_ID : 0, err);

	if (!res)
		res = osci_http_exchange(r->http, responder->url, request, len, &answer, &answer_len, err);
	if (!res)
		res = osci_revocation_ocsp_response(r->conf.rev, r->conf.trust, cert, n, answer, answer_len,
						    osci_clock_ms(r->conf.clock) / 1000, NULL, err);
	return res;
}

/* The next certificate that is due, with a reference; NULL if none is. */
static struct osci_cert *next_due(struct im_refresh *r, size_t *ret_responder)
{
	int64_t now = osci_clock_mono_ms();

	for (size_t i = 0; i < IM_REFRESH_CERTS; i++) {
		struct asked *a = &r->certs[r->next];

		r->next = (r->next + 1) % IM_REFRESH_CERTS;
		if (!a->cert || a->due > now)
			continue;
		a->due = now + r->conf.interval_ms;
		*ret_responder = a->responder;
		return osci_cert_ref(a->cert);
	}
	r->hurry = false;
	return NULL;
}

static void retry_soon(struct im_refresh *r, const struct osci_cert *cert)
{
	for (size_t i = 0; i < IM_REFRESH_CERTS; i++)
		if (r->certs[i].cert && osci_cert_equal(r->certs[i].cert, cert))
			r->certs[i].due = osci_clock_mono_ms() + IM_REFRESH_RETRY_MS;
}

/* For a while only: lists are read in between, however long responders take. */
static void ask_responders(struct im_refresh *r)
{
	int64_t end = osci_clock_mono_ms() + IM_REFRESH_SECONDS * 1000;
	struct osci_cert *cert;
	size_t which;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && osci_clock_mono_ms() < end && (cert = next_due(r, &which))) {
		struct osci_err err = { 0 };
		int res;

		pthread_mutex_unlock(&r->lock);
		res = ask(r, &r->conf.responders[which], cert, &err);
		if (res)
			osci_log_err(OSCI_LOG_WARN, "ocsp-failed", &err, "url", r->conf.responders[which].url,
				     "certificate", osci_cert_sha256(cert), NULL);
		pthread_mutex_lock(&r->lock);
		r->figures.asked++;
		r->figures.failed += res != 0;
		if (res)
			retry_soon(r, cert);
		osci_cert_unref(cert);
	}
	pthread_mutex_unlock(&r->lock);
}

void im_refresh_seen(void *arg, struct osci_cert *cert)
{
	struct im_refresh *r = arg;
	struct asked *place = NULL;
	size_t which = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < IM_REFRESH_CERTS; i++) {
		struct asked *a = &r->certs[i];

		if (a->cert && osci_cert_equal(a->cert, cert)) {
			a->seen = osci_clock_mono_ms();
			pthread_mutex_unlock(&r->lock);
			return;
		}
		if (!place || (place->cert && (!a->cert || a->seen < place->seen)))
			place = a;
	}
	while (which < r->conf.n_responders && !osci_cert_issued(r->conf.responders[which].issuer, cert))
		which++;
	if (which == r->conf.n_responders) {
		pthread_mutex_unlock(&r->lock);
		return;
	}
	osci_cert_unrefp(&place->cert);
	*place = (struct asked){ osci_cert_ref(cert), which, osci_clock_mono_ms(), 0 };
	r->hurry = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

static void *run(void *arg)
{
	struct im_refresh *r = arg;
	struct timespec until;

	for (;;) {
		ask_responders(r);
		pthread_mutex_lock(&r->lock);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += IM_REFRESH_SECONDS;
		while (!r->stop && !r->hurry && pthread_cond_timedwait(&r->wake, &r->lock, &until) != ETIMEDOUT)
			;
		if (r->stop) {
			pthread_mutex_unlock(&r->lock);
			return NULL;
		}
		pthread_mutex_unlock(&r->lock);
		read_lists(r);
	}
}

void im_refresh_figures(struct im_refresh *r, struct im_refresh_figures *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->figures;
	ret->certs = 0;
	for (size_t i = 0; i < IM_REFRESH_CERTS; i++)
		ret->certs += r->certs[i].cert != NULL;
	pthread_mutex_unlock(&r->lock);
}

static int open_http(struct im_refresh *r, struct osci_err *err)
{
	struct osci_limits limits;

	osci_limits_default(&limits);
	limits.http_body = OSCI_OCSP_MAX;
	limits.total_ms = limits.connect_ms = OCSP_TIME_MS;
	return osci_http_new(&r->http, &(struct osci_http_conf){ .limits = &limits, .ca_file = r->conf.ca_file,
								 .proxy = r->conf.proxy,
								 .content_type = "application/ocsp-request" }, err);
}

int im_refresh_start(struct im_refresh **ret, const struct im_refresh_conf *conf, struct osci_err *err)
{
	struct im_refresh *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;
	int res = 0;

	*ret = NULL;
	if (!r)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for revocation checks");
	r->conf = *conf;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	r->lists = calloc(conf->n_crls ? conf->n_crls : 1, sizeof(*r->lists));
	if (!r->lists)
		res = osci_fail(err, -ENOMEM, NULL, NULL, "no memory for revocation checks");
	if (!res && conf->n_responders)
		res = open_http(r, err);
	if (!res) {
		read_lists(r);
		res = -pthread_create(&r->thread, NULL, run, r);
		r->running = !res;
		if (res)
			osci_fail(err, res, NULL, NULL, "no thread for revocation checks");
	}
	if (res)
		im_refresh_stopp(&r);
	*ret = r;
	return res;
}

void im_refresh_stopp(struct im_refresh **pr)
{
	struct im_refresh *r = *pr;

	if (!r)
		return;
	if (r->running) {
		pthread_mutex_lock(&r->lock);
		r->stop = true;
		pthread_cond_signal(&r->wake);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	for (size_t i = 0; i < IM_REFRESH_CERTS; i++)
		osci_cert_unref(r->certs[i].cert);
	osci_http_freep(&r->http);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r->lists);
	free(r);
	*pr = NULL;
}
