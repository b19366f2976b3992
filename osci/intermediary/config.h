/* SPDX-License-Identifier: Apache-2.0 */
/* config - configuration file of the intermediary, and what it leads to: keys, trust, settings */
#ifndef OSCI_INTERMEDIARY_CONFIG_H
#define OSCI_INTERMEDIARY_CONFIG_H

#include "base/conf.h"
#include "intermediary/refresh.h"
#include "intermediary/service.h"

extern const struct conf_item im_config_table[];

struct im_config {
	struct conf *conf;
	struct im_settings set;
	struct osci_trust *level_sets[IM_LEVELS_MAX];
	struct im_level levels[IM_LEVELS_MAX];
	struct osci_revocation *rev;     /* NULL = revocation is not checked */
	bool demand_sign;
	const char **crls;
	struct im_responder *responders;
	struct im_refresh_conf refresh;  /* without its clock */
	const char *listen, *path;
	unsigned threads;
	const char *admin_listen;        /* NULL = none */
	const char *tls_cert, *tls_key;  /* NULL = plain HTTP */
	struct osci_cert *tls;           /* the first of tls_cert; NULL if there is none that we can read */
	const char **proxies;            /* NULL-terminated */
	unsigned decrypt_failures;       /* in decrypt_window ms of one address; 0 = any number */
	int64_t decrypt_window;
	int64_t shutdown_ms;
};

/* Reads the file and every key and certificate in it; problems as in conf_read(), all in config->conf. */
int im_config_load(struct im_config *c, const char *path, struct osci_err *err);
void im_config_free(struct im_config *c);
/* For --check: reads every list of revoked certificates; those that cannot be used become problems. */
void im_config_check_crls(struct im_config *c, int64_t now_ms);
/* For --check: directories of database and spool; the start itself finds out anyway. */
void im_config_check_places(struct im_config *c);

/* Settings weaker than the default, for --check, the log at the start and the status. Texts are static. */
struct im_weak {
	const char *setting; /* key without "intermediary." */
	const char *effect;
};
#define IM_WEAK_MAX 16
size_t im_config_weak(const struct im_config *c, struct im_weak ret[IM_WEAK_MAX]);

#endif
