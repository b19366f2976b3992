/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xgw/client.h - office software's side of the gateway's bus
 *
 * A client belongs to one office and one thread.  Data are JSON texts in UTF-8, named as in
 * xausl-bus(7).  A submission is safe once its receipt says "accepted-by-gateway": the gateway
 * has committed it to its journal.  A delivery is offered again, with the same id, until
 * it is acknowledged: store it first, then acknowledge, and pass over an id seen before.
 *
 * Results: see osci/err.h.  OSCI_E_NETWORK: no answer in time; repeating the call with the same
 * request id is safe.  OSCI_E_UNTRUSTED: the gateway does not admit this key for this office.
 */
#ifndef XGW_CLIENT_H
#define XGW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/err.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define XGW_PROTOCOL "XAUSL/1"
#define XGW_KEY_CHARS 40               /* Z85 form of a CURVE key, without NUL */
#define XGW_JSON_MAX (1024 * 1024)     /* octets of a JSON frame */
#define XGW_XML_MAX (64 * 1024 * 1024) /* octets of an XML frame */

/* Key file: two lines, "public Z85" and "secret Z85", mode 0600 or 0400. */
struct xgw_keys {
	char public_key[XGW_KEY_CHARS + 1];
	char secret_key[XGW_KEY_CHARS + 1];
};
int xgw_keys_load(struct xgw_keys *ret, const char *path, struct osci_err *err);
/* Makes a new pair and writes it; refuses to overwrite: OSCI_E_EXISTS. */
int xgw_keys_create(struct xgw_keys *ret, const char *path, struct osci_err *err);

struct xgw_client_conf {
	const char *endpoint;   /* "tcp://127.0.0.1:5555", "ipc:///run/xausl/bus" */
	const char *server_key; /* the gateway's public key, Z85 */
	const struct xgw_keys *keys;
	const char *office;     /* "azr:011200" */
	const char *name;       /* name of the office software, for the gateway's log; or NULL */
	int timeout_ms;         /* for the first contact */
};

struct xgw_client;

/* Connects and says HELLO; from then on deliveries of the office come here. */
int xgw_client_new(struct xgw_client **ret, const struct xgw_client_conf *conf, struct osci_err *err);
void xgw_client_freep(struct xgw_client **c);
/* The gateway's WELCOME: JSON with its version, the release in force and its time. */
const char *xgw_client_welcome(const struct xgw_client *c);

/*
 * @fields: JSON object with at least "message", or, when @xml is given, the members that go with
 * complete XAusländer XML ("user", "purpose"), or NULL.  "office" and "id" are added here.
 * 0: *@receipt is the RECEIPT, outcome "accepted-by-gateway" or "rejected-by-gateway", malloc()ed.
 */
int xgw_client_submit(struct xgw_client *c, const char *id, const char *fields, const void *xml, size_t xml_len,
		      int timeout_ms, char **receipt, struct osci_err *err);
/* STATE of one request. OSCI_E_EMPTY: the gateway knows no such request. */
int xgw_client_status(struct xgw_client *c, const char *id, int timeout_ms, char **state, struct osci_err *err);

struct xgw_delivery {
	char *json;      /* the delivery with outcome and fields */
	char *id;        /* its "delivery" */
	char *request;   /* its "request" */
	char *outcome;   /* "accepted", "duplicate", "refused" ... */
	bool redelivery;
	char *xml;       /* verified XML or NULL */
	size_t xml_len;
};
/* OSCI_E_EMPTY: none within @timeout_ms. */
int xgw_client_receive(struct xgw_client *c, int timeout_ms, struct xgw_delivery *ret, struct osci_err *err);
int xgw_client_ack(struct xgw_client *c, const char *delivery, int timeout_ms, struct osci_err *err);
void xgw_delivery_clear(struct xgw_delivery *d);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
