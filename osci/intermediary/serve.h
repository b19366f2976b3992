/* SPDX-License-Identifier: Apache-2.0 */
/* serve - the running daemon: HTTP listeners, upkeep, orderly end; knows clock and sockets */
#ifndef OSCI_INTERMEDIARY_SERVE_H
#define OSCI_INTERMEDIARY_SERVE_H

#include <signal.h>

#include "base/clock.h"
#include "intermediary/config.h"
#include "intermediary/service.h"
#include "intermediary/status.h"

/* Exit status of the program; 75 is a fault switch's (IM_FAULT_EXIT). */
enum { EXIT_OK, EXIT_RUN, EXIT_USAGE, EXIT_CONFIG };

struct im_daemon {
	struct im_config config;
	struct im_service service;
	struct im_status status;
	struct osci_clock clock;
};

/*
 * Takes orders until one of @signals, which are blocked in all threads; then those under way may finish within
 * config.shutdown_ms.  @port_file (NULL = none): port of the orders in the first line, of the admin listener in
 * the second.  Returns the exit status.
 */
int im_serve(struct im_daemon *d, const char *port_file, const sigset_t *signals);

#endif
