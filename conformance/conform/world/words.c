/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words - names of the case format for processes, points and certificates
 */
#include <string.h>

#include "world/words.h"

const char *const cf_what_names[] = { "gateway", "intermediary", "partner", "office", NULL };
const char *const cf_point_names[] = { "now", "accepted", "store-requested", "stored", "answer-waiting",
				       "answer-fetched", "delivered", "acknowledged", NULL };
const char *const cf_certificate_names[] = { "ok", "expired", "revoked", "missing", NULL };
static const char *const how_names[] = { "kill", "stop", NULL };

static int find(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (word && strcmp(names[i], word) == 0)
			return i;
	return -1;
}

#define PARSE(names)                          \
	do {                                  \
		int i = find(names, word);    \
		if (i < 0)                    \
			return OSCI_E_USAGE;  \
		*ret = i;                     \
		return 0;                     \
	} while (0)

int cf_what_parse(const char *word, enum cf_what *ret)
{
	PARSE(cf_what_names);
}

int cf_how_parse(const char *word, enum cf_how *ret)
{
	PARSE(how_names);
}

int cf_point_parse(const char *word, enum cf_point *ret)
{
	PARSE(cf_point_names);
}

int cf_certificate_parse(const char *word, enum cf_certificate *ret)
{
	PARSE(cf_certificate_names);
}
