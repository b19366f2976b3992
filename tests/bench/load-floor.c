/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-floor - what the system alone takes to move a large attachment, without protocol and cryptography
 *
 * Three processes hand the octets on over loopback in the pieces that the library moves, and do with files what none of
 * them can do without: the sender reads one; the intermediary writes one, syncs it and reads it; the recipient writes
 * one, reads it and writes and syncs another, as nothing goes where it belongs before all of it is there.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <osci/blob.h>
#include "load.h"

#define STATIONS 3

static char piece[OSCI_BLOB_CHUNK];

static void put(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			load_fail(NULL, "octets cannot be written");
		data += n;
		len -= (size_t)n;
	}
}

/* All octets of @from, whatever it is, to @to; whole pieces, as a sink gathers them. */
static void move(int from, int to)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = read(from, piece + have, sizeof(piece) - have);
		if (n < 0)
			load_fail(NULL, "octets cannot be read");
		have += (size_t)n;
		if (have == sizeof(piece) || n == 0) {
			put(to, piece, have);
			have = 0;
		}
	} while (n > 0);
}

static int file(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		load_fail(NULL, "no file in %s", dir);
	return fd;
}

static void rewound(int fd)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		load_fail(NULL, "a file cannot be read again");
}

static void synced(int fd)
{
	if (fsync(fd) < 0)
		load_fail(NULL, "a file cannot be synced");
}

/* Two ends of a connection over loopback: octets into [0] come out of [1]. */
static void connection(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *sa = (struct sockaddr *)&a;
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l < 0 || ends[0] < 0 || bind(l, sa, len) < 0 || listen(l, 1) < 0 || getsockname(l, sa, &len) < 0 ||
	    connect(ends[0], sa, len) < 0)
		load_fail(NULL, "no connection over loopback");
	ends[1] = accept4(l, NULL, NULL, SOCK_CLOEXEC);
	if (ends[1] < 0)
		load_fail(NULL, "no connection over loopback");
	close(l);
}

static void station(const struct load_opts *o, unsigned which, int in, int out)
{
	int one;

	if (which == 0) {
		in = open(o->file, O_RDONLY | O_CLOEXEC);
		if (in < 0)
			load_fail(NULL, "--file cannot be opened");
		move(in, out);
		return;
	}
	one = file(o->spool);
	move(in, one);
	if (which == 1) {
		synced(one);
		rewound(one);
		move(one, out);
		return;
	}
	rewound(one);
	out = file(o->spool);
	move(one, out);
	synced(out);
}

/* Runs a station as a process of its own and reports its processor time to @report. */
static void start(const struct load_opts *o, unsigned which, int way[STATIONS - 1][2], int report)
{
	double seconds;
	pid_t pid = fork();
	unsigned i;

	if (pid < 0)
		load_fail(NULL, "no process");
	if (pid > 0)
		return;
	for (i = 0; i < STATIONS - 1; i++) { /* an end is seen only if nobody else holds it open */
		if (i != which)
			close(way[i][0]);
		if (i + 1 != which)
			close(way[i][1]);
	}
	station(o, which, which ? way[which - 1][1] : -1, which < STATIONS - 1 ? way[which][0] : -1);
	seconds = load_cpu(0);
	put(report, (const char *)&seconds, sizeof(seconds));
	_exit(0);
}

void load_floor(const struct load_opts *o)
{
	static const char *const names[STATIONS] = { "sender", "intermediary", "recipient" };
	int way[STATIONS - 1][2], report[STATIONS][2], status;
	double seconds;
	unsigned i;

	if (!o->file || !o->spool)
		load_fail(NULL, "--file and --spool expected");
	for (i = 0; i < STATIONS - 1; i++)
		connection(way[i]);
	for (i = 0; i < STATIONS; i++) {
		if (pipe(report[i]) < 0)
			load_fail(NULL, "no pipe");
		start(o, i, way, report[i][1]);
		close(report[i][1]);
	}
	for (i = 0; i < STATIONS - 1; i++) {
		close(way[i][0]);
		close(way[i][1]);
	}
	printf("{\"load\":\"floor\"");
	for (i = 0; i < STATIONS; i++) {
		if (read(report[i][0], &seconds, sizeof(seconds)) != (ssize_t)sizeof(seconds))
			load_fail(NULL, "the %s failed", names[i]);
		close(report[i][0]);
		printf(",\"%s\":%.4f", names[i], seconds);
	}
	puts("}");
	for (i = 0; i < STATIONS; i++)
		if (wait(&status) < 0 || status)
			load_fail(NULL, "a process failed");
}
