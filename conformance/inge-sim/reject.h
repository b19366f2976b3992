/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject - fields of the rejection 0010
 */
#ifndef SIM_REJECT_H
#define SIM_REJECT_H

#include <stddef.h>
#include <jansson.h>

/*
 * @code: of Fehlercodes-in-XInneres; @what: more exact cause without content, or NULL; the message as it came.  It is named if
 * it has a head.  0 or -ENOMEM.
 */
int sim_reject_fields(json_t **ret, const char *code, const char *what, const void *data, size_t len);

#endif
