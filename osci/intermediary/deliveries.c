/* SPDX-License-Identifier: Apache-2.0 */
/* deliveries - see deliveries.h */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "intermediary/answer.h"
#include "intermediary/deliveries.h"

#define NAME_SIZE 24

/* As the answer that hands it out; what was taken may be of any size. */
static int write_delivery(struct im_store *s, int64_t seq, unsigned char **ret, size_t *len, struct osci_err *err)
{
	static const struct osci_control control = { .response = "eA==", .challenge = "eA==", .has_sequence = true,
						     .conversation_id = "100000000000000000" };
	struct osci_limits limits;
	const struct osci_write_opts opts = { .limits = &limits };
	_cleanup_(im_answer_free) struct im_answer a = { 0 };
	struct im_delivery *d;
	int r;

	osci_limits_default(&limits);
	limits.http_body = SIZE_MAX / 2;
	r = im_store_look(s, seq, &a.pool, &d, err);
	if (r)
		return r;
	if (!d->card.forwarding) /* the schema demands it: as if handed out when it came */
		d->card.forwarding = d->card.creation;
	im_answer_language(&a, NULL, NULL);
	im_answer_begin(&a, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	a.draft.control = control;
	r = im_answer_delivery(&a, d, err);
	im_answer_feedback(&a, "0801");
	return r ? r : osci_write(ret, len, &a.draft, &opts, err);
}

static int write_file(int dir, const char *name, const unsigned char *data, size_t len, struct osci_err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = 0;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		r = osci_fail(err, errno ? -errno : -EIO, NULL, name, "cannot be written");
	if (fd >= 0)
		close(fd);
	return r;
}

static int keep_content(struct im_store *s, int dir, int64_t seq, char name[NAME_SIZE], struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *data = NULL;
	size_t len;
	int r = write_delivery(s, seq, &data, &len, err);

	snprintf(name, NAME_SIZE, "%06lld", (long long)seq);
	return r ? r : write_file(dir, name, data, len, err);
}

static json_t *time_json(int64_t ms)
{
	return ms ? json_integer(ms) : json_null();
}

static int entry(json_t *list, struct im_store *s, int dir, const struct im_listed *l, struct osci_err *err)
{
	const struct im_card *c = &l->card;
	char name[NAME_SIZE] = "";
	int r = dir >= 0 && l->bytes ? keep_content(s, dir, c->seq, name, err) : 0;
	json_t *o;

	if (r == OSCI_E_EMPTY) /* went meanwhile */
		name[0] = '\0';
	else if (r)
		return r;
	o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:b}", "message_id", c->message_id, "originator", c->originator,
		      "mailbox", c->addressee, "stored_ms", time_json(c->creation), "fetched_ms", time_json(c->forwarding),
		      "received_ms", time_json(c->reception), "octets", (json_int_t)l->bytes, "waiting", (int)l->waiting);
	if (o && name[0])
		json_object_set_new(o, "file", json_string(name));
	return !o || json_array_append_new(list, o) ? osci_fail(err, -ENOMEM, NULL, NULL, "no memory for a list") : 0;
}

static int gather(struct im_store *s, int dir, json_t *list, struct osci_err *err)
{
	int64_t after = 0;
	int r = 0;

	while (!r) {
		struct im_pool pool = { 0 };
		struct im_listed *l;

		r = im_store_list(s, after, &pool, &l, err);
		if (!r) {
			after = l->card.seq;
			r = entry(list, s, dir, l, err);
		}
		im_pool_free(&pool);
	}
	return r == OSCI_E_EMPTY ? 0 : r;
}

int im_deliveries_list(const char *database, const char *dir, FILE *out, struct osci_err *err)
{
	struct im_store s = { 0 };
	json_t *list = json_array();
	int fd = -1, r = list ? im_store_open_reader(&s, database, err) : -ENOMEM;

	if (!r && dir && (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		r = osci_fail(err, -errno, NULL, dir, "is no folder that can be opened");
	if (!r)
		r = gather(&s, fd, list, err);
	if (!r && (json_dumpf(list, out, JSON_INDENT(1)) < 0 || fputc('\n', out) == EOF || fflush(out) == EOF))
		r = osci_fail(err, -EIO, NULL, "standard output", "cannot be written");
	json_decref(list);
	if (fd >= 0)
		close(fd);
	im_store_close(&s);
	return r;
}

static int find(struct im_store *s, const char *message_id, int64_t *ret, struct osci_err *err)
{
	int64_t after = 0;
	bool found = false;
	int r = 0;

	while (!r && !found) {
		struct im_pool pool = { 0 };
		struct im_listed *l;

		r = im_store_list(s, after, &pool, &l, err);
		if (!r) {
			after = l->card.seq;
			found = strcmp(l->card.message_id, message_id) == 0;
			*ret = after;
		}
		im_pool_free(&pool);
	}
	return r;
}

int im_deliveries_octets(const char *database, const char *message_id, FILE *out, struct osci_err *err)
{
	_cleanup_(osci_freep) unsigned char *data = NULL;
	struct im_store s = { 0 };
	int64_t seq = 0;
	size_t len = 0;
	int r = im_store_open_reader(&s, database, err);

	if (!r)
		r = find(&s, message_id, &seq, err);
	if (!r)
		r = write_delivery(&s, seq, &data, &len, err);
	if (r == OSCI_E_EMPTY)
		osci_fail(err, r, NULL, "--message", "no delivery of this MessageId, or its content is gone");
	if (!r && (fwrite(data, 1, len, out) != len || fflush(out) == EOF))
		r = osci_fail(err, -EIO, NULL, "standard output", "cannot be written");
	im_store_close(&s);
	return r;
}
