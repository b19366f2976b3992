/* SPDX-License-Identifier: Apache-2.0 */
/*
 * submit - from a submission of an office to a request in the journal
 *
 * The same bus id with the same content is the same request: the answer is repeated, nothing
 * happens.  All errors of a submission are reported together.  A refused one leaves its id, hash and errors, so
 * that the office gets the same answer again.  Accepted means committed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "core/times.h"
#include "gateway.h"
#include "main/testpoints.h"

#define SHA256_OCTETS 32
#define ANSWER_TO_QUESTION "070007" /* the one message of an office that answers */
#define WITH_PURPOSE "070011"       /* purpose is kept in the journal and not in the XML */

struct submission {
	struct xgw *g;
	struct xgw_office *office;
	const struct xgw_partner *partner;
	const json_t *frame;
	const struct xausl_release *release;
	int64_t now;
	json_t *errors;
	struct xgw_request row; /* texts owned; xml owned */
	struct xausl_head *head; /* of complete XML; NULL if it has none */
	bool nobody;            /* its reader is no partner */
	bool imported;          /* checked with the official package of the release */
	json_t *read;           /* what xausl_read() says of complete XML */
	struct xgw_request *question; /* the request whose question is answered, or NULL */
};

static const char *member(const json_t *frame, const char *name)
{
	const char *s = json_string_value(json_object_get(frame, name));

	return s ? s : "";
}

static int add(struct submission *s, const char *field, const char *code, const char *standard, const char *text)
{
	return xgw_add_error(s->errors, field, code, standard, text);
}

static int content_hash(const json_t *frame, const void *xml, size_t xml_len, char out[2 * SHA256_OCTETS + 1])
{
	_cleanup_(osci_freep) char *text = json_dumps(frame, JSON_COMPACT | JSON_SORT_KEYS);
	unsigned char digest[SHA256_OCTETS];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = text && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) && EVP_DigestUpdate(ctx, text, strlen(text) + 1) &&
	     (!xml || EVP_DigestUpdate(ctx, xml, xml_len)) && EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return -ENOMEM;
	osci_hex(out, digest, sizeof(digest));
	return 0;
}

static int set(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field ? 0 : -ENOMEM;
}

/* --- receipts ---------------------------------------------------------- */

