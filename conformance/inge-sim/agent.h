/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent - the way between mailbox and engine, over OSCI
 *
 * Fetches the BAMF's mailbox, opens what came, hands it to the engine, sends the answers.  One
 * exchange at a time; every outcome is in the store before the next step.
 */
#ifndef SIM_AGENT_H
#define SIM_AGENT_H

#include <osci/dialog.h>
#include <osci/http.h>

#include "base/clock.h"
#include "config.h"
#include "engine.h"

struct sim_agent {
	const struct sim_config *config;
	struct sim_engine *engine;
	const struct osci_clock *clock;
	struct osci_http *http;
	struct osci_limits limits;
	struct osci_key *cipher_keys[1];
	struct osci_client_conf client;
	struct osci_key *wrong_key; /* fault bad_signature; made when first needed */
};

int sim_agent_open(struct sim_agent *a, const struct sim_config *config, struct sim_engine *engine,
		   const struct osci_clock *clock, struct osci_err *err);
void sim_agent_close(struct sim_agent *a);
/* Each: 0, also when the network or a message failed (logged); negative or OSCI_E_* if the store failed. */
int sim_agent_fetch(struct sim_agent *a, struct osci_err *err);   /* mailbox into the store */
int sim_agent_process(struct sim_agent *a, struct osci_err *err); /* what is in the store */
int sim_agent_send(struct sim_agent *a, struct osci_err *err);    /* answers whose time has come */

/* faults_key.c: the certificate of @key with another private key, so that its signatures do not hold. */
int sim_wrong_key(struct osci_key **ret, const struct osci_key *key);
void sim_wrong_key_free(struct osci_key **key);

#endif
