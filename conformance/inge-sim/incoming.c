/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incoming - from a message to a request that is decided once
 *
 * Order: valid (RULE-0), from who signed it, for us, not processed before, decided, stored.  An answer that cannot be written
 * leaves the request in state "failed", is logged, and told in the list of what was received.  What is about a message of ours
 * is kept and never answered; a repetition (000020) is opened.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xausl/calendar.h>
#include <xausl/package.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "engine_priv.h"

/* The log line tells who looks on when to look: not before it is committed. */
static void say_seen(const struct job *j)
{
	osci_log(OSCI_LOG_INFO, "message-received", "office", j->office->key, "message", j->req.number, "uuid", j->req.uuid,
		 "outcome", j->verdict, "reason", j->reason, NULL);
}

/* What came and what became of it, for who looks on. */
static int seen_done(struct job *j, int64_t fetched, const char *verdict, const char *reason)
{
	const struct sim_seen seen = {
		.number = j->req.number, .uuid = j->req.uuid, .trigger = j->req.trigger, .office = j->office->key,
		.release = j->release ? xausl_release_version(j->release) : NULL, .fields = j->fields,
	};
	int r = sim_store_fetched_read(j->e->store, fetched, &seen, j->err);

	if (r == 0)
		r = sim_store_fetched_done(j->e->store, fetched, verdict, reason, j->err);
	j->verdict = verdict;
	j->reason = reason;
	return r;
}

/* What is about a message of ours, and what it is to who looks on; NULL = something else. */
static const char *about_ours(const char *number)
{
	static const char *const notices[] = { "0020", "0021", "0030", "0031", "0032", "000030" };

	if (strcmp(number, "0010") == 0 || strcmp(number, "000002") == 0)
		return "rejection";
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (strcmp(number, notices[i]) == 0)
			return "notice";
	return NULL;
}

/* Rejections and notices of the office are kept and never answered, valid or not: nobody shall reject a rejection. */
static int noticed(struct job *j, int64_t fetched, const char *verdict, const struct xausl_report *report, const void *xml,
		   size_t len)
{
	json_t *fields = NULL;
	int r = 0;

	osci_log(OSCI_LOG_WARN, strcmp(verdict, "notice") == 0 ? "notice-received" : "rejection-received", "office", j->office->key,
		 "message", report->number, NULL);
	j->release = xausl_release_find(j->e->xausl, report->release);
	if (report->verdict == XAUSL_VALID && j->release)
		r = xausl_read(&fields, j->release, xml, len, NULL, j->err);
	if (r < 0)
		return r;
	j->fields = fields;
	if (!fields || !sim_request_read(&j->req, fields))
		memset(&j->req, 0, sizeof(j->req));
	j->req.number = report->number;
	r = seen_done(j, fetched, verdict, fields ? NULL : "not-valid");
	if (r == 0)
		say_seen(j);
	json_decref(fields);
	j->fields = NULL;
	return r;
}

static int scripted(struct job *j, const json_t *answers, const void *xml, size_t len)
{
	int r = sim_reply_script(j, answers, xml, len);

	if (r == 0)
		r = sim_store_set_state(j->e->store, j->req.uuid, "done", "SCRIPT", j->err);
	if (r == 0)
		osci_log(OSCI_LOG_INFO, "request-decided", "office", j->office->key, "request", j->req.uuid, "message",
			 j->req.number, "rule", "SCRIPT", NULL);
	return r;
}

static int refused(struct job *j, int64_t fetched, const char *reason)
{
	osci_log(OSCI_LOG_WARN, "message-refused", "office", j->office->key, "reason", reason, NULL);
	return seen_done(j, fetched, "refused", reason);
}

static int begin_reject(struct job *j, int64_t fetched, const char *form, const char *code, const char *what,
			const void *xml, size_t len)
{
	int r = sim_reply_rejection(j, form, code, what, xml, len);

	osci_log(OSCI_LOG_WARN, "message-rejected", "office", j->office->key, "code", code, "uuid", j->req.uuid, NULL);
	return r ? r : seen_done(j, fetched, "rejected", code);
}

static bool in_force(const struct job *j)
{
	enum xausl_acceptance a = xausl_release_acceptance(j->e->xausl, NULL, 0, j->release, j->now);

	return a == XAUSL_ACCEPT_IN_FORCE || a == XAUSL_ACCEPT_OLD;
}

static int process(struct job *j, int64_t fetched, const void *xml, size_t len)
{
	struct sim_engine *e = j->e;
	const char *reader = json_string_value(json_object_get(json_object_get(j->fields, "reader"), "key"));
	const char *forced, *form;
	json_t *script = NULL;
	int r;

	/* autor/kennung names who is responsible; who signed must be the same (first of all checks on content). */
	if (strcmp(j->req.office_key, j->office->key) != 0)
		return refused(j, fetched, "author-is-not-signer");
	if (!reader || strcmp(reader, e->bamf.key) != 0)
		return begin_reject(j, fetched, "0010", "T080", NULL, xml, len);
	if (e->in_force_only && !in_force(j))
		return begin_reject(j, fetched, "0010", "V000", "release is not in force", xml, len);
	forced = e->faults ? sim_faults_reject(e->faults, j->req.number, j->office->key, &form) : NULL;
	if (forced)
		return begin_reject(j, fetched, form, forced, "fault", xml, len);
	r = sim_store_add_request(e->store, j->req.uuid, j->req.number, j->office->key,
				  xausl_release_version(j->release), j->fields, j->now, j->err);
	if (r == OSCI_E_EXISTS) {
		osci_log(OSCI_LOG_INFO, "request-repeated", "office", j->office->key, "uuid", j->req.uuid, NULL);
		return seen_done(j, fetched, "repeated", NULL);
	}
	if (r == 0)
		r = sim_store_take_script(e->store, j->req.number, j->office->key, j->req.uuid, &script, j->err);
	if (r == 0)
		r = scripted(j, script, xml, len);
	else if (r == OSCI_E_EMPTY)
		r = sim_engine_decide(j);
	json_decref(script);
	if (r == 0 && j->reject)
		return begin_reject(j, fetched, "0010", "S999", j->reject, xml, len);
	return r ? r : seen_done(j, fetched, "processed", NULL);
}

