/* SPDX-License-Identifier: Apache-2.0 */
/* t_agent - see t_agent.h */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <osci/dialog.h>
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "intermediary/service.h"
#include "lib/t_db.h"
#include "lib/t_keys.h"

#include "t_agent.h"

#define STEPS 400

static char dir[64] = "/dev/shm/xgw-agent-XXXXXX"; /* thousands of commits: not on a disk, if possible */
static char journal_file[96], mail_file[96];
struct osci_key *office_key, *other_key, *bamf_key, *third_key;
static struct osci_key *im_key;
static struct osci_key *im_keys[1], *bamf_keys[1];
static struct im_settings settings;
static struct im_service mail;
struct xgw_office office;
struct xgw_partner partners[2];
struct xgw_config conf;
struct xgw g;
struct osci_err err;
volatile int64_t shared;

/* --- HTTP, made up -------------------------------------------------------- */

static struct {
	bool used;
	unsigned char *body;
	size_t len;
	osci_http_done *done;
	void *arg;
} exchange;
unsigned posts;
bool line_down;
const char *lose_order;
const char *fault_code;
const char *down_after;

int osci_http_post(struct osci_http *h, const char *url, const void *body, size_t len, osci_http_done *done, void *arg,
		   uint64_t *ret_id, struct osci_err *e)
{
	assert_false(exchange.used); /* one office, one dialogue */
	exchange.body = malloc(len);
	assert_non_null(exchange.body);
	memcpy(exchange.body, body, len);
	exchange.len = len;
	exchange.done = done;
	exchange.arg = arg;
	exchange.used = true;
	posts++;
	*ret_id = posts;
	return 0;
}

void osci_http_cancel(struct osci_http *h, uint64_t id)
{
	free(exchange.body);
	exchange.used = false;
}

int64_t now_ms(void)
{
	return xgw_now(&g);
}

static unsigned char *carry(const void *body, size_t len, size_t *ret_len, char order[32])
{
	struct im_report report;
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *blob = NULL;
	unsigned char *answer = NULL;
	bool cut = false;

	memset(&report, 0, sizeof(report));
	assert_int_equal(osci_blob_copy(&blob, body, len), 0);
	assert_int_equal(im_service_handle(&mail, now_ms(), "", blob, &stream, &cut, &report), 0);
	assert_int_equal(osci_stream_to_memory(stream, &answer, ret_len, NULL), 0);
	if (order)
		snprintf(order, 32, "%s", report.order ? report.order : "");
	return answer;
}

static bool pump(void)
{
	struct osci_err lost = { 0 };
	unsigned char *answer = NULL, *body = exchange.body;
	size_t len = exchange.len, n = 0;
	char order[32] = "";

	if (!exchange.used)
		return false;
	exchange.used = false;
	osci_fail(&lost, OSCI_E_NETWORK, NULL, "http", "made up");
	if (line_down) {
		exchange.done(exchange.arg, OSCI_E_NETWORK, 0, NULL, 0, &lost);
	} else if (fault_code) {
		struct osci_draft draft = { .type = OSCI_FAULT, .fault_code = "Client", .fault_osci = fault_code,
					    .fault_text = "made up" };
		struct osci_write_opts opts = { .signer = NULL };

		assert_int_equal(osci_write(&answer, &n, &draft, &opts, &err), 0);
		fault_code = NULL;
		exchange.done(exchange.arg, 0, 200, answer, n, NULL);
	} else {
		answer = carry(body, len, &n, order);
		if (lose_order && !strcmp(order, lose_order)) {
			lose_order = NULL;
			exchange.done(exchange.arg, OSCI_E_NETWORK, 0, NULL, 0, &lost);
		} else {
			exchange.done(exchange.arg, 0, 200, answer, n, NULL);
		}
		if (down_after && !strcmp(order, down_after)) {
			down_after = NULL;
			line_down = true;
		}
	}
	free(answer);
	free(body);
	return true;
}

/* Runs the agent until nothing is under way and nothing is due. */
void run(void)
{
	for (unsigned i = 0; i < STEPS; i++) {
		assert_true(xgw_agent_run(g.agent, &err) >= 0);
		if (!pump())
			return;
	}
	fail_msg("the agent never rests");
}

