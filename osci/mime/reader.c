/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader - push parser for multipart/related
 *
 * Every octet is looked at a bounded number of times: heads are gathered by lines, bodies are searched for the delimiter,
 * at once where all of it could stand in the input, at the input's end octet by octet.  CR stands only at the front of
 * the delimiter, so a match that fails can only begin anew behind it, at the octet that broke it; what had matched in an
 * input before is emitted from the delimiter itself and nothing of the input is held back.
 *
 * The line behind a delimiter must be empty or "--": a boundary that another one begins with is
 * refused.  The epilogue is passed over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/fields.h"

#define DELIMITER_MAX (4 + MIME_BOUNDARY_MAX) /* CRLF, "--", boundary */
#define DECODE_STEP 4096                      /* base64 text decoded at once */

enum state {
	AT_HEAD,      /* message head; empty lines before it */
	AT_PREAMBLE,  /* empty lines before the first delimiter */
	AT_DELIMITER, /* behind a delimiter: rest of its line */
	AT_PART_HEAD,
	AT_BODY,
	AT_EPILOGUE,
};

struct osci_mime_reader {
	struct osci_limits limits;
	struct osci_mime_events events;
	void *arg;
	enum state state;
	int error; /* sticky result of a failed feed */
	struct osci_buf head; /* lines of the head or delimiter line being read */
	char delimiter[DELIMITER_MAX + 1];
	size_t delimiter_len;
	size_t matched;    /* octets of the delimiter seen */
	size_t borrowed;   /* of them not in the input: CRLF before an empty body */
	uint64_t pos;      /* octets of input taken so far */
	uint64_t body, body_len; /* where the part stands in the input; length known at its end */
	bool base64;
	struct osci_base64_dec dec;
	struct osci_buf plain;
	char start[MIME_ID_MAX + 1]; /* start parameter or "" */
	char (*ids)[MIME_ID_MAX + 1]; /* lower case; compared on arrival */
	size_t n_ids, cap_ids;
};

static int malformed(struct osci_err *err, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, "9100", "MIME", "%s", what);
}

int osci_mime_reader_new(struct osci_mime_reader **ret, const struct osci_limits *limits,
			 const struct osci_mime_events *events, void *arg)
{
	struct osci_mime_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	if (limits)
		r->limits = *limits;
	else
		osci_limits_default(&r->limits);
	r->events = *events;
	r->arg = arg;
	osci_buf_init(&r->head, r->limits.mime_part_head);
	osci_buf_init(&r->plain, DECODE_STEP);
	*ret = r;
	return 0;
}

void osci_mime_reader_freep(struct osci_mime_reader **pr)
{
	struct osci_mime_reader *r = *pr;

	if (!r)
		return;
	osci_buf_free(&r->head);
	osci_buf_free(&r->plain);
	free(r->ids);
	free(r);
	*pr = NULL;
}

static int emit(struct osci_mime_reader *r, const char *data, size_t len, struct osci_err *err)
{
	if (!r->base64)
		return len ? r->events.part_data(r->arg, data, len) : 0;
	while (len) {
		size_t n = len < DECODE_STEP ? len : DECODE_STEP;
		int res;

		osci_buf_reset(&r->plain);
		res = osci_base64_dec_feed(&r->dec, data, n, &r->plain);
		if (res > 0)
			return malformed(err, "wrong base64 in a part");
		if (!res)
			res = osci_buf_error(&r->plain);
		if (!res && r->plain.len)
			res = r->events.part_data(r->arg, r->plain.data, r->plain.len);
		if (res)
			return res;
		data += n;
		len -= n;
	}
	return 0;
}

static void take(struct osci_mime_reader *r, const char **p, size_t *len, size_t n)
{
	*p += n;
	*len -= n;
	r->pos += n;
}

static int end_part(struct osci_mime_reader *r, struct osci_err *err)
{
	r->body_len = r->pos - (r->delimiter_len - r->borrowed) - r->body;
	if (r->base64) {
		int res;

		osci_buf_reset(&r->plain);
		res = osci_base64_dec_finish(&r->dec);
		if (res > 0)
			return malformed(err, "base64 of a part ends early");
		if (res)
			return res;
	}
	return r->events.part_end(r->arg);
}

