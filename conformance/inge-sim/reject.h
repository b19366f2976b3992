/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject - fields of a rejection, and of other messages that name the one they are about
 */
#ifndef SIM_REJECT_H
#define SIM_REJECT_H

#include <stddef.h>
#include <jansson.h>

/*
 * @code: of Fehlercodes-in-XInneres; @what: more exact cause without content, or NULL; the message as it came.  It is named if
 * it has a head, as far as message @number can (0010, 000002, 0020, 0031 ...).  0 or -ENOMEM.
 */
int sim_reject_fields(json_t **ret, const char *code, const char *what, const char *number, const void *data, size_t len);

#endif
