/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames - reading and writing multipart messages of the ROUTER socket
 *
 * A message is always read to its end, whatever is wrong with it.  Nothing here looks at
 * meaning; the first fault is kept as the code of the ERROR that answers it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/buf.h"
#include "base/text.h"
#include "bus/frames.h"

void xgw_frame_clear(struct xgw_frame *f)
{
	json_decref(f->json);
	free(f->octets);
	memset(f, 0, sizeof(*f));
}

static void fault(struct xgw_frame *f, const char *code)
{
	if (!f->fault)
		f->fault = code;
}

static void take_verb(struct xgw_frame *f, const char *data, size_t len)
{
	if (!len || len >= sizeof(f->verb)) {
		fault(f, "unknown_verb");
		return;
	}
	for (size_t i = 0; i < len; i++)
		if (data[i] < 'A' || data[i] > 'Z') {
			fault(f, "unknown_verb");
			return;
		}
	memcpy(f->verb, data, len);
}

static int take(struct xgw_frame *f, unsigned n, zmq_msg_t *m, size_t octets_max)
{
	const char *data = zmq_msg_data(m);
	size_t len = zmq_msg_size(m);

	switch (n) {
	case 0:
		if (len > sizeof(f->route))
			return -EPROTO;
		memcpy(f->route, data, len);
		f->route_len = len;
		break;
	case 1:
		if (len != strlen(XGW_PROTOCOL) || memcmp(data, XGW_PROTOCOL, len))
			fault(f, "bad_version");
		break;
	case 2:
		take_verb(f, data, len);
		break;
	case 3:
		if (len > XGW_JSON_MAX) {
			fault(f, "too_large");
			break;
		}
		if (!osci_utf8_ok(data, len)) {
			fault(f, "bad_json");
			break;
		}
		f->json = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(f->json))
			fault(f, "bad_json");
		break;
	case 4:
		if (len > octets_max) {
			fault(f, "too_large");
			break;
		}
		f->octets = malloc(len + 1);
		if (!f->octets)
			return -ENOMEM;
		memcpy(f->octets, data, len);
		f->octets[len] = '\0';
		f->octets_len = len;
		break;
	default:
		fault(f, "bad_frames");
		break;
	}
	return 0;
}

int xgw_frame_receive(void *router, size_t octets_max, struct xgw_frame *ret)
{
	unsigned n = 0;
	int more = 1, bad = 0;

	memset(ret, 0, sizeof(*ret));
	while (more) {
		const char *key;
		zmq_msg_t m;
		int r;

		zmq_msg_init(&m);
		do {
			r = zmq_msg_recv(&m, router, ZMQ_DONTWAIT);
		} while (r < 0 && errno == EINTR);
		if (r < 0) {
			r = errno == EAGAIN ? OSCI_E_EMPTY : -errno;
			zmq_msg_close(&m);
			return r;
		}
		more = zmq_msg_more(&m);
		/* Meta data come with every frame of the peer, not with the routing id. */
		key = n ? zmq_msg_gets(&m, "User-Id") : NULL;
		if (key && strlen(key) == XGW_KEY_CHARS && !ret->key[0])
			memcpy(ret->key, key, XGW_KEY_CHARS);
		/* A frame beyond the fourth is counted as such and thrown away. */
		if (!bad)
			bad = take(ret, n, &m, octets_max);
		zmq_msg_close(&m);
		if (n < 6)
			n++;
	}
	if (bad)
		return bad;
	if (n < 4)
		fault(ret, "bad_frames");
	return 0;
}

static int part(void *router, const void *data, size_t len, int flags)
{
	int r;

	do {
		r = zmq_send(router, data, len, flags | ZMQ_DONTWAIT);
	} while (r < 0 && errno == EINTR);
	if (r >= 0)
		return 0;
	return errno == EHOSTUNREACH ? OSCI_E_NETWORK : errno == EAGAIN ? OSCI_E_STATE : -errno;
}

int xgw_frame_send(void *router, const unsigned char *route, size_t route_len, const char *verb, const json_t *json,
		   const void *octets, size_t len)
{
	_cleanup_(osci_freep) char *text = json_dumps(json, JSON_COMPACT);
	int r;

	if (!text)
		return -ENOMEM;
	/* Only the first part can fail: the socket takes a message as a whole. */
	r = part(router, route, route_len, ZMQ_SNDMORE);
	if (!r)
		r = part(router, XGW_PROTOCOL, strlen(XGW_PROTOCOL), ZMQ_SNDMORE);
	if (!r)
		r = part(router, verb, strlen(verb), ZMQ_SNDMORE);
	if (!r)
		r = part(router, text, strlen(text), octets ? ZMQ_SNDMORE : 0);
	if (!r && octets)
		r = part(router, octets, len, 0);
	return r;
}
