/* SPDX-License-Identifier: Apache-2.0 */
/* yaml - JSON values as YAML: every text double-quoted, so that no reader guesses a type */
#ifndef CF_WORLD_YAML_H
#define CF_WORLD_YAML_H

#include <jansson.h>

#include <osci/err.h>

/* Writes @value (an object) to @path, whole or not at all, mode 0600. */
int cf_yaml_write(const char *path, const json_t *value, struct osci_err *err);

#endif