void later(int64_t ms)
{
	shared += ms;
	run();
}

/* --- the partner ------------------------------------------------------------ */

static struct osci_client_conf partner_conf(void)
{
	return (struct osci_client_conf){
		.sign = bamf_key, .decrypt = bamf_keys, .n_decrypt = 1, .intermediary_cipher = osci_key_cert(im_key),
		.intermediary_signer = osci_key_cert(im_key), .trust = conf.order_trust, .limits = &g.limits,
	};
}

static char *content_of(const struct osci_message *m)
{
	struct osci_open_opts opts = { .limits = &g.limits, .policy = { .require_content_signature = true },
				       .keys = bamf_keys, .n_keys = 1, .trust = settings.trust, .now = now_ms() / 1000 };
	struct osci_contents *c = NULL;
	char *text;

	assert_int_equal(osci_contents_open(&c, m, &opts, &err), 0);
	assert_int_equal(c->n_items, 1);
	assert_true(osci_cert_equal(c->items[0].signatures[0].cert, osci_key_cert(office_key)));
	text = strndup((const char *)c->items[0].data, c->items[0].len);
	osci_contents_freep(&c);
	return text;
}

/* Takes everything out of the partner's mailbox; the last content goes to *@ret (may be NULL). */
unsigned partner_fetch(char **ret)
{
	struct osci_client_conf c = partner_conf();
	struct osci_fetcher *f = NULL;
	unsigned n;

	assert_int_equal(osci_fetcher_new(&f, &c, 100, &err), 0);
	for (;;) {
		enum osci_step step = osci_fetcher_step(f);
		const unsigned char *out;
		unsigned char *answer;
		size_t len, answer_len;

		if (step == OSCI_STEP_DONE)
			break;
		if (step == OSCI_STEP_DELIVERY) {
			char *text = content_of(osci_seq_message(osci_fetcher_seq(f)));

			if (ret) {
				free(*ret);
				*ret = text;
			} else {
				free(text);
			}
			assert_int_equal(osci_fetcher_continue(f, &err), 0);
			continue;
		}
		assert_int_equal(step, OSCI_STEP_POST);
		out = osci_fetcher_output(f, &len);
		answer = carry(out, len, &answer_len, NULL);
		(void)osci_fetcher_input(f, answer, answer_len, now_ms() / 1000, &err);
		free(answer);
	}
	n = osci_fetcher_count(f);
	osci_fetcher_freep(&f);
	return n;
}

void partner_send(const char *xml, const struct osci_key *author, const struct osci_key *reader)
{
	struct osci_client_conf c = partner_conf();
	struct osci_delivery d = { .addressee = osci_key_cert(office_key), .data = xml, .len = strlen(xml), .author = author,
				   .reader = osci_key_cert(reader) };
	struct osci_sender *s = NULL;

	assert_int_equal(osci_sender_new(&s, &c, &d, NULL, &err), 0);
	for (;;) {
		enum osci_step step = osci_sender_step(s);
		const unsigned char *out;
		unsigned char *answer;
		size_t len, answer_len;

		if (step == OSCI_STEP_DONE)
			break;
		if (step == OSCI_STEP_SAVE_ID) {
			assert_int_equal(osci_sender_continue(s, &err), 0);
			continue;
		}
		if (step != OSCI_STEP_POST)
			fail_msg("partner cannot send: %s", osci_sender_error(s)->what);
		out = osci_sender_output(s, &len);
		answer = carry(out, len, &answer_len, NULL);
		(void)osci_sender_input(s, answer, answer_len, now_ms() / 1000, &err);
		free(answer);
	}
	osci_sender_freep(&s);
}

/* Answer @number to the message with UUID @trigger (NULL = none), with a fresh UUID. */
void partner_answers(const char *number, const char *trigger, const char *extra)
{
	char uuid[37], xml[300];

	assert_int_equal(osci_uuid4(uuid), 0);
	snprintf(xml, sizeof(xml), "<%s uuid=\"%s\"%s%s%s%s/>", number, uuid, trigger ? " trigger=\"" : "",
		 trigger ? trigger : "", trigger ? "\"" : "", extra);
	partner_send(xml, bamf_key, office_key);
}

