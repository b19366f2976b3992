/* SPDX-License-Identifier: Apache-2.0 */
/* client_conf - see the header */
#include "cli/client_conf.h"

const struct conf_item client_conf_items[] = {
	{ "client.endpoint", CONF_TEXT, CONF_REQUIRED, 1, 255, NULL, NULL, "endpoint of the gateway's bus" },
	{ "client.server_key", CONF_TEXT, CONF_REQUIRED, 40, 40, NULL, NULL, "public key of the gateway, Z85" },
	{ "client.key_file", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "own key pair, made by xausl bus-key" },
	{ "client.office", CONF_TEXT, CONF_REQUIRED, 1, 64, NULL, NULL, "key of the office, azr:NNNNNN" },
	{ NULL, CONF_TEXT, 0, 0, 0, NULL, NULL, NULL },
};
