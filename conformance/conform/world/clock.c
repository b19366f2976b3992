/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - the case clock: real time, moved on for all processes at once by a mapped file
 *
 * The file has the two numbers of base/clock.h: time that has passed beside, and by how much the wall clock is set.  The
 * latter is chosen once and moves the start of the case to its day; so a process that starts later has the same time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "world/priv.h"

#define FILE_SIZE (2 * sizeof(int64_t))

static int64_t real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int cf_clock_new(struct cf_world *w, int64_t start_ms, struct osci_err *err)
{
	/* A foreign part keeps the file mapped from case to case. */
	int fresh = w->foreign == CF_FOREIGN_NONE ? O_EXCL : 0, fd, e;
	void *map = MAP_FAILED;
	char *path;

	if (asprintf(&w->clock_path, "%s/clock", cf_shared_dir(w)) < 0) {
		w->clock_path = NULL;
		return -ENOMEM;
	}
	path = w->clock_path;
	fd = open(path, O_RDWR | O_CREAT | fresh | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && ftruncate(fd, FILE_SIZE) == 0)
		map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	e = errno;
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return osci_fail(err, e ? -e : -EIO, NULL, path, "the clock file cannot be made");
	w->clock = map;
	w->clock[0] = 0;
	w->clock[1] = start_ms - real_ms();
	return 0;
}

void cf_clock_free(struct cf_world *w)
{
	if (w->clock)
		munmap(w->clock, FILE_SIZE);
	w->clock = NULL;
}

int64_t cf_world_now(const struct cf_world *w)
{
	return real_ms() + w->clock[0] + w->clock[1];
}

void cf_world_advance(struct cf_world *w, int64_t ms)
{
	if (ms > 0)
		__atomic_store_n(&w->clock[0], w->clock[0] + ms, __ATOMIC_RELEASE);
}
