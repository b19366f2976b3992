/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject - the rejection 0010 (XInneres-Rueckweisung, version 6)
 */
#ifndef SIM_REJECT_H
#define SIM_REJECT_H

#include <stdbool.h>
#include <stddef.h>

#include <xausl/schema.h>

struct sim_rejection {
	const char *code;          /* of Fehlercodes-in-XInneres: X001, V000, T080 ... */
	const char *what;          /* more exact cause without content, or NULL */
	const char *uuid, *number, *created; /* of the message, if it was valid; else NULL */
	const void *data;          /* the message as it came */
	size_t len;
};
/* *@ret malloc()ed, valid XML; NULL without memory. @frame without trigger. */
char *sim_reject_write(const struct sim_rejection *r, const struct xausl_frame *frame, size_t *ret_len);
/* Is this octets' root a rejection (0010, 000002)? Such a message must not be rejected in turn. */
bool sim_is_rejection(const void *data, size_t len);

#endif
