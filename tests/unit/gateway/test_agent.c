/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_agent - sending and fetching against an intermediary in the same process
 *
 * HTTP is replaced: an exchange waits in a list until pump() carries it to the intermediary's core, or
 * loses the order, or its answer.  The partner is played with the client sequences of the library.
 */
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
#include "fake_xausl.h"
#include "gateway.h"
#include "intermediary/service.h"
#include "lib/t_db.h"
#include "lib/t_keys.h"

#define A FAKE_OFFICE
#define POLL_MS 1000
#define STEPS 400

static char dir[64] = "/dev/shm/xgw-agent-XXXXXX"; /* thousands of commits: not on a disk, if possible */
static char journal_file[96], mail_file[96];
static struct osci_key *office_key, *other_key, *bamf_key, *im_key;
static struct osci_key *im_keys[1], *bamf_keys[1];
static struct im_settings settings;
static struct im_service mail;
static struct xgw_office office;
static struct xgw_config conf;
static struct xgw g;
static struct osci_err err;
static volatile int64_t shared; /* test clock: jumps move waits too */

/* --- HTTP, made up -------------------------------------------------------- */

static struct {
	bool used;
	unsigned char *body;
	size_t len;
	osci_http_done *done;
	void *arg;
} exchange;
static unsigned posts;
static bool line_down;         /* no connection */
static const char *lose_order; /* name of an order: carried out, its answer is lost, once */
static const char *fault_code; /* answered with this fault, once */
static const char *down_after; /* name of an order: answered, then there is no connection */

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

static int64_t now_ms(void)
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
static void run(void)
{
	for (unsigned i = 0; i < STEPS; i++) {
		assert_true(xgw_agent_run(g.agent, &err) >= 0);
		if (!pump())
			return;
	}
	fail_msg("the agent never rests");
}

static void later(int64_t ms)
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
static unsigned partner_fetch(char **ret)
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
			char *text = content_of(osci_fetcher_message(f));

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

static void partner_send(const char *xml, const struct osci_key *author, const struct osci_key *reader)
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
static void partner_answers(const char *number, const char *trigger, const char *extra)
{
	char uuid[37], xml[300];

	assert_int_equal(osci_uuid4(uuid), 0);
	snprintf(xml, sizeof(xml), "<%s uuid=\"%s\"%s%s%s%s/>", number, uuid, trigger ? " trigger=\"" : "",
		 trigger ? trigger : "", trigger ? "\"" : "", extra);
	partner_send(xml, bamf_key, office_key);
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

static int setup(void **state)
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
	osci_trust_add(conf.content_trust, osci_key_cert(office_key)); /* trusted, but not the partner */
	return 0;
}

static int teardown(void **state)
{
	osci_key_unref(office_key);
	osci_key_unref(other_key);
	osci_key_unref(bamf_key);
	osci_key_unref(im_key);
	osci_trust_freep(&settings.trust);
	osci_trust_freep(&conf.order_trust);
	osci_trust_freep(&conf.content_trust);
	clean(journal_file);
	t_db_remove(mail_file);
	return rmdir(dir);
}

static void open_gateway(void)
{
	assert_int_equal(xgw_journal_open(&g.journal, journal_file, &err), 0);
	assert_int_equal(xgw_agent_new(&g.agent, &g, &err), 0);
	assert_int_equal(xgw_inbound(&g, NULL, &err), 0);
}

static void close_gateway(void)
{
	xgw_agent_freep(&g.agent);
	xgw_journal_closep(&g.journal);
}

static int before(void **state)
{
	clean(journal_file);
	t_db_remove(mail_file);
	office = (struct xgw_office){ .party = { .key = A, .name = "Amt" }, .sign = office_key, .cipher = { office_key },
				      .n_cipher = 1, .poll_ms = POLL_MS };
	conf.bamf.key = FAKE_BAMF;
	conf.url = "http://127.0.0.1:1/";
	conf.intermediary_cipher = conf.intermediary_sign = osci_key_cert(im_key);
	conf.bamf_cipher = conf.bamf_sign = osci_key_cert(bamf_key);
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
	posts = 0;
	assert_int_equal(im_service_open(&mail, &settings, &err), 0);
	open_gateway();
	return 0;
}