void partner_answers_as(const struct osci_key *key, const char *author, const char *number, const char *trigger)
{
	char uuid[37], xml[300];

	assert_int_equal(osci_uuid4(uuid), 0);
	snprintf(xml, sizeof(xml), "<%s uuid=\"%s\" trigger=\"%s\" author=\"%s\"/>", number, uuid, trigger, author);
	partner_send(xml, key, office_key);
}

/* --- set-up ------------------------------------------------------------------- */

static void clean(const char *file)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };

	for (size_t i = 0; i < 4; i++) {
		char name[112];

		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
}

static struct osci_key *make_key(const char *cn)
{
	struct t_pair pair = t_pair_make(&(struct t_pair_opts){ .cn = cn, .not_after = T_NOW + 300 * 86400 });
	struct osci_key *key = t_pair_key(&pair);

	t_pair_free(&pair);
	return key;
}

int setup(void **state)
{
	if (!mkdtemp(dir)) {
		snprintf(dir, sizeof(dir), "/tmp/xgw-agent-XXXXXX");
		if (!mkdtemp(dir))
			return -1;
	}
	snprintf(journal_file, sizeof(journal_file), "%s/journal.db", dir);
	snprintf(mail_file, sizeof(mail_file), "%s/mail.db", dir);
	osci_log_open("test", &g.clock, OSCI_LOG_ERROR);
	assert_int_equal(osci_crypto_init(&err), 0);
	office_key = make_key("office");
	other_key = make_key("other");
	third_key = make_key("third");
	bamf_key = bamf_keys[0] = make_key("bamf");
	im_key = im_keys[0] = make_key("intermediary");
	osci_limits_default(&g.limits);
	osci_trust_new(&settings.trust);
	osci_trust_add(settings.trust, osci_key_cert(office_key));
	osci_trust_add(settings.trust, osci_key_cert(other_key));
	osci_trust_add(settings.trust, osci_key_cert(bamf_key));
	settings.judge.trust = settings.trust;
	settings.sign = im_key;
	settings.cipher = im_keys;
	settings.n_cipher = 1;
	settings.require_signature = settings.require_encryption = true;
	settings.host = "im.example";
	settings.database = mail_file;
	settings.dialog_timeout = 600000;
	settings.dialogs_max = 100;
	settings.dialogs_client = 20;
	settings.card_retention = INT64_C(90) * 86400000;
	settings.cards_max = 100;
	settings.store = (struct im_store_limits){ 1000, 10000000, 1000 };
	settings.limits = g.limits;
	osci_trust_new(&conf.order_trust);
	osci_trust_add(conf.order_trust, osci_key_cert(im_key));
	osci_trust_new(&conf.content_trust);
	osci_trust_add(conf.content_trust, osci_key_cert(bamf_key));
	osci_trust_add(conf.content_trust, osci_key_cert(third_key));
	osci_trust_add(conf.content_trust, osci_key_cert(office_key)); /* trusted, but not the partner */
	return 0;
}

int teardown(void **state)
{
	osci_key_unref(office_key);
	osci_key_unref(other_key);
	osci_key_unref(bamf_key);
	osci_key_unref(third_key);
	osci_key_unref(im_key);
	osci_trust_freep(&settings.trust);
	osci_trust_freep(&conf.order_trust);
	osci_trust_freep(&conf.content_trust);
	clean(journal_file);
	t_db_remove(mail_file);
	return rmdir(dir);
}

void open_gateway(void)
{
	assert_int_equal(xgw_journal_open(&g.journal, journal_file, &err), 0);
	assert_int_equal(xgw_agent_new(&g.agent, &g, &err), 0);
	assert_int_equal(xgw_inbound(&g, NULL, &err), 0);
}

void close_gateway(void)
{
	xgw_agent_freep(&g.agent);
	xgw_journal_closep(&g.journal);
}

