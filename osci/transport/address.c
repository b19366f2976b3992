/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address - who is at the other end of a connection, or who a trusted proxy says it is
 *
 * Numeric addresses only: a name would have to be looked up, and whoever sends it decides what it means.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/server_priv.h"

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static void of_four(struct address *ret, const void *four)
{
	memcpy(ret->octets, mapped, sizeof(mapped));
	memcpy(ret->octets + sizeof(mapped), four, 4);
}

bool address_parse(struct address *ret, const char *text, size_t len)
{
	unsigned char four[4];
	char copy[INET6_ADDRSTRLEN];

	if (len >= sizeof(copy) || memchr(text, '\0', len))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, four) == 1) {
		of_four(ret, four);
		return true;
	}
	return inet_pton(AF_INET6, copy, ret->octets) == 1;
}

bool address_of_socket(struct address *ret, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		of_four(ret, &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
		return true;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	memcpy(ret->octets, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, sizeof(ret->octets));
	return true;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

void address_text(const struct address *a, char *out, size_t size)
{
	bool four = memcmp(a->octets, mapped, sizeof(mapped)) == 0;

	if (!inet_ntop(four ? AF_INET : AF_INET6, four ? a->octets + sizeof(mapped) : a->octets, out, (socklen_t)size))
		out[0] = '\0';
}

bool address_of_forwarded(struct address *ret, const char *value)
{
	const char *comma = strrchr(value, ',');
	size_t len;

	if (comma)
		value = comma + 1;
	value += strspn(value, " \t");
	len = strlen(value);
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	return address_parse(ret, value, len);
}
