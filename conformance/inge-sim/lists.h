/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists - what the simulator holds and has seen, as JSON
 *
 * For people and test runners, also beside a running simulator; needs no keys.  The data are artificial, so every field is shown.
 */
#ifndef SIM_LISTS_H
#define SIM_LISTS_H

#include <stdint.h>
#include <stdio.h>

#include <osci/err.h>

enum sim_list_kind { SIM_LIST_NOTHING, SIM_LIST_RECORDS, SIM_LIST_PERSONS, SIM_LIST_RECEIVED, SIM_LIST_RETRIEVALS,
		     SIM_LIST_SCRIPTS };

/* @config: path of the configuration.  @after: of messages received, only those behind this number. */
int sim_list(enum sim_list_kind kind, const char *config, int64_t after, int64_t now, FILE *out, struct osci_err *err);

#endif
