/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_value - one written value against one item of the table
 *
 * Causes say what was expected and never repeat the value, which may be a secret.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf_impl.h"

const char *const conf_type_names[] = {
	[CONF_TEXT] = "text",
	[CONF_INT] = "number",
	[CONF_BOOL] = "true or false",
	[CONF_DURATION] = "duration like 500ms, 30s, 5m, 12h, 7d",
	[CONF_SIZE] = "size like 4096, 64KiB, 100MiB",
	[CONF_PATH] = "file name",
	[CONF_ENUM] = "choice",
};

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit none[] = { { "", 1 }, { NULL, 0 } };
static const struct unit durations[] = { { "ms", 1 },	    { "s", 1000 },	 { "m", 60000 },
					 { "h", 3600000 },  { "d", 86400000 },	 { NULL, 0 } };
static const struct unit sizes[] = { { "", 1 },		 { "KiB", 1024 },	     { "MiB", 1024 * 1024 },
				     { "GiB", 1073741824 }, { NULL, 0 } };

int conf_number(enum conf_type type, const char *text, int64_t *ret)
{
	const struct unit *units = type == CONF_DURATION ? durations : type == CONF_SIZE ? sizes : none;
	bool negative = type == CONF_INT && text[0] == '-';
	size_t digits;
	uint64_t v;

	text += negative;
	digits = strspn(text, "0123456789");
	if (osci_parse_u64(text, digits, INT64_MAX, &v))
		return OSCI_E_MALFORMED;
	for (; units->name; units++) {
		if (strcmp(text + digits, units->name))
			continue;
		if (v > (uint64_t)(INT64_MAX / units->factor))
			return OSCI_E_MALFORMED;
		*ret = (int64_t)v * units->factor * (negative ? -1 : 1);
		return 0;
	}
	return OSCI_E_MALFORMED;
}

char *conf_resolve(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *out = NULL;

	if (path[0] == '/' || !slash)
		return strdup(path);
	if (asprintf(&out, "%.*s/%s", (int)(slash - file), file, path) < 0)
		return NULL;
	return out;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	while (len && *choices) {
		size_t n = strcspn(choices, "|");

		if (n == len && !memcmp(choices, text, n))
			return true;
		choices += n + (choices[n] == '|');
	}
	return false;
}

static bool printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return osci_utf8_ok(text, len);
}

static int check_number(struct conf_node *n, const struct conf_item *item, const char *text, char *what, size_t size)
{
	if (conf_number(item->type, text, &n->number)) {
		snprintf(what, size, "%s expected", conf_type_names[item->type]);
		return OSCI_E_CONFIG;
	}
	if ((item->min || item->max) && (n->number < item->min || n->number > item->max)) {
		snprintf(what, size, "value out of range, %lld to %lld%s", (long long)item->min, (long long)item->max,
			 item->type == CONF_DURATION ? " ms" : item->type == CONF_SIZE ? " octets" : "");
		return OSCI_E_CONFIG;
	}
	return 0;
}

int conf_value(struct conf_node *n, const struct conf_item *item, const char *file, const char *text, size_t len,
	       bool plain, char *what, size_t size)
{
	int64_t max = item->type == CONF_TEXT && item->max ? item->max : CONF_TEXT_MAX;
	int r = 0;

	if (plain && (!len || !strcmp(text, "~") || !strcasecmp(text, "null"))) {
		snprintf(what, size, "value missing, %s expected", conf_type_names[item->type]);
		return OSCI_E_CONFIG;
	}
	if (!printable(text, len)) {
		snprintf(what, size, "control characters are not allowed");
		return OSCI_E_CONFIG;
	}
	if ((int64_t)len > max || (item->type == CONF_TEXT && (int64_t)len < item->min)) {
		snprintf(what, size, "text of %lld to %lld octets expected",
			 (long long)(item->type == CONF_TEXT ? item->min : 1), (long long)max);
		return OSCI_E_CONFIG;
	}
	if (!plain && (item->type == CONF_INT || item->type == CONF_BOOL)) {
		snprintf(what, size, "%s expected, without quotes", conf_type_names[item->type]);
		return OSCI_E_CONFIG;
	}
	switch (item->type) {
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		r = check_number(n, item, text, what, size);
		break;
	case CONF_BOOL:
		if (strcmp(text, "true") && strcmp(text, "false"))
			r = OSCI_E_CONFIG;
		snprintf(what, size, "true or false expected");
		break;
	case CONF_ENUM:
		if (!is_choice(item->choices, text))
			r = OSCI_E_CONFIG;
		snprintf(what, size, "one of %s expected", item->choices);
		break;
	case CONF_PATH:
		if (!len)
			r = OSCI_E_CONFIG;
		snprintf(what, size, "file name expected");
		break;
	case CONF_TEXT:
		break;
	}
	if (r)
		return r;
	n->text = item->type == CONF_PATH ? conf_resolve(file, text) : strdup(text);
	if (!n->text)
		return -ENOMEM;
	if (item->flags & CONF_FILE_EXISTS && access(n->text, R_OK) < 0) {
		snprintf(what, size, "file does not exist or is not readable");
		return OSCI_E_CONFIG;
	}
	n->valid = true;
	return 0;
}
