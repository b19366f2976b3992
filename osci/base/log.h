/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - one JSON object per line on stderr
 *
 * Only programs log; libraries return errors.  A record is an event id from a
 * fixed list, and fields whose names are on the allow list in log.c: ids, codes,
 * counts, sizes, times, file places.  No field can hold a name, a birth date, a
 * Kennziffer, an AZR number or the text of a message; an unknown field name is a
 * programming error (assert in tests, dropped in production).
 */
#ifndef OSCI_BASE_LOG_H
#define OSCI_BASE_LOG_H

#include <stdint.h>

#include "base/clock.h"
#include <osci/err.h>

enum osci_log_level { OSCI_LOG_DEBUG, OSCI_LOG_INFO, OSCI_LOG_WARN, OSCI_LOG_ERROR };

void osci_log_open(const char *program, const struct osci_clock *clock, enum osci_log_level min);

/*
 * osci_log(OSCI_LOG_INFO, "request-accepted", "office", "azr:011200", "request", id, NULL);
 * Name, value pairs of strings, ended by NULL; a NULL value drops its pair.
 */
void osci_log(enum osci_log_level level, const char *event, ...) __attribute__((sentinel));
/* The same with the error object's code, place and cause added. */
void osci_log_err(enum osci_log_level level, const char *event, const struct osci_err *err, ...)
	__attribute__((sentinel));

#endif
