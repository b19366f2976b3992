/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap - who may connect to the bus (ZAP, RFC 27)
 */
#ifndef XGW_BUS_ZAP_H
#define XGW_BUS_ZAP_H

#include <osci/err.h>
#include "conf/config.h"

#define XGW_ZAP_DOMAIN "xausl"

struct xgw_zap;

/* Starts the handler's thread; it must run before the bus is bound. @conf must outlive it. */
int xgw_zap_start(struct xgw_zap **ret, void *context, const struct xgw_config *conf, struct osci_err *err);
/* The context must have been shut down (zmq_ctx_shutdown): that ends the thread. */
void xgw_zap_joinp(struct xgw_zap **z);

#endif
