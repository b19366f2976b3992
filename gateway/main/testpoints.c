/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testpoints - dying at a named place, for crash tests
 *
 * Points: after-accept-commit, after-accept-reply, after-message-id, after-store-post,
 * after-store-answer, after-fetch-commit, after-reject-commit, after-delivery-send, after-ack-commit.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "main/testpoints.h"

#define NAME_MAX_POINT 64

static char file[4096]; /* "" = off, the only state outside tests */

int xgw_testpoints_open(const char *path, struct osci_err *err)
{
	if (strlen(path) >= sizeof(file))
		return osci_fail(err, OSCI_E_USAGE, NULL, "--test-points", "path too long");
	snprintf(file, sizeof(file), "%s", path);
	return 0;
}

void xgw_testpoint(const char *name)
{
	char wanted[NAME_MAX_POINT + 1];
	ssize_t n;
	int fd;

	if (!file[0])
		return;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, wanted, NAME_MAX_POINT);
	close(fd);
	if (n <= 0)
		return;
	wanted[n] = '\0';
	wanted[strcspn(wanted, "\r\n")] = '\0';
	if (strcmp(wanted, name))
		return;
	unlink(file); /* once */
	raise(SIGKILL);
}
