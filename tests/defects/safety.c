/* SPDX-License-Identifier: Apache-2.0 */
/* safety - defects of what has to happen once, and of signatures, rejections and the log */
#include <stdlib.h>
#include <string.h>

#include "agent/incoming.h"
#include "agent/line.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "defects/defect.h"

int __real_xgw_proof(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err);
int __wrap_xgw_proof(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err);
int __real_xgw_journal_add_delivery(struct xgw_journal *j, const char *office, const struct xgw_request *r,
				    const char *outcome, bool final, const char *json, const void *xml, size_t xml_len,
				    int64_t inbound, int64_t now, int64_t *ret_id, struct osci_err *err);
int __wrap_xgw_journal_add_delivery(struct xgw_journal *j, const char *office, const struct xgw_request *r,
				    const char *outcome, bool final, const char *json, const void *xml, size_t xml_len,
				    int64_t inbound, int64_t now, int64_t *ret_id, struct osci_err *err);
int __real_xgw_journal_known(struct xgw_journal *j, const char *office, const char *uuid, const char *content,
			     struct xgw_known *ret, struct osci_err *err);
int __wrap_xgw_journal_known(struct xgw_journal *j, const char *office, const char *uuid, const char *content,
			     struct xgw_known *ret, struct osci_err *err);
int __real_xgw_journal_open(struct xgw_journal **ret, const char *path, struct osci_err *err);
int __wrap_xgw_journal_open(struct xgw_journal **ret, const char *path, struct osci_err *err);
int __real_osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
			   const char *message_id, struct osci_err *err);
int __wrap_osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
			   const char *message_id, struct osci_err *err);
int __real_osci_verify_node(const struct osci_cert *cert, const struct osci_alg *alg, xmlNodePtr signed_info,
			    const void *value, size_t value_len, struct osci_err *err);
int __wrap_osci_verify_node(const struct osci_cert *cert, const struct osci_alg *alg, xmlNodePtr signed_info,
			    const void *value, size_t value_len, struct osci_err *err);
int __real_incoming_reject(struct incoming *in, struct verdict *v, struct osci_err *err);
int __wrap_incoming_reject(struct incoming *in, struct verdict *v, struct osci_err *err);
int __real_verdict_reason(struct verdict *v, const char *code, const char *path, const char *what);
int __wrap_verdict_reason(struct verdict *v, const char *code, const char *path, const char *what);
int __real_xgw_submit(struct xgw *g, struct xgw_office *o, const json_t *frame, const void *xml, size_t xml_len,
		      json_t **receipt, struct osci_err *err);
int __wrap_xgw_submit(struct xgw *g, struct xgw_office *o, const json_t *frame, const void *xml, size_t xml_len,
		      json_t **receipt, struct osci_err *err);

/* The first proof is forgotten together with the id it is about: the request goes out a second time, as a new one. */
int __wrap_xgw_proof(struct xgw *g, struct xgw_request *r, bool fetched, const char *osci_id, struct osci_err *err)
{
	static int64_t forgotten[64];
	size_t i;

	for (i = 0; i < 63 && forgotten[i] && forgotten[i] != r->id; i++)
		;
	if (!defect("sent-twice") || forgotten[i] == r->id || i == 63)
		return __real_xgw_proof(g, r, fetched, osci_id, err);
	forgotten[i] = r->id;
	return xgw_journal_set_osci_id(g->journal, r, "", err);
}

static bool was_hinted(struct xgw_journal *j, const struct xgw_request *r)
{
	int64_t n = 0;

	return !db_get_int(&j->db, NULL, &n, "SELECT count(*) FROM delivery WHERE request=? AND outcome='duplicate'", "i",
			   r->id) && n;
}

static const char *other_office(struct xgw_journal *j, const char *office)
{
	static char other[64];
	sqlite3_stmt *st = NULL;

	*other = '\0';
	if (!db_query(&j->db, &st, NULL, "SELECT office FROM request WHERE office<>?", "t", office) && !db_step(&j->db, st, NULL))
		snprintf(other, sizeof(other), "%s", db_text(st, 0));
	db_done(st);
	return *other ? other : office;
}

int __wrap_xgw_journal_add_delivery(struct xgw_journal *j, const char *office, const struct xgw_request *r,
				    const char *outcome, bool final, const char *json, const void *xml, size_t xml_len,
				    int64_t inbound, int64_t now, int64_t *ret_id, struct osci_err *err)
{
	if (defect("second-answer-lost") && r && was_hinted(j, r)) {
		if (ret_id)
			*ret_id = 0;
		return 0;
	}
	if (defect("wrong-office") && inbound)
		office = other_office(j, office);
	if (defect("delivered-twice") && inbound)
		(void)__real_xgw_journal_add_delivery(j, office, r, outcome, final, json, xml, xml_len, inbound, now, NULL, err);
	return __real_xgw_journal_add_delivery(j, office, r, outcome, final, json, xml, xml_len, inbound, now, ret_id, err);
}

int __wrap_xgw_journal_known(struct xgw_journal *j, const char *office, const char *uuid, const char *content,
			     struct xgw_known *ret, struct osci_err *err)
{
	int r = __real_xgw_journal_known(j, office, uuid, content, ret, err);

	if (!r && defect("repeat-delivered"))
		memset(ret, 0, sizeof(*ret));
	return r;
}

int __wrap_xgw_journal_open(struct xgw_journal **ret, const char *path, struct osci_err *err)
{
	int r = __real_xgw_journal_open(ret, path, err);

	if (!r && defect("forgets-requests"))
		r = db_exec(&(*ret)->db, err, "DELETE FROM request WHERE state='queued'", "");
	if (!r && defect("forgets-seen"))
		r = db_exec(&(*ret)->db, err, "UPDATE inbound SET uuid='', content='', osci_id='forgotten ' || id "
					      "WHERE status<>'new'", "");
	if (!r && defect("forgets-answers"))
		r = db_exec(&(*ret)->db, err, "DELETE FROM delivery WHERE acked IS NULL", "");
	return r;
}

int __wrap_osci_sender_new(struct osci_sender **ret, const struct osci_client_conf *conf, const struct osci_delivery *delivery,
			   const char *message_id, struct osci_err *err)
{
	struct osci_delivery mine = *delivery;

	if (defect("unsigned-sent"))
		mine.author = NULL;
	return __real_osci_sender_new(ret, conf, &mine, message_id, err);
}

int __wrap_osci_verify_node(const struct osci_cert *cert, const struct osci_alg *alg, xmlNodePtr signed_info,
			    const void *value, size_t value_len, struct osci_err *err)
{
	int r = __real_osci_verify_node(cert, alg, signed_info, value, value_len, err);

	return r > 0 && defect("signature-not-checked") ? 0 : r;
}

int __wrap_incoming_reject(struct incoming *in, struct verdict *v, struct osci_err *err)
{
	return defect("no-rejection") ? OSCI_E_EMPTY : __real_incoming_reject(in, v, err);
}

int __wrap_verdict_reason(struct verdict *v, const char *code, const char *path, const char *what)
{
	return __real_verdict_reason(v, defect("rejection-code-wrong") ? "S999" : code, path, what);
}

int __wrap_xgw_submit(struct xgw *g, struct xgw_office *o, const json_t *frame, const void *xml, size_t xml_len,
		      json_t **receipt, struct osci_err *err)
{
	char *text = defect("names-logged") ? json_dumps(frame, JSON_COMPACT) : NULL;

	if (text)
		osci_log(OSCI_LOG_INFO, "submitted", "data", text, NULL);
	free(text);
	return __real_xgw_submit(g, o, frame, xml, xml_len, receipt, err);
}
