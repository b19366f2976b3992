/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - the configuration file of inge-sim, read, checked, and turned into objects
 */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stdio.h>

#include <osci/key.h>

#include "base/conf.h"
#include "course/course.h"
#include "engine.h"

extern const struct conf_item sim_conf_table[];

struct sim_config {
	struct conf *conf;
	const char *database, *orders, *preload; /* preload NULL = none */
	const char *url, *ca_file;
	int64_t poll_ms;
	struct osci_key *sign, *cipher;
	struct osci_cert *im_cipher, *im_sign;
	struct osci_trust *trust;
	struct sim_office *offices;
	size_t n_offices;
	struct sim_delay *delays;
	size_t n_delays;
	char *orders_default;
	struct course_conf course;
};

/*
 * Reads @path, keys and certificates.  Problems go to @out one per line; OSCI_E_CONFIG if there are any.
 * Certificates that are not valid at @now (s) are problems, and what no release takes in a message
 * (@x NULL = that is not looked at).
 */
int sim_config_read(struct sim_config *c, const struct xausl *x, const char *path, int64_t now, FILE *out);
void sim_config_free(struct sim_config *c);
/* The open points alone. */
void sim_config_settings(const struct conf *c, struct sim_settings *s);
/* What the engine takes from it; store, releases and faults are set by the caller. */
void sim_config_engine(const struct sim_config *c, struct sim_engine *e);

#endif
