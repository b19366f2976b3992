/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_exchange - one exchange: what goes out, what comes in, and what its end means
 *
 * The body is pulled from a stream with its length announced, the answer goes to a sink: neither is ever whole in
 * memory.  Head and body are counted as they arrive; a body is read at any status.  A transfer in
 * motion must keep min_rate over idle_ms; the time in which the peer thinks counts against
 * total_ms alone, as a passive recipient may be asked meanwhile.
 *
 * Texts name the peer as host:port and numbers, never what it sent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "transport/client_priv.h"

#define URL_MAX_OCTETS 2048
/* Of TLS 1.2; forward secrecy and authenticated encryption, as all of 1.3 has it. */
#define TLS_CIPHERS "kECDHE+AESGCM:kECDHE+CHACHA20:kDHE+AESGCM:kDHE+CHACHA20:!aNULL"

/* Every line of every head, interim ones included; status lines too. */
static size_t on_head(char *data, size_t size, size_t n, void *arg)
{
	static const char coding[] = "content-encoding:";
	struct exchange *x = arg;
	size_t len = size * n;

	x->head_len += len;
	if (x->head_len > x->http->limits.http_head) {
		x->end = END_HEAD_LIMIT;
		return 0;
	}
	if (len >= sizeof(coding) - 1 && strncasecmp(data, coding, sizeof(coding) - 1) == 0) {
		size_t i = sizeof(coding) - 1;

		while (i < len && (data[i] == ' ' || data[i] == '\t'))
			i++;
		while (len > i && strchr(" \t\r\n", data[len - 1]))
			len--;
		if (len - i != 8 || strncasecmp(data + i, "identity", 8) != 0) {
			x->end = END_CODING;
			return 0;
		}
	}
	return size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t len = size * n;

	if (len > x->http->limits.http_body - osci_sink_len(x->answer)) {
		x->end = END_BODY_LIMIT;
		return 0;
	}
	x->own_result = osci_sink_add(x->answer, data, len, &x->own_err);
	if (x->own_result) {
		x->end = END_STORE;
		return 0;
	}
	return len;
}

static size_t on_read(char *buf, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t got;

	x->own_result = osci_stream_read(x->stream, buf, size * n, &got, &x->own_err);
	if (x->own_result) {
		x->end = END_STREAM;
		return CURL_READFUNC_ABORT;
	}
	return got;
}

/* Back to the beginning: a connection kept open turned out to be closed by the peer. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct exchange *x = arg;

	if (!x->again || offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	osci_stream_freep(&x->stream);
	return osci_stream_of_blob(&x->stream, x->again) ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

bool url_ok(const char *url, bool *ret_tls, char *peer, size_t size)
{
	const char *host;
	size_t len, n, i;

	len = strlen(url);
	if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	else if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else
		return false;
	*ret_tls = url[4] == 's';
	for (i = 0; i < len; i++)
		if ((unsigned char)url[i] <= ' ' || (unsigned char)url[i] >= 0x7f || strchr("\"<>\\^`{|}#", url[i]))
			return false;
	n = strcspn(host, "/?");
	if (len > URL_MAX_OCTETS || n == 0 || n >= size || memchr(host, '@', n))
		return false;
	memcpy(peer, host, n);
	peer[n] = '\0';
	return true;
}

bool exchange_configure(struct exchange *x, const char *url)
{
	const struct osci_limits *l = &x->http->limits;
	CURL *e = x->easy;
	bool ok = true;

#define SET(option, value) (ok = ok && curl_easy_setopt(e, option, value) == CURLE_OK)
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, x->http->proxy); /* "" also switches the environment off */
	SET(CURLOPT_NOSIGNAL, 1L);
	if (x->stream) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_len);
		SET(CURLOPT_READFUNCTION, on_read);
		SET(CURLOPT_READDATA, (void *)x);
		SET(CURLOPT_SEEKFUNCTION, on_seek);
		SET(CURLOPT_SEEKDATA, (void *)x);
		SET(CURLOPT_HTTPHEADER, x->http->headers);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)OSCI_BLOB_CHUNK);
	SET(CURLOPT_BUFFERSIZE, (long)OSCI_BLOB_CHUNK);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, (void *)x);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, (void *)x);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)l->http_body);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)l->total_ms);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_CIPHER_LIST, TLS_CIPHERS);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_CAINFO, x->http->ca_file);
	SET(CURLOPT_PRIVATE, (void *)x);