int before(void **state)
{
	clean(journal_file);
	t_db_remove(mail_file);
	office = (struct xgw_office){ .party = { .key = A, .name = "Amt" }, .sign = office_key, .cipher = { office_key },
				      .n_cipher = 1, .poll_ms = POLL_MS };
	partners[0] = (struct xgw_partner){ .party = { .key = FAKE_BAMF, .name = "BAMF" }, .cipher = osci_key_cert(bamf_key),
					    .sign = osci_key_cert(bamf_key) };
	partners[1] = (struct xgw_partner){ .party = { .key = FAKE_PARTNER, .name = "other office" },
					    .cipher = osci_key_cert(third_key), .sign = osci_key_cert(third_key) };
	conf.partners = partners;
	conf.n_partners = 2;
	conf.reject = true;
	conf.url = "http://127.0.0.1:1/";
	conf.intermediary_cipher = conf.intermediary_sign = osci_key_cert(im_key);
	conf.offices = &office;
	conf.n_offices = 1;
	conf.retry_first_ms = 100;
	conf.retry_max_ms = 5000;
	conf.queue_max = 100;
	conf.overdue_ms = 86400000;
	conf.reminder_days = 3;
	g.conf = &conf;
	osci_clock_init(&g.clock);
	shared = 0;
	g.clock.offset_ms = (int64_t)T_NOW * 1000 - osci_clock_ms(&g.clock);
	g.clock.shared = &shared;
	line_down = false;
	lose_order = fault_code = down_after = NULL;
	fake_version = "26.11";
	fake_vanished = NULL;
	fake_no_release = fake_old_accepted = false;
	fake_why = XAUSL_SEND_NONE_IN_FORCE;
	fake_switch = fake_begins = 0;
	g.steady = (struct xgw_steady){ 0 };
	posts = 0;
	assert_int_equal(im_service_open(&mail, &settings, &err), 0);
	open_gateway();
	return 0;
}

int after(void **state)
{
	close_gateway();
	im_service_close(&mail);
	return 0;
}

/* --- looking into the journal ---------------------------------------------------- */

struct xgw_request *get(const char *id)
{
	struct xgw_request *r = NULL;

	assert_int_equal(xgw_journal_by_bus_id(g.journal, A, id, &r, &err), 0);
	return r;
}

void state_is(const char *id, enum xgw_state wanted)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(id);

	if (r->state != wanted)
		fail_msg("%s: %s expected, %s found", id, xgw_state_name(wanted), xgw_state_name(r->state));
}

int64_t rows(const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(db_query(&g.journal->db, &st, &err, sql, ""), 0);
	assert_int_equal(db_step(&g.journal->db, st, &err), 0);
	n = db_int(st, 0);
	db_done(st);
	return n;
}

void submit(const char *id, const char *number, const char *question, bool replace, char uuid[37])
{
	json_t *frame = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s*}", "office", A, "id", id, "message", number,
				  "orientation_course_only", 1, "replace", replace, "question", question), *receipt = NULL;

	assert_int_equal(xgw_submit(&g, &office, frame, NULL, 0, &receipt, &err), 0);
	assert_string_equal(json_string_value(json_object_get(receipt, "outcome")), "accepted-by-gateway");
	snprintf(uuid, 37, "%s", json_string_value(json_object_get(receipt, "uuid")));
	json_decref(frame);
	json_decref(receipt);
}

/* Acknowledges the oldest open delivery, which must be this one. */
void take_delivery(const char *outcome, const char *request)
{
	struct xgw_delivery_row *d = NULL;
	json_t *json;

	assert_int_equal(xgw_journal_next_delivery(g.journal, A, 0, &d, &err), 0);
	json = json_loads(d->json, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "outcome")), outcome);
	if (request)
		assert_string_equal(json_string_value(json_object_get(json, "request")), request);
	else
		assert_null(json_object_get(json, "request"));
	assert_null(json_object_get(json, "reader"));
	json_decref(json);
	assert_int_equal(xgw_journal_ack(g.journal, A, d->id, now_ms(), &err), 0);
	xgw_delivery_row_freep(&d);
}

void no_delivery(void)
{
	struct xgw_delivery_row *d = NULL;

	assert_int_equal(xgw_journal_next_delivery(g.journal, A, 0, &d, &err), OSCI_E_EMPTY);
}
