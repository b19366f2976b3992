/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - wall time with an offset, monotonic time without
 *
 * The mapping of --clock-file stays for the life of the process; a later osci_clock_map()
 * replaces it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define LOCAL_MAX 24 /* "2026-11-16T09:00:00.123" and its NUL */

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return 0; /* cannot happen with these two clocks */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void osci_clock_init(struct osci_clock *c)
{
	*c = (struct osci_clock){ 0 };
}

int osci_clock_parse(const char *text, int64_t *ret_ms)
{
	size_t len = strlen(text);
	char utc[LOCAL_MAX + 1];
	struct osci_civil civil;
	int r;

	if (!osci_parse_datetime(text, len, ret_ms))
		return 0;
	if (len >= LOCAL_MAX)
		return OSCI_E_MALFORMED;
	/* No zone: read as UTC, then take the fields as Berlin time. */
	snprintf(utc, sizeof(utc), "%sZ", text);
	r = osci_parse_datetime(utc, len + 1, ret_ms);
	if (r)
		return r;
	civil = osci_civil_utc(*ret_ms);
	*ret_ms = osci_berlin_instant(&civil);
	return 0;
}

int osci_clock_set(struct osci_clock *c, const char *now, struct osci_err *err)
{
	int64_t ms;

	if (osci_clock_parse(now, &ms))
		return osci_fail(err, OSCI_E_USAGE, NULL, "--now",
				 "no date and time like 2026-11-16T09:00:00 (Europe/Berlin) or with zone");
	c->offset_ms = ms - read_clock(CLOCK_REALTIME);
	return 0;
}

int osci_clock_map(struct osci_clock *c, const char *path, struct osci_err *err)
{
	struct stat st;
	void *map = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "clock file cannot be opened");
	if (fstat(fd, &st) < 0)
		r = osci_fail(err, -errno, NULL, path, "clock file cannot be read");
	else if (!S_ISREG(st.st_mode) || (st.st_size != sizeof(int64_t) && st.st_size != 2 * sizeof(int64_t)))
		r = osci_fail(err, OSCI_E_USAGE, NULL, path, "clock file must be a file of 8 or 16 octets");
	else if ((map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		r = osci_fail(err, -errno, NULL, path, "clock file cannot be mapped");
	close(fd);
	if (r)
		return r;
	if (c->shared)
		munmap((void *)(uintptr_t)c->shared, (c->set ? 2 : 1) * sizeof(int64_t));
	c->shared = map;
	c->set = st.st_size == sizeof(int64_t) ? NULL : c->shared + 1;
	return 0;
}

int64_t osci_clock_ms(const struct osci_clock *c)
{
	return read_clock(CLOCK_REALTIME) + c->offset_ms + (c->shared ? *c->shared : 0) + (c->set ? *c->set : 0);
}

int64_t osci_clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
