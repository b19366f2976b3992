/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern - does a pattern of a schema decide in time, or does its cost grow with every character?
 *
 * libxml2 follows a pattern that allows several ways by trying them.  Where the ways double with every character, a short
 * value of a stranger takes minutes.  So each pattern has to decide on short values that nearly fit: runs of one of its own
 * characters with something else at the end.  Who calls bounds the time; a pattern that passes has decided within it.
 */
#include <stdio.h>
#include <string.h>
#include <libxml/xmlregexp.h>

#include "engine/release.h"

#define RUN 40         /* characters; two ways for each would be 10^12 */
#define CHARACTERS 64  /* different ones that are tried */
#define END "\xef\xbf\xbd" /* U+FFFD: a character of XML, and of no value */

bool xausl_pattern_decides(const char *pattern)
{
	xmlRegexpPtr re = xmlRegexpCompile((const xmlChar *)pattern);
	bool tried[128] = { false }, decides = true;
	unsigned n = 0;

	if (!re)
		return true; /* the compilation of the schema refuses it */
	for (const char *p = pattern; *p && decides && n < CHARACTERS; p++) {
		unsigned char c = (unsigned char)*p;
		char probe[RUN + sizeof(END)];

		if (c < ' ' || c >= 127 || tried[c])
			continue;
		tried[c] = true;
		n++;
		memset(probe, c, RUN);
		memcpy(probe + RUN, END, sizeof(END));
		decides = xmlRegexpExec(re, (const xmlChar *)probe) >= 0;
	}
	xmlRegFreeRegexp(re);
	return decides;
}