/* Content-IDs are compared without case: two that differ by it are one for some readers. */
static int remember_id(struct osci_mime_reader *r, const char *id, struct osci_err *err)
{
	char *own;
	size_t i;

	if (r->n_ids == r->cap_ids) {
		size_t cap = r->cap_ids ? r->cap_ids * 2 : 4;
		void *ids = reallocarray(r->ids, cap, sizeof(*r->ids));

		if (!ids)
			return -ENOMEM;
		r->ids = ids;
		r->cap_ids = cap;
	}
	own = r->ids[r->n_ids];
	for (i = 0; id[i]; i++)
		own[i] = id[i] >= 'A' && id[i] <= 'Z' ? (char)(id[i] + 32) : id[i];
	own[i] = '\0';
	for (i = 0; i < r->n_ids; i++)
		if (!strcmp(r->ids[i], own))
			return malformed(err, "two parts with one Content-ID");
	r->n_ids++;
	return 0;
}

static int message_head(struct osci_mime_reader *r, struct osci_err *err)
{
	struct mime_fields f;
	int res = mime_fields_parse(&f, (char *)r->head.data, r->head.len, err);

	if (res)
		return res;
	if (strcmp(f.head.content_type, "multipart/related"))
		return malformed(err, "Content-Type of the message is not multipart/related");
	if (!f.boundary[0])
		return malformed(err, "no boundary");
	if (f.type_param[0] && strcmp(f.type_param, "text/xml"))
		return malformed(err, "type of the root part is not text/xml");
	if (f.head.base64)
		return malformed(err, "transfer encoding on the whole message");
	if (f.has_start)
		memcpy(r->start, f.start, sizeof(r->start));
	r->delimiter_len = (size_t)(stpcpy(stpcpy(r->delimiter, "\r\n--"), f.boundary) - r->delimiter);
	/* The CRLF of the empty line behind the head is the one the first delimiter needs. */
	r->matched = r->borrowed = 2;
	r->state = AT_PREAMBLE;
	return 0;
}

static int part_head(struct osci_mime_reader *r, struct osci_err *err)
{
	struct mime_fields f;
	const char *type = f.head.content_type;
	int res;

	if (!r->head.len)
		return malformed(err, "part without head");
	res = mime_fields_parse(&f, (char *)r->head.data, r->head.len, err);
	if (res)
		return res;
	if (!f.has_id || !f.has_type)
		return malformed(err, "part without Content-ID or Content-Type");
	if (!strncmp(type, "multipart/", 10) || !strncmp(type, "message/", 8))
		return malformed(err, "part of a nested type");
	if (!r->n_ids) {
		if (strcmp(type, "text/xml"))
			return malformed(err, "root part is not text/xml");
		if (f.head.charset[0] && strcmp(f.head.charset, "utf-8"))
			return malformed(err, "charset of the root part is not UTF-8");
		if (r->start[0] && strcmp(r->start, f.head.content_id))
			return malformed(err, "start parameter names another part");
	} else if (!f.has_encoding) {
		return malformed(err, "part without Content-Transfer-Encoding");
	}
	if (r->n_ids >= r->limits.mime_parts)
		return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME", "over %u parts", r->limits.mime_parts);
	res = remember_id(r, f.head.content_id, err);
	if (res)
		return res;
	r->base64 = f.head.base64;
	osci_base64_dec_init(&r->dec);
	r->matched = r->borrowed = 2;
	r->body = r->pos;
	r->state = AT_BODY;
	return r->events.part_begin(r->arg, &f.head);
}

/* Takes the input up to the next LF. Sets *@line once the gathered line is whole. */
static int gather(struct osci_mime_reader *r, const char **p, size_t *len, bool *line, struct osci_err *err)
{
	const char *lf = memchr(*p, '\n', *len);
	size_t n = lf ? (size_t)(lf - *p) + 1 : *len;

	osci_buf_add(&r->head, *p, n);
	take(r, p, len, n);
	*line = lf != NULL;
	if (osci_buf_error(&r->head) == OSCI_E_LIMIT)
		return osci_fail(err, OSCI_E_LIMIT, "9100", "MIME", "head over %zu octets",
				 r->limits.mime_part_head);
	if (osci_buf_error(&r->head))
		return osci_buf_error(&r->head);
	if (*line && (r->head.len < 2 || r->head.data[r->head.len - 2] != '\r'))
		return malformed(err, "line without CRLF");
	return 0;
}

/* True if the gathered lines end with an empty one; it is taken off. */
static bool take_empty_line(struct osci_mime_reader *r)
{
	const unsigned char *d = r->head.data;
	size_t n = r->head.len;

	if (n == 2 || (n >= 4 && d[n - 3] == '\n')) {
		r->head.len = n - 2;
		r->head.data[n - 2] = '\0';
		return true;
	}
	return false;
}

