/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - strict readers and writers of small values: base64, hex, numbers,
 * times, ids.  Every reader takes the whole input or refuses it.
 */
#ifndef OSCI_BASE_TEXT_H
#define OSCI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Appends base64 of @data; @wrap = line length (76, as peers write it; 0 = one line). */
void osci_base64_encode(struct osci_buf *out, const void *data, size_t len, unsigned wrap);
/*
 * Appends the octets.  White space (blank, tab, CR, LF) between characters is
 * allowed; wrong characters, wrong or missing padding, non-zero spare bits and
 * data behind the padding are OSCI_E_MALFORMED.
 */
int osci_base64_decode(struct osci_buf *out, const char *text, size_t len);

/* Incremental form for streams: feed at any split, then finish. */
struct osci_base64_dec {
	uint32_t acc;
	unsigned n, pads;
	bool bad;
};
void osci_base64_dec_init(struct osci_base64_dec *d);
int osci_base64_dec_feed(struct osci_base64_dec *d, const char *text, size_t len, struct osci_buf *out);
int osci_base64_dec_finish(struct osci_base64_dec *d);

void osci_hex(char *out /* 2*len+1 */, const void *data, size_t len);

/* Digits only, no sign, no blank, at most @max; OSCI_E_MALFORMED otherwise. */
int osci_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *ret);

/* xsd:dateTime with zone demanded; ms kept. Returns ms since 1970 UTC. Strict fields and days. */
int osci_parse_datetime(const char *s, size_t len, int64_t *ret_ms);
/* "2026-11-22T09:00:00.123Z"; @ms since 1970. @out of at least 32. */
void osci_format_datetime_utc(char *out, size_t size, int64_t ms);
/* Same instant in Europe/Berlin: "2026-11-22T10:00:00.123+01:00" (EU summer time rule computed, no tz database). */
void osci_format_datetime_berlin(char *out, size_t size, int64_t ms);
/* Local Berlin calendar time of an instant, and the instant of a Berlin local time (the first of two). */
struct osci_civil {
	int year, month, day, hour, minute, second, ms;
};
struct osci_civil osci_civil_utc(int64_t ms);
void osci_berlin_civil(int64_t ms, struct osci_civil *ret);
int64_t osci_berlin_instant(const struct osci_civil *c);
bool osci_date_valid(int year, int month, int day);
int64_t osci_days_from_civil(int year, int month, int day); /* days since 1970-01-01 */

/* [A-Za-z0-9@._:+/=-]{1,256}: MessageId and other ids of the wire. */
bool osci_id_ok(const char *s, size_t len, size_t max);
/*
 * Content-ID of an attachment, without < >: what peers take for it is the name of a file, umlauts and blanks inside
 * included.  Nothing hidden, nothing that looks like a path, an option, an escape or markup: one id has one spelling.
 */
bool osci_content_id_ok(const char *s, size_t max);
bool osci_utf8_ok(const void *data, size_t len); /* no overlong, no surrogate, no NUL */
/* Makes text safe for a log line or terminal: escapes everything outside printable UTF-8. */
void osci_escape_line(struct osci_buf *out, const char *s, size_t len);

/* 36 characters + NUL, version 4, from the CSPRNG; -EIO if that fails. */
int osci_uuid4(char out[37]);
int osci_random(void *out, size_t len); /* 0 or -EIO */
/* For secrets: time depends on the lengths only. */
bool osci_equal_secret(const char *a, const char *b);

#endif