static int after(void **state)
{
	close_gateway();
	im_service_close(&mail);
	return 0;
}

/* --- looking into the journal ---------------------------------------------------- */

static struct xgw_request *get(const char *id)
{
	struct xgw_request *r = NULL;

	assert_int_equal(xgw_journal_by_bus_id(g.journal, A, id, &r, &err), 0);
	return r;
}

static void state_is(const char *id, enum xgw_state wanted)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = get(id);

	if (r->state != wanted)
		fail_msg("%s: %s expected, %s found", id, xgw_state_name(wanted), xgw_state_name(r->state));
}

static int64_t rows(const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(db_query(&g.journal->db, &st, &err, sql, ""), 0);
	assert_int_equal(db_step(&g.journal->db, st, &err), 0);
	n = db_int(st, 0);
	db_done(st);
	return n;
}

static void submit(const char *id, const char *number, const char *question, bool replace, char uuid[37])
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
static void take_delivery(const char *outcome, const char *request)
{
	struct xgw_delivery_row *d = NULL;
	json_t *json;

	assert_int_equal(xgw_journal_next_delivery(g.journal, A, 0, &d, &err), 0);
	json = json_loads(d->json, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "outcome")), outcome);
	assert_string_equal(json_string_value(json_object_get(json, "request")), request);
	assert_null(json_object_get(json, "reader"));
	json_decref(json);
	assert_int_equal(xgw_journal_ack(g.journal, A, d->id, now_ms(), &err), 0);
	xgw_delivery_row_freep(&d);
}

static void no_delivery(void)
{
	struct xgw_delivery_row *d = NULL;

	assert_int_equal(xgw_journal_next_delivery(g.journal, A, 0, &d, &err), OSCI_E_EMPTY);
}

/* --- tests -------------------------------------------------------------------------- */

