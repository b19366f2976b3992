/* SPDX-License-Identifier: Apache-2.0 */
/* config_priv - what the files that read the configuration share */
#ifndef OSCI_INTERMEDIARY_CONFIG_PRIV_H
#define OSCI_INTERMEDIARY_CONFIG_PRIV_H

#include "intermediary/config.h"

/* A value that is missing or wrong is a problem already, and "" here. */
bool im_config_given(const struct conf *conf, const char *path);
const char *im_config_optional(const struct conf *conf, const char *path); /* NULL if not given */

int im_config_load_trust(struct im_config *c, struct osci_err *err);
void im_config_free_trust(struct im_config *c);

#endif
