/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames - reading and writing the multipart messages of the bus
 *
 * A message with too many frames is read to its end and dropped, so that the next one is read from
 * its first frame.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xgw/client.h>
#include "client/frames.h"

void xgw_frames_clear(struct xgw_frames *f)
{
	json_decref(f->json);
	free(f->xml);
	*f = (struct xgw_frames){ .json = NULL };
}

static int send_one(void *socket, const void *data, size_t len, bool more)
{
	int r;

	do {
		r = zmq_send(socket, data, len, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int xgw_frames_send(void *socket, const char *verb, const json_t *json, const void *xml, size_t xml_len,
		    struct osci_err *err)
{
	char *text = json_dumps(json, JSON_COMPACT);
	int r;

	if (!text)
		return osci_fail(err, -ENOMEM, NULL, verb, "out of memory");
	r = send_one(socket, XGW_PROTOCOL, strlen(XGW_PROTOCOL), true);
	if (!r)
		r = send_one(socket, verb, strlen(verb), true);
	if (!r)
		r = send_one(socket, text, strlen(text), xml != NULL);
	if (!r && xml)
		r = send_one(socket, xml, xml_len, false);
	free(text);
	if (r == -EAGAIN)
		return osci_fail(err, OSCI_E_NETWORK, NULL, verb, "the gateway takes no messages");
	if (r)
		return osci_fail(err, r, NULL, verb, "cannot send to the bus");
	return 0;
}

/* Waits for the first frame only: the others of a message are there with it. */
static int wait_readable(void *socket, int timeout_ms)
{
	zmq_pollitem_t item = { .socket = socket, .events = ZMQ_POLLIN };
	int r = zmq_poll(&item, 1, timeout_ms);

	if (r < 0)
		return errno == EINTR ? OSCI_E_EMPTY : -errno;
	return r == 0 ? OSCI_E_EMPTY : 0;
}

/* Takes frame number @n of the message; a fault is remembered, reading goes on. */
static int take_frame(struct xgw_frames *f, unsigned n, zmq_msg_t *m)
{
	const char *data = zmq_msg_data(m);
	size_t len = zmq_msg_size(m);

	switch (n) {
	case 0:
		return len == strlen(XGW_PROTOCOL) && !memcmp(data, XGW_PROTOCOL, len) ? 0 : OSCI_E_MALFORMED;
	case 1:
		if (len == 0 || len >= sizeof(f->verb) || memchr(data, '\0', len))
			return OSCI_E_MALFORMED;
		memcpy(f->verb, data, len);
		f->verb[len] = '\0';
		return 0;
	case 2:
		if (len > XGW_JSON_MAX)
			return OSCI_E_MALFORMED;
		f->json = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
		return json_is_object(f->json) ? 0 : OSCI_E_MALFORMED;
	case 3:
		if (len > XGW_XML_MAX)
			return OSCI_E_MALFORMED;
		f->xml = malloc(len + 1);
		if (!f->xml)
			return -ENOMEM;
		memcpy(f->xml, data, len);
		f->xml[len] = '\0';
		f->xml_len = len;
		return 0;
	default:
		return OSCI_E_MALFORMED;
	}
}

int xgw_frames_receive(void *socket, int timeout_ms, struct xgw_frames *ret, struct osci_err *err)
{
	struct xgw_frames f = { .json = NULL };
	unsigned n = 0;
	int more = 1, r, bad = 0;

	r = wait_readable(socket, timeout_ms);
	if (r)
		return r;
	while (more) {
		zmq_msg_t m;

		zmq_msg_init(&m);
		do {
			r = zmq_msg_recv(&m, socket, ZMQ_DONTWAIT);
		} while (r < 0 && errno == EINTR);
		if (r < 0) {
			r = errno == EAGAIN ? OSCI_E_EMPTY : -errno;
			zmq_msg_close(&m);
			xgw_frames_clear(&f);
			return r;
		}
		more = zmq_msg_more(&m);
		if (!bad)
			bad = take_frame(&f, n, &m);
		zmq_msg_close(&m);
		if (n < XGW_FRAMES_MAX)
			n++;
	}
	if (!bad && n < 3)
		bad = OSCI_E_MALFORMED;
	if (bad) {
		xgw_frames_clear(&f);
		return bad < 0 ? bad :
			osci_fail(err, bad, NULL, "bus", "the gateway sent something that is not %s", XGW_PROTOCOL);
	}
	*ret = f;
	return 0;
}
