/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - building and printing what the program says
 *
 * JSON is ASCII alone, the form for people is escaped: nothing in a message can steer a terminal.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "tools/tool.h"

#define TEXT_MAX ((size_t)16 << 20) /* octets of the form for people */

void jput(json_t *object, const char *key, json_t *value, bool *ok)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		*ok = false;
}

void jappend(json_t *array, json_t *value, bool *ok)
{
	if (!value || json_array_append_new(array, value) != 0)
		*ok = false;
}

json_t *jtext(const char *s)
{
	return s ? json_string(s) : json_null();
}

json_t *jnumber(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *jdone(json_t *value, bool ok)
{
	if (ok)
		return value;
	json_decref(value);
	return NULL;
}

json_t *jtime(int64_t seconds)
{
	char out[40];

	osci_format_datetime_utc(out, sizeof(out), seconds * 1000);
	return json_string(out);
}

json_t *error_json(const struct osci_err *err, int code)
{
	json_t *o = json_object();
	bool ok = true;

	jput(o, "code", jtext(err->feedback[0] ? err->feedback : NULL), &ok);
	jput(o, "result", json_string(osci_result_name(code)), &ok);
	jput(o, "reason", json_string(err->what[0] ? err->what : osci_result_name(code)), &ok);
	jput(o, "where", json_string(err->where), &ok);
	return jdone(o, ok);
}

/* --- for people ----------------------------------------------------------- */

static void scalar(struct osci_buf *b, const json_t *v)
{
	if (json_is_string(v))
		osci_escape_line(b, json_string_value(v), json_string_length(v));
	else if (json_is_integer(v))
		osci_buf_addf(b, "%lld", (long long)json_integer_value(v));
	else
		osci_buf_adds(b, json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "-");
}

static bool plain(const json_t *v)
{
	return !json_is_object(v) && !json_is_array(v);
}

static bool hollow(const json_t *v)
{
	return json_is_null(v) || (json_is_array(v) && json_array_size(v) == 0) ||
	       (json_is_object(v) && json_object_size(v) == 0) || (json_is_string(v) && json_string_length(v) == 0);
}

static void indent(struct osci_buf *b, unsigned depth)
{
	while (depth--)
		osci_buf_adds(b, "  ");
}

/* Depth is that of our own objects. */
static void people(struct osci_buf *b, json_t *v, unsigned depth, bool item)
{
	const char *key;
	json_t *child, *entry;
	bool first = item;
	size_t i;

	json_object_foreach(v, key, child) {
		if (hollow(child))
			continue;
		if (!first)
			indent(b, depth);
		first = false;
		for (i = 0; key[i]; i++)
			osci_buf_addc(b, key[i] == '_' ? ' ' : key[i]);
		osci_buf_adds(b, ":");
		if (plain(child)) {
			osci_buf_adds(b, " ");
			scalar(b, child);
		}
		osci_buf_adds(b, "\n");
		if (json_is_object(child))
			people(b, child, depth + 1, false);
		json_array_foreach(child, i, entry) {
			indent(b, depth + 1);
			osci_buf_adds(b, "- ");
			if (plain(entry)) {
				scalar(b, entry);
				osci_buf_adds(b, "\n");
			} else {
				people(b, entry, depth + 2, true);
			}
		}
	}
	if (first)
		osci_buf_adds(b, "-\n");
}

static int out_failed(void)
{
	return complain("standard output", NULL, -EIO);
}

int print_json(json_t *json, bool text, int status)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(TEXT_MAX);
	bool failed = !json;

	if (json && text) {
		people(&b, json, 0, false);
		failed = osci_buf_error(&b) || fwrite(b.data, 1, b.len, stdout) != b.len;
	} else if (json) {
		failed = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) || putchar('\n') == EOF;
	}
	json_decref(json);
	return failed || fflush(stdout) != 0 ? out_failed() : status;
}

int print_line(json_t *json, int status)
{
	bool failed = !json || json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) || putchar('\n') == EOF;

	json_decref(json);
	return failed || fflush(stdout) != 0 ? out_failed() : status;
}
