/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work - are the processes at work although nothing is heard of them?
 *
 * On a loaded machine, or when a key is made, a process can be busy for longer than silence lasts.  The kernel knows: the time
 * a thread has been on a processor (/proc/PID/task/TID/schedstat, nanoseconds) and whether it is or wants to be on one
 * now (stat).  Without these files everybody counts as at rest, and silence is silence.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "world/priv.h"

/* A daemon at rest looks at its orders and files ten times a second: a third of this, all three together. */
#define REST_US_PER_MS 40

static size_t read_small(pid_t pid, const char *tid, const char *name, char *b, size_t size)
{
	char path[320];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", (int)pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, b, size - 1);
	if (fd >= 0)
		close(fd);
	b[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void add_task(struct cf_work *work, pid_t pid, const char *tid)
{
	char b[512], *p;
	uint64_t ns;

	if (read_small(pid, tid, "schedstat", b, sizeof(b)) && !osci_parse_u64(b, strcspn(b, " "), INT64_MAX, &ns))
		work->us += (int64_t)(ns / 1000);
	/* "12 (name) R ...": a name may hold anything */
	p = read_small(pid, tid, "stat", b, sizeof(b)) ? strrchr(b, ')') : NULL;
	if (p && p[1] && (p[2] == 'R' || p[2] == 'D')) /* D: the disk takes its time to write */
		work->running = true;
}

struct cf_work cf_work_now(const struct cf_world *w)
{
	struct cf_work work = { 0 };

	for (size_t i = 0; i < sizeof(w->daemons) / sizeof(w->daemons[0]); i++) {
		pid_t pid = w->daemons[i].p.pid;
		struct dirent *e;
		char path[64];
		DIR *d;

		snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
		d = pid > 0 ? opendir(path) : NULL;
		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.')
				add_task(&work, pid, e->d_name);
		if (d)
			closedir(d);
	}
	return work;
}

/* Second number of schedstat: nanoseconds for which it was ready and got no processor. */
static int64_t waited_ms(const char *text)
{
	size_t first = strcspn(text, " ");
	uint64_t ns;

	text += first + (text[first] == ' ');
	return osci_parse_u64(text, strcspn(text, " "), INT64_MAX, &ns) ? 0 : (int64_t)(ns / 1000000);
}

int64_t cf_starved_ms(pid_t pid)
{
	char name[32], b[512];

	snprintf(name, sizeof(name), "%d", (int)pid);
	return pid > 0 && read_small(pid, name, "schedstat", b, sizeof(b)) ? waited_ms(b) : 0;
}

int64_t cf_world_starved_ms(const struct cf_world *w)
{
	int64_t most = 0;

	for (size_t i = 0; i < sizeof(w->daemons) / sizeof(w->daemons[0]); i++) {
		int64_t ms = cf_starved_ms(w->daemons[i].p.pid);

		most = ms > most ? ms : most;
	}
	return most + cf_starved_ms(gettid());
}

bool cf_work_rests(const struct cf_work *before, const struct cf_work *now, int64_t ms)
{
	int64_t done = now->us - before->us;

	return !now->running && done >= 0 && done <= ms * REST_US_PER_MS;
}