/* A request whose answer cannot be written: kept, marked, not tried again. */
static int keep_failed(struct job *j, int64_t fetched)
{
	struct sim_store *st = j->e->store;
	int r;

	snprintf(j->why, sizeof(j->why), "answer cannot be written");
	if (j->err)
		sim_engine_why(j->why, sizeof(j->why), j->err);
	r = db_begin(&st->db, j->err);

	if (r == 0)
		r = sim_store_add_request(st, j->req.uuid, j->req.number, j->office->key,
					  xausl_release_version(j->release), j->fields, j->now, j->err);
	if (r == 0)
		r = sim_store_set_state(st, j->req.uuid, "failed", NULL, j->err);
	if (r == 0)
		r = seen_done(j, fetched, "failed", j->why);
	return r ? r : db_commit(&st->db, j->err);
}

static int message(struct sim_engine *e, int64_t fetched, const struct sim_office *office, const void *xml, size_t len,
		   int64_t now, bool inner, struct osci_err *err);

/* In one transaction; @valid: request and fields are read. */
static int decided(struct job *j, int64_t fetched, const struct xausl_report *report, bool valid, const void *xml, size_t len)
{
	struct sim_store *st = j->e->store;
	int r = db_begin(&st->db, j->err);

	if (r == 0 && valid) {
		j->trigger = j->req.uuid;
		r = process(j, fetched, xml, len);
	} else if (r == 0) { /* RULE-0 */
		const struct xausl_finding *f = report->n_findings ? &report->findings[0] : NULL;

		j->fields = NULL;
		r = begin_reject(j, fetched, "0010", f && f->standard_code && f->standard_code[0] ? f->standard_code : "S999",
				 f ? f->id : "message", xml, len);
	}
	if (r == 0)
		r = db_commit(&st->db, j->err);
	if (r)
		db_rollback(&st->db);
	if (r == E_BUILD)
		r = valid ? keep_failed(j, fetched) : seen_done(j, fetched, "refused", "rejection-impossible");
	return r;
}

/* Sendungswiederholung: the message in it is worked on, as if it had come by itself. False: no message in it, or no memory. */
static bool unpack(const struct job *j, struct osci_buf *ret)
{
	const char *text = json_string_value(json_object_get(j->fields, "original_xml"));

	return text && osci_base64_decode(ret, text, strlen(text)) == 0 && ret->data;
}

static int with_report(struct job *j, int64_t fetched, const struct xausl_report *report, const void *xml, size_t len, bool inner)
{
	_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
	_cleanup_buf_ struct osci_buf within = OSCI_BUF_INIT(XAUSL_DOCUMENT_MAX);
	const char *verdict = about_ours(report->number);
	bool container = strcmp(report->number, "000020") == 0;
	json_t *fields = NULL;
	int r = 0;

	if (verdict)
		return noticed(j, fetched, verdict, report, xml, len);
	j->release = xausl_release_find(j->e->xausl, report->release);
	/* A container in a container is none (FACTS: the original is wrapped again, never the container). */
	bool valid = report->verdict == XAUSL_VALID && j->release &&
		     (xausl_message_direction(j->release, report->number) == 1 || (container && !inner));
	if (valid)
		r = xausl_read(&fields, j->release, xml, len, NULL, j->err);
	if (r < 0)
		return r;
	j->fields = fields;
	valid = valid && r == 0 && sim_request_read(&j->req, fields);
	if (valid && container && strcmp(j->req.office_key, j->office->key) == 0 && unpack(j, &within)) {
		osci_log(OSCI_LOG_INFO, "container-opened", "office", j->office->key, "uuid", j->req.uuid, NULL);
		r = message(j->e, fetched, j->office, within.data, within.len, j->now, true, j->err);
		json_decref(fields);
		j->fields = NULL;
		return r;
	}
	if (!valid || (container && strcmp(j->req.office_key, j->office->key) == 0)) {
		valid = false;
		memset(&j->req, 0, sizeof(j->req));
		j->req.number = report->number[0] ? report->number : NULL;
		if (r >= 0 && xausl_read_frame(&head, xml, len, NULL, NULL) == 0)
			j->req.uuid = head->uuid;
	}
	r = decided(j, fetched, report, valid, xml, len);
	if (r == 0)
		say_seen(j);
	json_decref(fields);
	j->fields = NULL;
	return r;
}

static int message(struct sim_engine *e, int64_t fetched, const struct sim_office *office, const void *xml, size_t len,
		   int64_t now, bool inner, struct osci_err *err)
{
	struct job j = { .e = e, .office = office, .now = now, .err = err };
	struct xausl_report *report = NULL;
	int r = xausl_validate(&report, e->xausl, NULL, xml, len, err);

	sim_engine_today(j.today, now);
	if (r == 0)
		r = with_report(&j, fetched, report, xml, len, inner);
	xausl_report_freep(&report);
	sim_mem_free(&j.mem);
	return r;
}

int sim_engine_message(struct sim_engine *e, int64_t fetched, const struct sim_office *office, const void *xml,
		       size_t len, int64_t now, struct osci_err *err)
{
	return message(e, fetched, office, xml, len, now, false, err);
}
