/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - JSON is YAML in flow style, but for one thing
 *
 * YAML has no \u pairs beyond the BMP, and plain keys are guessed at; so text stays UTF-8, and keys are quoted as
 * JSON quotes them.  jansson escapes nothing above U+001F but quotes and backslashes, all of which YAML reads the same.
 */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "world/yaml.h"

int cf_yaml_write(const char *path, const json_t *value, struct osci_err *err)
{
	_cleanup_(osci_freep) char *text = json_dumps(value, JSON_INDENT(2));

	return text ? osci_file_replace(path, text, strlen(text), 0600, false, err) : -ENOMEM;
}
