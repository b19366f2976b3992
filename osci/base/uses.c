/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses - see uses.h
 *
 * One line each: USED SINCE RULE.  Not synced: a crash of the machine ends a test anyway.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/uses.h"

#define NUMBER_MAX 20 /* digits */

void osci_uses_carry(struct osci_use *now, size_t n, const struct osci_use *before, size_t n_before)
{
	bool taken[OSCI_USES_MAX] = { false };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_before && k < OSCI_USES_MAX; k++)
			if (!taken[k] && strcmp(now[i].line, before[k].line) == 0) {
				now[i] = before[k];
				taken[k] = true;
				break;
			}
}

static bool number(char **at, uint64_t *ret)
{
	size_t n = strspn(*at, "0123456789");

	if (!n || n > NUMBER_MAX || (*at)[n] != ' ' || osci_parse_u64(*at, n, INT64_MAX, ret))
		return false;
	*at += n + 1;
	return true;
}

size_t osci_uses_read(const char *path, struct osci_use uses[OSCI_USES_MAX])
{
	_cleanup_(osci_freep) char *name = NULL;
	char line[OSCI_USES_LINE + 2 * NUMBER_MAX + 8];
	size_t n = 0;
	FILE *f;

	if (asprintf(&name, "%s.used", path) < 0) {
		name = NULL;
		return 0;
	}
	f = fopen(name, "re");
	while (f && n < OSCI_USES_MAX && fgets(line, sizeof(line), f)) {
		struct osci_use *u = &uses[n];
		uint64_t since;
		char *at = line;

		line[strcspn(line, "\n")] = '\0';
		if (!number(&at, &u->used) || !number(&at, &since) || strlen(at) > OSCI_USES_LINE)
			break;
		u->since = (int64_t)since;
		snprintf(u->line, sizeof(u->line), "%s", at);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

int osci_uses_write(const char *path, const struct osci_use *uses, size_t n)
{
	_cleanup_(osci_freep) char *name = NULL, *new = NULL;
	bool ok = true;
	FILE *f;

	if (asprintf(&name, "%s.used", path) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	if (asprintf(&new, "%s.used.new", path) < 0) {
		new = NULL;
		return -ENOMEM;
	}
	f = fopen(new, "we");
	if (!f)
		return -errno;
	for (size_t i = 0; i < n; i++)
		ok = fprintf(f, "%" PRIu64 " %" PRId64 " %s\n", uses[i].used, uses[i].since, uses[i].line) > 0 && ok;
	ok = fclose(f) == 0 && ok;
	if (ok && rename(new, name) == 0)
		return 0;
	unlink(new);
	return -EIO;
}