static int receipt_of(const struct xgw_request *r, json_t **ret)
{
	json_t *errors = NULL;

	if (r->state != XGW_REFUSED) {
		*ret = json_pack("{s:s, s:s, s:s, s:s, s:s}", "request", r->bus_id, "outcome", "accepted-by-gateway", "uuid",
				 r->uuid, "release", r->release, "state", xgw_state_name(r->state));
		return *ret ? 0 : -ENOMEM;
	}
	errors = json_loads(r->errors[0] ? r->errors : "[]", 0, NULL);
	*ret = errors ? json_pack("{s:s, s:s, s:o}", "request", r->bus_id, "outcome", "rejected-by-gateway", "errors",
				  errors)
		      : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* A refusal that leaves no trace: the id belongs to another submission. */
static int conflict(const char *bus_id, json_t **ret)
{
	*ret = json_pack("{s:s, s:s, s:[{s:s, s:s, s:s}]}", "request", bus_id, "outcome", "rejected-by-gateway", "errors",
			 "field", "id", "code", "conflict", "text",
			 "this id was used for another submission; give each request an id of its own");
	return *ret ? 0 : -ENOMEM;
}

/* --- checks ------------------------------------------------------------ */

/* A 070007 needs a question that is open. */
static int check_question(struct submission *s, const char *question, struct osci_err *err)
{
	bool undecided = false;
	int r;

	if (!question[0])
		return 0; /* reported as missing where the message is built */
	r = xgw_journal_by_question(s->g->journal, s->office->party.key, question, &s->question, err);
	if (r == OSCI_E_EMPTY)
		return add(s, "question", "no_open_question", NULL, "no question (070006) with this UUID came to this office");
	if (r)
		return r;
	switch (s->question->state) {
	case XGW_QUESTION:
		if (s->now < xgw_question_ends(s->question->since) || xgw_believed(s->g) < xgw_question_ends(s->question->since))
			return 0;
		/* fallthrough */
	case XGW_LAPSED:
		return add(s, "question", "question_lapsed", NULL, "the month for answering this question is over");
	case XGW_DECIDED:
		/* An answer that missed a change of release can never go out: another one may take its place. */
		r = xgw_journal_undecided(s->g->journal, s->question->id, s->release ? xausl_release_version(s->release) : "",
					  &undecided, err);
		if (r || undecided)
			return r;
		/* fallthrough */
	case XGW_ANSWERED:
	case XGW_CLOSED:
		return add(s, "question", "question_answered", NULL, "this question was answered already");
	default:
		return add(s, "question", "no_open_question", NULL, "this question is not open any more");
	}
}

static int validate(struct submission *s, struct osci_err *err)
{
	return xgw_check_xml(s->g, s->release, s->imported, s->row.xml, s->row.xml_len, s->errors, &s->row.message, err);
}

static const char *read_text(const json_t *read, const char *object, const char *name)
{
	const json_t *o = object ? json_object_get(read, object) : read;
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* --- the two forms of a submission -------------------------------------- */

/* Of a message that is not one of an office to the BAMF: carried as it is, whatever it is. */
static int carried(struct submission *s, struct osci_err *err)
{
	int r = validate(s, err);

	if (r || json_array_size(s->errors))
		return r;
	r = set(&s->row.uuid, s->head->uuid);
	if (!r && strcmp(s->head->author_key, s->office->party.key))
		r = add(s, "author.key", "invalid", "T080", "the author is not the office that submits");
	return r;
}

/* May this kind of message be carried?  What both sides may send our module has; anything else, an official package. */
static bool is_carried(struct submission *s)
{
	int direction = s->head ? xausl_message_direction(s->release, s->head->number) : 1;

	s->imported = !direction && xausl_release_package(s->release);
	return direction == 2 || s->imported;
}

static int from_xml(struct submission *s, const void *xml, size_t len, struct osci_err *err)
{
	int r;

	s->row.xml = malloc(len + 1);
	if (!s->row.xml)
		return -ENOMEM;
	memcpy(s->row.xml, xml, len);
	s->row.xml[len] = '\0';
	s->row.xml_len = len;
	if (is_carried(s))
		return carried(s, err);
	r = validate(s, err);
	if (r || json_array_size(s->errors))
		return r;
	if (xausl_message_direction(s->release, s->row.message) != 1)
		return add(s, "message", "unknown_message", NULL, "this is no message an office sends to the BAMF");
	r = xausl_read(&s->read, s->release, xml, len, &s->g->limits, err);
	if (r)
		return r < 0 ? r : add(s, NULL, "invalid", "X001", "the message cannot be read");
	r = set(&s->row.uuid, read_text(s->read, NULL, "uuid"));
	if (!r && strcmp(read_text(s->read, "author", "key"), s->office->party.key))
		r = add(s, "author.key", "invalid", "T080", "the author is not the office that submits");
	if (!r && s->partner != s->g->conf->partners)
		r = add(s, "reader.key", "invalid", "T080", "the reader is not the BAMF");
	if (!r && !strcmp(s->row.message, WITH_PURPOSE) && !member(s->frame, "purpose")[0])
		r = add(s, "purpose", "missing", "X001", "the purpose of the request is kept in the journal and must be given");
	if (!r && !strcmp(s->row.message, ANSWER_TO_QUESTION)) {
		const char *trigger = read_text(s->read, NULL, "trigger");

		if (!trigger[0])
			trigger = read_text(s->read, NULL, "question");
		if (!trigger[0])
			r = add(s, "question", "missing", "X001", "ausloeserUUID must name the question");
		else
			r = check_question(s, trigger, err);
		s->row.decision = json_is_true(json_object_get(s->read, "replace"));
	}
	return r;
}

/* Members of the envelope that are no fields of a message. */
static json_t *fields_of(const json_t *frame)
{
	json_t *fields = json_copy((json_t *)frame);

	if (fields) {
		json_object_del(fields, "office");
		json_object_del(fields, "id");
		json_object_del(fields, "user");
		json_object_del(fields, "message");
	}
	return fields;
}

static int from_fields(struct submission *s, struct osci_err *err)
{
	const char *number = member(s->frame, "message");
	struct xgw_content c = { .partner = s->partner, .number = number, .test = s->g->conf->test };
	char uuid[37];
	json_t *fields;
	int r;

	if (!number[0])
		return add(s, "message", "missing", "X001", "the number of the message is missing");
	if (xausl_message_direction(s->release, number) != 1)
		return add(s, "message", "unknown_message", NULL, "this is no message an office sends to the BAMF");
	r = osci_uuid4(uuid);
	if (!r)
		r = set(&s->row.uuid, uuid);
	if (!r && !strcmp(number, ANSWER_TO_QUESTION)) {
		c.trigger = member(s->frame, "question");
		s->row.decision = json_is_true(json_object_get(s->frame, "replace"));
		r = check_question(s, c.trigger, err);
		if (!r && s->question)
			s->release = xgw_release_to_send(s->g, s->partner, s->question, s->now, NULL);
	}
	if (r)
		return r;
	fields = fields_of(s->frame);
	if (!fields)
		return -ENOMEM;
	s->row.fields = json_dumps(fields, JSON_COMPACT);
	c.release = s->release;
	c.uuid = uuid;
	c.fields = fields;
	r = s->row.fields ? xgw_build_xml(s->g, s->office, &c, s->now, &s->row.xml, &s->row.xml_len, s->errors, err) : -ENOMEM;
	json_decref(fields);
	return r || json_array_size(s->errors) ? r : validate(s, err);
}

/* --- recording ---------------------------------------------------------- */

static int record(struct submission *s, struct osci_err *err)
{
	struct xgw *g = s->g;
	int r;

	if (set(&s->row.partner, s->partner->party.key))
		return -ENOMEM;
	s->row.release = strdup(s->release ? xausl_release_version(s->release) : "");
	s->row.state = json_array_size(s->errors) ? XGW_REFUSED : XGW_QUEUED;
	if (!s->row.release)
		return -ENOMEM;
	if (s->row.state == XGW_REFUSED) {
		free(s->row.errors);
		s->row.errors = json_dumps(s->errors, JSON_COMPACT);
		free(s->row.xml);
		s->row.xml = NULL;
		free(s->row.fields);
		s->row.fields = NULL;
		if (!s->row.errors || set(&s->row.uuid, "") || set(&s->row.message, member(s->frame, "message")))
			return -ENOMEM;
	}
	s->row.parent = s->row.state == XGW_QUEUED && s->question ? s->question->id : 0;
	r = xgw_journal_begin(g->journal, err);
	if (r)
		return r;
	r = xgw_journal_add_request(g->journal, &s->row, s->now, err);
	if (!r && s->row.parent)
		r = xgw_journal_apply(g->journal, s->question, XGW_EV_DECISION, "office", s->now, NULL, err);
	if (!r)
		r = xgw_journal_commit(g->journal, err);
	if (r)
		xgw_journal_rollback(g->journal);
	return r;
}

static void tell(const struct submission *s)
{
	char id[32], count[32];

	snprintf(id, sizeof(id), "%lld", (long long)s->row.id);
	snprintf(count, sizeof(count), "%zu", json_array_size(s->errors));
	if (s->row.state == XGW_REFUSED)
		osci_log(OSCI_LOG_INFO, "rejected-by-gateway", "office", s->office->party.key, "request", id, "count", count,
			 NULL);
	else
		osci_log(OSCI_LOG_INFO, "accepted-by-gateway", "office", s->office->party.key, "request", id, "message",
			 s->row.message, "uuid", s->row.uuid, "release", s->row.release, NULL);
}

/* The partner that complete XML names as its reader; what names none, the checks will name. */
static int find_reader(struct submission *s, const void *xml, size_t xml_len, struct osci_err *err)
{
	struct osci_err cause = { 0 };
	const struct xgw_partner *p;
	int r = xausl_read_frame(&s->head, xml, xml_len, &s->g->limits, &cause);

	if (r < 0)
		return osci_fail(err, r, NULL, "submission", "cannot be read now");
	if (r || !s->head->reader_key[0])
		return 0;
	p = xgw_config_partner(s->g->conf, s->head->reader_key);
	s->nobody = !p;
	if (!p)
		return add(s, "reader.key", "partner", "T080", "the reader is no configured partner");
	s->partner = p;
	return 0;
}

static int work(struct submission *s, const void *xml, size_t xml_len, json_t **receipt, struct osci_err *err)
{
	enum xausl_send_reason why = XAUSL_SEND_CALENDAR;
	struct osci_err cause = { 0 };
	char text[160];
	int r;

	if (xml) {
		r = find_reader(s, xml, xml_len, err);
		if (r)
			return r;
	}
	s->release = xgw_release_to_send(s->g, s->partner, NULL, s->now, &why);
	if (xgw_office_usable(s->office, s->now, &cause) && xgw_office_usable(s->office, xgw_believed(s->g), &cause))
		r = add(s, NULL, "certificate", NULL, "a certificate or key of this office cannot be used");
	else
		r = 0;
	if (!r && !s->release) {
		snprintf(text, sizeof(text), "no release of the standard can be sent now: %s", xausl_send_reason_text(why));
		r = add(s, NULL, "no_release", NULL, text);
	} else if (!r) {
		if (!s->nobody)
			r = xml ? from_xml(s, xml, xml_len, err) : from_fields(s, err);
	}
	if (r)
		return r;
	r = record(s, err);
	if (r == OSCI_E_EXISTS && s->row.state == XGW_QUEUED) {
		/* The bus id is new, so it is the UUID that exists. */
		r = add(s, "uuid", "conflict", NULL, "a message with this nachrichtenUUID was submitted before");
		if (!r) {
			free(s->row.release);
			s->row.release = NULL;
			r = record(s, err);
		}
	}
	if (r)
		return r;
	tell(s);
	if (s->row.state == XGW_QUEUED) {
		xgw_testpoint("after-accept-commit");
		if (s->g->agent)
			xgw_agent_wake(s->g->agent, s->office);
	}
	return receipt_of(&s->row, receipt);
}

static void clear(struct submission *s)
{
	free(s->row.office);
	free(s->row.bus_id);
	free(s->row.message);
	free(s->row.hash);
	free(s->row.uuid);
	free(s->row.release);
	free(s->row.errors);
	free(s->row.purpose);
	free(s->row.user);
	free(s->row.partner);
	free(s->row.xml);
	free(s->row.fields);
	json_decref(s->errors);
	json_decref(s->read);
	xausl_head_freep(&s->head);
	xgw_request_freep(&s->question);
}

int xgw_submit(struct xgw *g, struct xgw_office *o, const json_t *frame, const void *xml, size_t xml_len,
	       json_t **receipt, struct osci_err *err)
{
	_cleanup_(xgw_request_freep) struct xgw_request *known = NULL;
	struct submission s = { .g = g, .office = o, .partner = g->conf->partners, .frame = frame, .now = xgw_now(g) };
	const char *bus_id = member(frame, "id");
	char hash[2 * SHA256_OCTETS + 1];
	int64_t waiting = 0;
	int r;

	r = content_hash(frame, xml, xml_len, hash);
	if (!r)
		r = xgw_journal_by_bus_id(g->journal, o->party.key, bus_id, &known, err);
	if (!r)
		return strcmp(known->hash, hash) ? conflict(bus_id, receipt) : receipt_of(known, receipt);
	if (r == OSCI_E_EMPTY)
		r = xgw_journal_count(g->journal, o->party.key, XGW_QUEUED, &waiting, err);
	if (r)
		return r;
	if (waiting >= g->conf->queue_max)
		return osci_fail(err, OSCI_E_STATE, NULL, "queue", "too many requests of this office wait for sending");
	s.errors = json_array();
	s.row.office = strdup(o->party.key);
	s.row.bus_id = strdup(bus_id);
	s.row.hash = strdup(hash);
	s.row.purpose = strdup(member(frame, "purpose"));
	s.row.user = strdup(member(frame, "user"));
	s.row.uuid = strdup("");
	s.row.message = strdup(member(frame, "message"));
	if (!s.errors || !s.row.office || !s.row.bus_id || !s.row.hash || !s.row.purpose || !s.row.user || !s.row.uuid ||
	    !s.row.message)
		r = -ENOMEM;
	else
		r = work(&s, xml, xml_len, receipt, err);
	clear(&s);
	return r;
}