static int step_head(struct osci_mime_reader *r, const char **p, size_t *len, struct osci_err *err)
{
	bool line;
	int res = gather(r, p, len, &line, err);

	if (res || !line || !take_empty_line(r))
		return res;
	if (r->state == AT_PART_HEAD)
		res = part_head(r, err);
	else if (r->head.len)
		res = message_head(r, err);
	/* else an empty line before the head, as the reference writes before a fault */
	osci_buf_reset(&r->head);
	return res;
}

/* Only empty lines stand before the first delimiter. */
static int step_preamble(struct osci_mime_reader *r, const char **p, size_t *len, struct osci_err *err)
{
	char c = **p;

	take(r, p, len, 1);
	if (c == r->delimiter[r->matched]) {
		if (++r->matched == r->delimiter_len)
			r->state = AT_DELIMITER;
		return 0;
	}
	if (r->matched == 2 && c == '\r') {
		r->matched = 1;
		return 0;
	}
	return malformed(err, "text before the first boundary");
}

static int step_delimiter(struct osci_mime_reader *r, const char **p, size_t *len, struct osci_err *err)
{
	const char *d;
	size_t n, i;
	bool line, last;
	int res = gather(r, p, len, &line, err);

	if (res || !line)
		return res;
	d = (const char *)r->head.data;
	n = r->head.len - 2;
	last = n >= 2 && d[0] == '-' && d[1] == '-';
	for (i = last ? 2 : 0; i < n; i++)
		if (d[i] != ' ' && d[i] != '\t')
			return malformed(err, "boundary line with something behind the boundary");
	if (last && !r->n_ids)
		return malformed(err, "no part");
	r->state = last ? AT_EPILOGUE : AT_PART_HEAD;
	osci_buf_reset(&r->head);
	return 0;
}

/* The first CR that begins the delimiter, or may do so at the end of the input.  NULL if there is none. */
static const char *find_delimiter(const struct osci_mime_reader *r, const char *s, size_t len)
{
	size_t whole = r->delimiter_len;
	const char *at = len >= whole ? memmem(s, len, r->delimiter, whole) : NULL;

	if (at)
		return at;
	if (len >= whole) {
		s += len - (whole - 1);
		len = whole - 1;
	}
	return memchr(s, '\r', len);
}

static int step_body(struct osci_mime_reader *r, const char **p, size_t *len, struct osci_err *err)
{
	int res = 0;

	while (*len && !res) {
		const char *s = *p;

		if (!r->matched) {
			const char *cr = find_delimiter(r, s, *len);
			size_t n = cr ? (size_t)(cr - s) : *len;

			take(r, p, len, n + (cr != NULL));
			res = emit(r, s, n, err);
			r->matched = cr != NULL;
			r->borrowed = 0;
		} else if (*s == r->delimiter[r->matched]) {
			take(r, p, len, 1);
			if (++r->matched == r->delimiter_len) {
				r->state = AT_DELIMITER;
				return end_part(r, err);
			}
		} else {
			res = emit(r, r->delimiter + r->borrowed, r->matched - r->borrowed, err);
			r->matched = r->borrowed = 0;
		}
	}
	return res;
}

int osci_mime_reader_feed(struct osci_mime_reader *r, const void *data, size_t len, struct osci_err *err)
{
	const char *p = data;
	int res = r->error;

	if (res)
		return osci_fail(err, res, "9100", "MIME", "reader stopped before");
	while (len && !res) {
		switch (r->state) {
		case AT_HEAD:
		case AT_PART_HEAD:
			res = step_head(r, &p, &len, err);
			break;
		case AT_PREAMBLE:
			res = step_preamble(r, &p, &len, err);
			break;
		case AT_DELIMITER:
			res = step_delimiter(r, &p, &len, err);
			break;
		case AT_BODY:
			res = step_body(r, &p, &len, err);
			break;
		case AT_EPILOGUE:
			take(r, &p, &len, len);
			break;
		}
	}
	r->error = res;
	return res;
}

int osci_mime_reader_finish(struct osci_mime_reader *r, struct osci_err *err)
{
	const char *crlf = "\r\n";
	size_t two = 2;

	if (r->error)
		return osci_fail(err, r->error, "9100", "MIME", "reader stopped before");
	/* The last boundary may stand at the very end, without CRLF. */
	if (r->state == AT_DELIMITER && r->head.len >= 2 && r->head.data[r->head.len - 1] != '\r')
		r->error = step_delimiter(r, &crlf, &two, err);
	if (!r->error && r->state != AT_EPILOGUE)
		r->error = malformed(err, r->state == AT_BODY ? "no final boundary" : "ends too early");
	return r->error;
}

void osci_mime_reader_range(const struct osci_mime_reader *r, uint64_t *offset, uint64_t *len)
{
	*offset = r->body;
	*len = r->body_len;
}
