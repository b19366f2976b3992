/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap - admits CURVE clients whose key the configuration lists, and nobody else
 *
 * The one thread beside the loop: libzmq asks during its handshakes, also while the loop is busy.  It
 * reads the configuration, which does not change, and shares nothing else.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bus/zap.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define PARTS_MAX 7 /* version, id, domain, address, identity, mechanism, credential */
#define PART_MAX 256
#define RAW_KEY 32

struct xgw_zap {
	pthread_t thread;
	void *socket;
	const struct xgw_config *conf;
};

struct part {
	unsigned char data[PART_MAX];
	size_t len;
};

static bool is(const struct part *p, const char *text)
{
	return p->len == strlen(text) && !memcmp(p->data, text, p->len);
}

/* All parts of one question; false if it is none of this protocol. */
static int receive(void *socket, struct part parts[PARTS_MAX], bool *ok)
{
	unsigned n = 0;
	int more = 1;

	*ok = true;
	while (more) {
		zmq_msg_t m;
		int r;

		zmq_msg_init(&m);
		do {
			r = zmq_msg_recv(&m, socket, 0);
		} while (r < 0 && errno == EINTR);
		if (r < 0) {
			r = -errno;
			zmq_msg_close(&m);
			return r;
		}
		more = zmq_msg_more(&m);
		if (n < PARTS_MAX && zmq_msg_size(&m) <= PART_MAX) {
			parts[n].len = zmq_msg_size(&m);
			memcpy(parts[n].data, zmq_msg_data(&m), parts[n].len);
		} else {
			*ok = false;
		}
		zmq_msg_close(&m);
		if (n <= PARTS_MAX)
			n++;
	}
	if (n != PARTS_MAX)
		*ok = false;
	return 0;
}

static bool admitted(const struct xgw_config *conf, const struct part parts[PARTS_MAX], char key[XGW_KEY_CHARS + 1])
{
	if (!is(&parts[0], "1.0") || !is(&parts[2], XGW_ZAP_DOMAIN) || !is(&parts[5], "CURVE") || parts[6].len != RAW_KEY ||
	    !zmq_z85_encode(key, parts[6].data, RAW_KEY))
		return false;
	for (size_t i = 0; i < conf->n_offices; i++)
		if (xgw_office_admits(&conf->offices[i], key))
			return true;
	return false;
}

static void answer(void *socket, const struct part *id, bool ok, const char *key)
{
	const char *texts[] = { ok ? "200" : "400", ok ? "OK" : "not admitted", ok ? key : "", "" };

	if (zmq_send(socket, "1.0", 3, ZMQ_SNDMORE) < 0 || zmq_send(socket, id->data, id->len, ZMQ_SNDMORE) < 0)
		return;
	for (unsigned i = 0; i < 4; i++)
		if (zmq_send(socket, texts[i], strlen(texts[i]), i < 3 ? ZMQ_SNDMORE : 0) < 0)
			return;
}

static void *work(void *arg)
{
	struct xgw_zap *z = arg;

	for (;;) {
		struct part parts[PARTS_MAX] = { { .len = 0 } };
		char key[XGW_KEY_CHARS + 1] = "";
		bool ok;

		if (receive(z->socket, parts, &ok))
			break; /* the context ends */
		ok = ok && admitted(z->conf, parts, key);
		answer(z->socket, &parts[1], ok, key);
	}
	zmq_close(z->socket);
	return NULL;
}

int xgw_zap_start(struct xgw_zap **ret, void *context, const struct xgw_config *conf, struct osci_err *err)
{
	struct xgw_zap *z = calloc(1, sizeof(*z));
	int linger = 0, r;

	if (!z)
		return -ENOMEM;
	z->conf = conf;
	z->socket = zmq_socket(context, ZMQ_REP);
	if (!z->socket || zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof(linger)) ||
	    zmq_bind(z->socket, ZAP_ENDPOINT)) {
		r = osci_fail(err, -errno, NULL, "bus", "the admission handler cannot listen");
		goto fail;
	}
	/* The socket is handed over: from here only the thread touches it. */
	r = -pthread_create(&z->thread, NULL, work, z);
	if (r) {
		osci_fail(err, r, NULL, "bus", "the admission handler cannot start");
		goto fail;
	}
	*ret = z;
	return 0;
fail:
	if (z->socket)
		zmq_close(z->socket);
	free(z);
	return r;
}

void xgw_zap_joinp(struct xgw_zap **p)
{
	struct xgw_zap *z = *p;

	*p = NULL;
	if (!z)
		return;
	pthread_join(z->thread, NULL);
	free(z);
}