static void there_and_back(void **state)
{
	char uuid[37], wanted[100], *got = NULL;

	submit("r-1", "070001", NULL, false, uuid);
	run();
	state_is("r-1", XGW_STORED);
	snprintf(wanted, sizeof(wanted), "<070001 uuid=\"%s\"/>", uuid);
	assert_int_equal(partner_fetch(&got), 1);
	assert_string_equal(got, wanted);
	free(got);
	later(3 * POLL_MS); /* process card */
	state_is("r-1", XGW_FETCHED);
	partner_answers("070004", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_CLARIFICATION);
	partner_answers("070003", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_ANSWERED);
	take_delivery("duplicate", "r-1");
	state_is("r-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	no_delivery();
	assert_true(rows("SELECT count(*) FROM inbound WHERE raw IS NOT NULL") == 0);
	assert_int_equal(partner_fetch(NULL), 0);
}

/* Whatever order's answer is lost, and if the process dies then: stored once. */
static void lost_answers(void **state)
{
	static const char *const orders[] = { "getMessageId", "storeDelivery" };

	for (size_t i = 0; i < 2; i++)
		for (int crash = 0; crash < 2; crash++) {
			char id[16], uuid[37];

			snprintf(id, sizeof(id), "r-%zu-%d", i, crash);
			submit(id, "070001", NULL, false, uuid);
			lose_order = orders[i];
			run();
			assert_null(lose_order);
			state_is(id, XGW_QUEUED);
			if (crash) {
				close_gateway();
				open_gateway();
			}
			later(20000);
			state_is(id, XGW_STORED);
			assert_int_equal(partner_fetch(NULL), 1);
		}
}

static void fetch_answer_lost(void **state)
{
	static const char *const orders[] = { "initDialog", "fetchDelivery", "exitDialog" };

	for (size_t i = 0; i < 3; i++) {
		char id[16], uuid[37];

		snprintf(id, sizeof(id), "r-%zu", i);
		submit(id, "070001", NULL, false, uuid);
		run();
		partner_answers("070003", uuid, "");
		lose_order = orders[i];
		later(2 * POLL_MS);
		assert_null(lose_order);
		later(20000);
		later(20000);
		state_is(id, XGW_ANSWERED);
		take_delivery("accepted", id);
		no_delivery();
	}
	assert_true(rows("SELECT count(*) FROM inbound") == 3);
}

/* Committed here, not confirmed there: it comes again and is known by its MessageId. */
static void unconfirmed(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	down_after = "fetchDelivery";
	later(2 * POLL_MS);
	assert_true(line_down);
	state_is("r-1", XGW_ANSWERED);
	line_down = false;
	later(20000);
	later(20000);
	assert_true(rows("SELECT count(*) FROM inbound") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE osci_id LIKE '%@im.example'") == 1);
	take_delivery("accepted", "r-1");
	no_delivery();
}

static void outage(void **state)
{
	_cleanup_(xgw_request_freep) struct xgw_request *r = NULL;
	char uuid[37];
	unsigned tries;

	line_down = true;
	submit("r-1", "070001", NULL, false, uuid);
	for (int i = 0; i < 100; i++)
		later(1000);
	tries = posts;
	assert_true(tries >= 20 && tries <= 120); /* grown to waits of 2.5 to 5 s */
	r = get("r-1");
	assert_int_equal(r->state, XGW_QUEUED);
	assert_true(r->attempts > 3);
	assert_string_not_equal(r->last_error, "");
	line_down = false;
	later(6000);
	later(6000);
	state_is("r-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 1);
}

static void held(void **state)
{
	char uuid[37];

	run();
	submit("r-1", "070001", NULL, false, uuid);
	fault_code = "9200";
	run();
	state_is("r-1", XGW_HELD);
	take_delivery("held", "r-1");
	submit("r-2", "070001", NULL, false, uuid);
	fault_code = "9811"; /* passes */
	run();
	state_is("r-2", XGW_QUEUED);
	later(20000);
	state_is("r-2", XGW_STORED);
	line_down = true;
	submit("r-3", "070001", NULL, false, uuid);
	run();
	fake_version = "27.05";
	line_down = false;
	later(20000);
	state_is("r-3", XGW_HELD);
	take_delivery("held", "r-3");
	assert_int_equal(partner_fetch(NULL), 1);
}

/* Nothing of this is delivered, and none of it keeps the good one at the end away. */
static void bad_mail(void **state)
{
	char uuid[37], xml[200];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070003 uuid=\"00000000-0000-4000-8000-000000000001\" trigger=\"%s\"/>", uuid);
	partner_send(xml, office_key, office_key);               /* T070: trusted, but not the partner */
	partner_send(xml, other_key, office_key);                /* T002: not trusted */
	partner_send(xml, bamf_key, other_key);                  /* T080: encrypted for someone else */
	partner_answers("070003", uuid, " wrong=\"\"");          /* X001 */
	partner_answers("070003", uuid, " reader=\"azr:000009\""); /* T080 */
	partner_answers("070003", uuid, " author=\"dbs:1\"");    /* T070 */
	partner_answers("070001", uuid, " author=\"dbs:990000000070\" reader=\"azr:000001\""); /* T080: no answer at all */
	partner_answers("070003", "00000000-0000-4000-8000-00000000000f", "");
	partner_answers("070003", NULL, "");
	partner_answers("070012", uuid, "");                     /* no answer to 070001 */
	partner_send(xml, bamf_key, office_key);
	partner_send(xml, bamf_key, office_key);                 /* the same UUID again */
	later(2 * POLL_MS);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T070'") == 2);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T002'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='T080'") == 3);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='X001'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='unassigned'") == 3);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='repeated'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='delivered'") == 1);
	assert_true(rows("SELECT count(*) FROM inbound") == 12);
	take_delivery("accepted", "r-1");
	no_delivery();
}

static void old_release(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	fake_no_release = true;
	later(2 * POLL_MS);
	fake_no_release = false;
	assert_true(rows("SELECT count(*) FROM inbound WHERE status='rejected' AND code='V000'") == 1);
	state_is("r-1", XGW_STORED);
}

/* Fetched and committed, not yet understood: the next start goes on. */
static void unprocessed(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("070003", uuid, "");
	later(2 * POLL_MS);
	assert_int_equal(db_exec(&g.journal->db, &err, "DELETE FROM delivery", ""), 0);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE inbound SET status='new', uuid='', request=NULL", ""), 0);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='stored'", ""), 0);
	close_gateway();
	open_gateway();
	state_is("r-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
}