#undef SET
	return ok;
}

static int end_of_ours(const struct exchange *x, struct osci_err *err)
{
	const struct osci_limits *l = &x->http->limits;

	switch (x->end) {
	case END_HEAD_LIMIT:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "head of the answer of %s larger than %zu octets",
				 x->peer, l->http_head);
	case END_BODY_LIMIT:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "answer of %s larger than %zu octets", x->peer,
				 l->http_body);
	case END_CODING:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s has a content coding", x->peer);
	case END_SLOW:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL,
				 "%s moved fewer than %u octets per second for %u ms", x->peer, l->min_rate,
				 l->idle_ms);
	default: /* what was sent or where the answer goes has failed, not the peer */
		if (err)
			*err = x->own_err;
		return x->own_result;
	}
}

static int timed_out(const struct exchange *x, struct osci_err *err)
{
	const struct osci_limits *l = &x->http->limits;
	curl_off_t connected = 0;

	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	if (connected == 0)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no connection to %s within %u ms", x->peer,
				 l->connect_ms < l->total_ms ? l->connect_ms : l->total_ms);
	if (x->head_len)
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s not complete within %u ms",
				 x->peer, l->total_ms);
	return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no answer of %s within %u ms", x->peer, l->total_ms);
}

static int end_of_curl(const struct exchange *x, CURLcode code, struct osci_err *err)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(x, err);
	case CURLE_FILESIZE_EXCEEDED:
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "answer of %s larger than %zu octets", x->peer,
				 x->http->limits.http_body);
	case CURLE_PARTIAL_FILE:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s cut off after %llu octets", x->peer,
				 (unsigned long long)osci_sink_len(x->answer));
	case CURLE_RECV_ERROR:
		if (x->head_len)
			return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s cut off after %llu octets",
					 x->peer, (unsigned long long)osci_sink_len(x->answer));
		break;
	case CURLE_OUT_OF_MEMORY:
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for the exchange");
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "no address known for %s", x->peer);
	case CURLE_COULDNT_CONNECT:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "connection refused by %s", x->peer);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "TLS with %s refused: %s", x->peer,
				 code == CURLE_SSL_CONNECT_ERROR    ? "no agreement" :
				 code == CURLE_SSL_CACERT_BADFILE   ? "trust anchors cannot be read" :
								      "certificate not trusted");
	default:
		return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "answer of %s is no HTTP (transfer code %d)",
				 x->peer, (int)code);
	}
	return osci_fail(err, OSCI_E_NETWORK, NULL, NULL, "connection cut by %s before an answer", x->peer);
}

int exchange_result(const struct exchange *x, CURLcode code, struct osci_err *err)
{
	if (x->end != END_NONE)
		return end_of_ours(x, err);
	return code == CURLE_OK ? 0 : end_of_curl(x, code, err);
}

bool exchange_too_slow(struct exchange *x, int64_t now)
{
	const struct osci_limits *l = &x->http->limits;
	curl_off_t up = 0, connected = 0;
	uint64_t moved;
	bool thinking;

	curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
	curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	moved = (uint64_t)up + x->head_len + osci_sink_len(x->answer);
	thinking = connected == 0 || ((uint64_t)up >= x->body_len && x->head_len == 0);
	if (thinking) {
		x->window_start = now;
		x->window_octets = moved;
		return false;
	}
	if (now - x->window_start < (int64_t)l->idle_ms)
		return false;
	if ((moved - x->window_octets) * 1000 < (uint64_t)l->min_rate * (uint64_t)(now - x->window_start))
		return true;
	x->window_start = now;
	x->window_octets = moved;
	return false;
}
