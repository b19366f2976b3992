/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_net - raw sockets on loopback for tests of the transport
 *
 * A hostile server is a script: a thread that accepts connections, reads a request head, and
 * plays what the test wrote down.
 */
#ifndef T_NET_H
#define T_NET_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int64_t t_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int t_listen(unsigned *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static inline int t_connect(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

static inline bool t_send(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Everything until the peer closes, NUL behind it; at most @size - 1. */
static inline size_t t_recv_all(int fd, char *out, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		ssize_t n = recv(fd, out + len, size - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return len;
}

/* Reads to the end of a head, and Content-Length octets behind it. */
static inline bool t_recv_request(int fd, char *out, size_t size)
{
	size_t len = 0, want = 0;

	out[0] = '\0';
	while (len < size - 1) {
		ssize_t n = recv(fd, out + len, size - 1 - len, 0);
		char *end, *cl;

		if (n <= 0)
			return false;
		len += (size_t)n;
		out[len] = '\0';
		end = strstr(out, "\r\n\r\n");
		if (!end)
			continue;
		cl = strcasestr(out, "\r\nContent-Length:");
		for (want = 0, cl = cl ? cl + 17 : end; *cl == ' ' || (*cl >= '0' && *cl <= '9'); cl++)
			if (*cl != ' ')
				want = want * 10 + (size_t)(*cl - '0');
		if (len >= (size_t)(end + 4 - out) + want)
			return true;
	}
	return false;
}

#endif