static void question_yes(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000aa", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	state_is("r-1", XGW_QUESTION);
	take_delivery("question", "r-1");
	submit("d-1", "070007", question, true, decision);
	state_is("r-1", XGW_DECIDED);
	run();
	state_is("d-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 2);
	partner_answers("070003", decision, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_ANSWERED);
	state_is("d-1", XGW_ANSWERED);
	take_delivery("accepted", "r-1");
	state_is("r-1", XGW_CLOSED);
	state_is("d-1", XGW_CLOSED);
}

static void question_no(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000bb", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	submit("w-1", "070019", NULL, false, decision); /* never answered */
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	take_delivery("question", "r-1");
	submit("d-1", "070007", question, false, decision);
	run();
	state_is("r-1", XGW_DECIDED);
	assert_int_equal(partner_fetch(NULL), 3);
	later(3 * POLL_MS);
	state_is("d-1", XGW_CLOSED);
	state_is("r-1", XGW_CLOSED);
	state_is("w-1", XGW_CLOSED);
	no_delivery();
}

/* The decision waited over a change of release and cannot be built in the new one: the office decides again. */
static void question_over_release(void **state)
{
	char uuid[37], decision[37], question[] = "00000000-0000-4000-8000-0000000000cc", xml[200];

	submit("r-1", "070008", NULL, false, uuid);
	run();
	snprintf(xml, sizeof(xml), "<070006 uuid=\"%s\" trigger=\"%s\"/>", question, uuid);
	partner_send(xml, bamf_key, office_key);
	later(2 * POLL_MS);
	take_delivery("question", "r-1");
	line_down = true;
	submit("d-1", "070007", question, true, decision);
	run();
	fake_version = "27.05";
	fake_vanished = "070007";
	line_down = false;
	later(20000);
	state_is("d-1", XGW_HELD);
	take_delivery("held", "d-1");
	fake_vanished = NULL;
	submit("d-2", "070007", question, true, decision);
	run();
	state_is("d-2", XGW_STORED);
	state_is("r-1", XGW_DECIDED);
	assert_int_equal(partner_fetch(NULL), 2);
}

/* One that can never be sent is told and waits; the others go. */
static void unsendable(void **state)
{
	char uuid[37];

	run();
	submit("r-1", "070001", NULL, false, uuid);
	submit("r-2", "070001", NULL, false, uuid);
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET osci_id='no id' WHERE bus_id='r-1'", ""), 0);
	for (unsigned i = 0; i < 6; i++)
		later(10000);
	state_is("r-1", XGW_QUEUED);
	state_is("r-2", XGW_STORED);
}

/* More requests wait in the partner's mailbox than one dialogue asks for: the cards of all have their turn. */
static void many_cards(void **state)
{
	char uuid[37], id[16];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "r-%u", i);
		submit(id, "070001", NULL, false, uuid);
	}
	assert_int_equal(db_exec(&g.journal->db, &err, "UPDATE request SET state='stored', osci_id='m-'||id", ""), 0);
	submit("w-1", "070019", NULL, false, uuid);
	run();
	state_is("w-1", XGW_STORED);
	assert_int_equal(partner_fetch(NULL), 1);
	for (unsigned i = 0; i < 3; i++)
		later(3 * POLL_MS);
	state_is("w-1", XGW_CLOSED);
	state_is("r-0", XGW_STORED);
}

static void rejected(void **state)
{
	char uuid[37];

	submit("r-1", "070001", NULL, false, uuid);
	run();
	partner_answers("000002", uuid, "");
	later(2 * POLL_MS);
	state_is("r-1", XGW_REJECTED);
	take_delivery("rejected-by-partner", "r-1");
	state_is("r-1", XGW_REJECTED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, before, after)
	const struct CMUnitTest tests[] = {
		T(there_and_back), T(lost_answers), T(fetch_answer_lost), T(unconfirmed), T(outage), T(held), T(bad_mail),
		T(old_release),
		T(unprocessed), T(question_yes), T(question_no), T(rejected),
		T(question_over_release), T(unsendable), T(many_cards),
	};

	return cmocka_run_group_tests_name("agent", tests, setup, teardown);
}
