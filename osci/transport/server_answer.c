/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_answer - what goes back: a stream with its length, or one line in words
 *
 * Octets in memory are a stream, too.  A stream that fails ends the connection with the length unfulfilled, so
 * that nobody takes half an answer for a whole one.  Lines are constants that repeat nothing of the request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "transport/server_priv.h"

#define BLOCK_MAX OSCI_BLOB_CHUNK

struct answer {
	struct osci_stream *stream;
	uint64_t cut; /* the connection is cut here, for tests; UINT64_MAX = never */
};

static void answer_free(void *arg)
{
	struct answer *a = arg;

	osci_stream_freep(&a->stream);
	free(a);
}

static ssize_t answer_read(void *arg, uint64_t pos, char *out, size_t max)
{
	struct answer *a = arg;
	size_t n;

	if (pos >= a->cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (max > a->cut - pos)
		max = (size_t)(a->cut - pos);
	if (osci_stream_read(a->stream, out, max, &n, NULL) || n == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return (ssize_t)n;
}

/* Takes @stream, on failure too. */
static struct MHD_Response *response_of_stream(struct osci_stream *stream, bool cut)
{
	struct answer *a = malloc(sizeof(*a));
	uint64_t len = osci_stream_len(stream);
	struct MHD_Response *r;

	if (!a) {
		osci_stream_freep(&stream);
		return NULL;
	}
	*a = (struct answer){ .stream = stream, .cut = cut ? len / 2 : UINT64_MAX };
	r = MHD_create_response_from_callback(len, len < BLOCK_MAX ? (size_t)len + 1 : BLOCK_MAX, answer_read, a,
					      answer_free);
	if (!r)
		answer_free(a);
	return r;
}

/* Octets of the reply become a stream. */
static int stream_of_data(struct osci_http_reply *reply)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *b = NULL;
	unsigned char *data = reply->data;
	int r;

	reply->data = NULL;
	r = osci_blob_take(&b, data, reply->len, false);
	return r ? r : osci_stream_of_blob(&reply->stream, b);
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r, const char *type)
{
	enum MHD_Result done = MHD_NO;

	if (MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, const char *text, const char *allow)
{
	struct MHD_Response *r;

	r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	if (allow)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, allow);
	if (status != MHD_HTTP_OK)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	return queue(c, status, r, "text/plain");
}

enum MHD_Result answer_job(struct MHD_Connection *c, struct job *job)
{
	bool cut = job->status == OSCI_HTTP_CUT_BODY;
	struct osci_http_reply *reply = &job->reply;
	unsigned status = cut ? MHD_HTTP_OK : (unsigned)job->status;
	struct osci_stream *stream;
	struct MHD_Response *r;
	char line[80];

	if (!cut && (job->status < 100 || job->status > 599))
		return MHD_NO; /* negative: the connection is cut */
	if (!reply->stream && !reply->data) {
		const char *words = MHD_get_reason_phrase_for(status);

		snprintf(line, sizeof(line), "%s\n", words ? words : "no reason given");
		return answer_text(c, status, line, NULL);
	}
	if (!reply->stream && stream_of_data(reply))
		return MHD_NO;
	stream = reply->stream;
	reply->stream = NULL;
	r = response_of_stream(stream, cut);
	return r ? queue(c, status, r, reply->content_type ? reply->content_type : "text/xml") : MHD_NO;
}
