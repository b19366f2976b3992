/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - JSON is YAML in flow style, but for one thing
 *
 * YAML has no \u pairs beyond the BMP, and plain keys are guessed at; so text stays UTF-8, and keys are quoted as
 * JSON quotes them.  jansson escapes nothing above U+001F but quotes and backslashes, all of which YAML reads the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "world/yaml.h"

int cf_yaml_write(const char *path, const json_t *value, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	int fd, r = 0;

	if (asprintf(&temporary, "%s.new", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot be written");
	if (json_dumpfd(value, fd, JSON_INDENT(2)) < 0 || write(fd, "\n", 1) != 1)
		r = -EIO;
	if (close(fd) || r || rename(temporary, path))
		return osci_fail(err, -EIO, NULL, path, "cannot be written");
	return 0;
}
