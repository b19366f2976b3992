/* SPDX-License-Identifier: Apache-2.0 */
/* config - configuration file of the intermediary, and what it leads to: keys, trust, settings */
#ifndef OSCI_INTERMEDIARY_CONFIG_H
#define OSCI_INTERMEDIARY_CONFIG_H

#include "base/conf.h"
#include "intermediary/service.h"

extern const struct conf_item im_config_table[];

struct im_config {
	struct conf *conf;
	struct im_settings set;
	const char *listen, *path;
	unsigned threads;
};

/* Reads the file and every key and certificate in it; problems as in conf_read(), all in config->conf. */
int im_config_load(struct im_config *c, const char *path, struct osci_err *err);
void im_config_free(struct im_config *c);

#endif
