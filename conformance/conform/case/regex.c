/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex - extended regular expressions on code points, matching a text as a whole
 *
 * What libc's engine needs memory or time for without bound is refused when the case is loaded: repetitions
 * of more than REPEAT_MAX, also nested, and references back.
 */
#include <locale.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "case/load.h"

#define REPEAT_MAX 200u
#define GROUPS_MAX 20u

static locale_t utf8;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void) { utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

static bool compile(regex_t *re, const char *regex)
{
	_cleanup_(osci_freep) char *whole = NULL;

	if (asprintf(&whole, "^(%s)$", regex) < 0) {
		whole = NULL;
		return false;
	}
	return regcomp(re, whole, REG_EXTENDED | REG_NOSUB) == 0;
}

/* Product of all repetitions: an upper bound of what nesting makes of them. */
static const char *costs(const char *regex)
{
	unsigned product = 1, groups = 0;

	for (const char *p = regex; *p; p++) {
		if (*p == '\\') {
			if (p[1] >= '0' && p[1] <= '9')
				return "references back are not allowed";
			if (!*++p)
				return "a \\ at the end";
			continue;
		}
		if (*p == '[') { /* up to its end, "]" first is a character of it */
			p++;
			p += *p == '^';
			p += *p == ']';
			while (*p && *p != ']')
				p +=
				    strncmp(p, "[:", 2) == 0 && strstr(p, ":]") ? strstr(p, ":]") + 2 - p : 1;
			if (!*p)
				return "a [ without ]";
		}
		if (*p == '(' && ++groups > GROUPS_MAX)
			return "too many groups";
		if (*p == '{') {
			unsigned max = 0;

			for (const char *q = p + 1; *q && *q != '}'; q++) {
				size_t n = strspn(q, "0123456789");
				uint64_t v;

				if (!n)
					continue;
				if (osci_parse_u64(q, n, REPEAT_MAX, &v))
					return "repeated too often";
				max = (unsigned)v > max ? (unsigned)v : max;
				q += n - 1;
			}
			product *= max ? max : 1;
			if (product > REPEAT_MAX)
				return "repeated too often";
		}
	}
	return NULL;
}

const char *cf_regex_problem(const char *regex)
{
	regex_t re;

	if (strlen(regex) > CF_REGEX_MAX)
		return "the expression is too long";
	const char *problem = costs(regex);
	if (problem)
		return problem;
	pthread_once(&once, make_locale);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	bool ok = compile(&re, regex);
	if (ok)
		regfree(&re);
	if (utf8)
		uselocale(before);
	return ok ? NULL : "no extended regular expression (POSIX)";
}

bool cf_regex_fits(const char *regex, const char *text)
{
	bool fits = false;
	regex_t re;

	pthread_once(&once, make_locale);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	if (compile(&re, regex)) {
		fits = regexec(&re, text, 0, NULL, 0) == 0;
		regfree(&re);
	}
	if (utf8)
		uselocale(before);
	return fits;
}
