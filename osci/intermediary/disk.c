/* SPDX-License-Identifier: Apache-2.0 */
/* disk - statvfs() of the folder of a file; octets that only root may use do not count */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "intermediary/disk.h"

static int stat_of(const char *path, struct statvfs *ret)
{
	_cleanup_(osci_freep) char *folder = NULL;
	char *slash;

	if (!statvfs(path, ret))
		return 0;
	folder = strdup(path);
	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	return statvfs(slash ? folder : ".", ret) ? -errno : 0;
}

static unsigned used_percent(const struct statvfs *st, uint64_t more)
{
	double used = (double)(st->f_blocks - st->f_bfree) * (double)st->f_frsize + (double)more;
	double all = (double)(st->f_blocks - st->f_bfree + st->f_bavail) * (double)st->f_frsize;

	return all > 0 ? (unsigned)(used * 100 / all) : 100;
}

int im_disk_free(const char *path, uint64_t *ret_free, unsigned *ret_used_percent)
{
	struct statvfs st;
	int r = stat_of(path, &st);

	if (r)
		return r;
	*ret_free = (uint64_t)st.f_bavail * st.f_frsize;
	*ret_used_percent = used_percent(&st, 0);
	return 0;
}

bool im_disk_low(const struct im_disk *mark, const char *path, uint64_t octets)
{
	struct statvfs st;
	uint64_t unused;

	if ((!mark->min_free && !mark->max_used) || stat_of(path, &st))
		return false;
	unused = (uint64_t)st.f_bavail * st.f_frsize;
	if (unused < octets || unused - octets < mark->min_free)
		return true;
	return mark->max_used && mark->max_used < 100 && used_percent(&st, octets) >= mark->max_used;
}
