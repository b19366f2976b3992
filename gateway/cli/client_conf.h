/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_conf - how an office reaches the gateway: the file of "xausl submit --client", also read by xausl-conform
 *
 *   client:
 *     endpoint: tcp://127.0.0.1:5555
 *     server_key: "Z85 of the gateway"
 *     key_file: office.key
 *     office: azr:011200
 */
#ifndef XAUSL_CLI_CLIENT_CONF_H
#define XAUSL_CLI_CLIENT_CONF_H

#include "base/conf.h"

/* For conf_read(); all are required. */
extern const struct conf_item client_conf_items[];

#endif
