/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames - one message of the bus: protocol, verb, JSON, optional XML
 */
#ifndef XGW_CLIENT_FRAMES_H
#define XGW_CLIENT_FRAMES_H

#include <stdbool.h>
#include <jansson.h>
#include <zmq.h>

#include <osci/err.h>

#define XGW_FRAMES_MAX 4

struct xgw_frames {
	char verb[16];
	json_t *json;
	char *xml; /* malloc()ed, NUL behind it; NULL if there was none */
	size_t xml_len;
};

void xgw_frames_clear(struct xgw_frames *f);
/* Sends "XAUSL/1", @verb, @json, and @xml if not NULL. Never blocks: OSCI_E_NETWORK if the queue is full. */
int xgw_frames_send(void *socket, const char *verb, const json_t *json, const void *xml, size_t xml_len,
		    struct osci_err *err);
/* Next message within @timeout_ms; OSCI_E_EMPTY if none, OSCI_E_MALFORMED if it is none of the protocol. */
int xgw_frames_receive(void *socket, int timeout_ms, struct xgw_frames *ret, struct osci_err *err);

#endif
