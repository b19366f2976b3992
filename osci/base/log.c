/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - builds one JSON line per record and writes it with one write(2)
 *
 * Lines of several threads do not mix.  A line holds at most RECORD_MAX octets and a value at most
 * VALUE_MAX after escaping; what does not fit is left out and "cut":true says so.  A failed write
 * is ignored: there is nowhere to report it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define RECORD_MAX 1024
#define VALUE_MAX 320
#define EVENT_MAX 64
#define TAIL_ROOM 16 /* for ,"cut":true}\n */

static struct {
	const char *program;
	const struct osci_clock *clock;
	enum osci_log_level min;
} log_state = { "", NULL, OSCI_LOG_INFO };

/* The allow list. Ids, codes, counts, sizes, times, places: nothing that could hold content. */
static const char *const fields[] = {
	"address", "attempt", "backoff", "bytes", "certificate", "chunk", "client", "clock", "code",
	"column", "config", "conversation", "count", "database", "delivery", "dialog", "direction",
	"due", "endpoint", "expires", "failed", "fault", "feedback", "field", "file", "id",
	"interval", "issuer", "journal", "key", "kind", "limit", "line", "list", "mailbox", "max",
	"message", "message_id", "method", "module", "ms", "next", "office", "offices", "operation",
	"order", "osci_id", "outcome", "partner", "path", "peer", "pending", "phase", "pid", "point", "port",
	"queue", "reason", "release", "remaining", "request", "result", "retries", "role", "rule",
	"schema", "scope", "seconds", "sequence", "serial", "server", "sha256", "signal", "size",
	"source", "state", "status", "step", "switch", "thread", "threads", "topic", "total", "type",
	"until", "url", "uuid", "version", "what", "where", "worker",
};

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void osci_log_open(const char *program, const struct osci_clock *clock, enum osci_log_level min)
{
	log_state.program = program;
	log_state.clock = clock;
	log_state.min = min;
}

static bool field_known(const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(fields[i], name))
			return true;
	return false;
}

static bool event_ok(const char *event)
{
	size_t len = strlen(event);

	return len && len <= EVENT_MAX && strspn(event, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Value within JSON quotes: the escapes of a log line, then quotes and backslashes of JSON. */
static void add_value(struct osci_buf *line, const char *value, bool *cut)
{
	char escaped[VALUE_MAX * 2 + 1];
	_cleanup_buf_ struct osci_buf tmp = OSCI_BUF_INIT(VALUE_MAX * 12);
	size_t len = strnlen(value, VALUE_MAX), n = 0, i;

	if (value[len]) {
		*cut = true;
		while (len && ((unsigned char)value[len] & 0xc0) == 0x80)
			len--; /* not through a character */
	}
	osci_escape_line(&tmp, value, len);
	for (i = 0; i < tmp.len && n < VALUE_MAX; i++) {
		if (tmp.data[i] == '"' || tmp.data[i] == '\\')
			escaped[n++] = '\\';
		escaped[n++] = (char)tmp.data[i];
	}
	if (i < tmp.len) { /* escapes made it longer */
		*cut = true;
		while (n && ((unsigned char)escaped[n - 1] & 0x80))
			n--;
	}
	osci_buf_add(line, escaped, n);
}

static void add_field(struct osci_buf *line, const char *name, const char *value, bool *cut)
{
	_cleanup_buf_ struct osci_buf one = OSCI_BUF_INIT(RECORD_MAX);

	if (!value)
		return;
	if (!field_known(name)) {
		assert(!"log field on the allow list");
		return;
	}
	osci_buf_addf(&one, ",\"%s\":\"", name);
	add_value(&one, value, cut);
	osci_buf_addc(&one, '"');
	if (osci_buf_error(&one) || one.len > RECORD_MAX - TAIL_ROOM - line->len)
		*cut = true;
	else
		osci_buf_add(line, one.data, one.len);
}

static void begin(struct osci_buf *line, enum osci_log_level level, const char *event)
{
	struct osci_clock real = { 0 };
	char now[40];

	assert(event_ok(event));
	osci_format_datetime_utc(now, sizeof(now), osci_clock_ms(log_state.clock ? log_state.clock : &real));
	osci_buf_addf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":\"%s\",\"event\":\"%s\"", now,
		      level_names[level], log_state.program, event_ok(event) ? event : "unnamed");
}

static void add_pairs(struct osci_buf *line, va_list ap, bool *cut)
{
	const char *name;

	while ((name = va_arg(ap, const char *)))
		add_field(line, name, va_arg(ap, const char *), cut);
}

static void end(struct osci_buf *line, bool cut)
{
	ssize_t n;

	osci_buf_adds(line, cut ? ",\"cut\":true}\n" : "}\n");
	if (osci_buf_error(line))
		return;
	n = write(STDERR_FILENO, line->data, line->len);
	(void)n;
}

void osci_log(enum osci_log_level level, const char *event, ...)
{
	_cleanup_buf_ struct osci_buf line = OSCI_BUF_INIT(RECORD_MAX);
	bool cut = false;
	va_list ap;

	if (level < log_state.min)
		return;
	begin(&line, level, event);
	va_start(ap, event);
	add_pairs(&line, ap, &cut);
	va_end(ap);
	end(&line, cut);
}

void osci_log_err(enum osci_log_level level, const char *event, const struct osci_err *err, ...)
{
	_cleanup_buf_ struct osci_buf line = OSCI_BUF_INIT(RECORD_MAX);
	bool cut = false;
	va_list ap;

	if (level < log_state.min)
		return;
	begin(&line, level, event);
	add_field(&line, "code", osci_result_name(err->code), &cut);
	add_field(&line, "feedback", err->feedback[0] ? err->feedback : NULL, &cut);
	add_field(&line, "where", err->where[0] ? err->where : NULL, &cut);
	add_field(&line, "what", err->what[0] ? err->what : NULL, &cut);
	va_start(ap, err);
	add_pairs(&line, ap, &cut);
	va_end(ap);
	end(&line, cut);
}
