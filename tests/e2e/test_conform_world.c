/* SPDX-License-Identifier: Apache-2.0 */
/* test_conform_world - worlds of the conformance runner with real processes; XAUSL_BUILD_ROOT says where these are */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fts.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "world/priv.h"

#define QUIET_MS 150
#define LIMIT_MS 20000
#define STEP_MS 45000 /* case time */

static char dir[] = "/tmp/xausl-world-XXXXXX";
static struct cf_site *site;

static const struct cf_office_spec munich = { "A", "azr:011200", "Landeshauptstadt München, Ausländerbehörde", CF_CERT_OK };
static const struct cf_office_spec ulm = { "B", "azr:001800", "Stadt Ulm, Ausländerbehörde", CF_CERT_OK };

static const char entitlement[] =
	"{\"message\":\"070001\",\"person\":{\"surname\":\"Tamsin\",\"given_names\":\"Liora\",\"birth_date\":\"1986-04-12\","
	"\"sex\":\"w\",\"address\":{\"street\":\"Beispielring\",\"house_number\":\"2\",\"postcode\":\"80469\","
	"\"town\":\"München\"},\"azr_number\":\"210202100037\",\"birth_place\":\"Busan\",\"nationalities\":[\"467\"]},"
	"\"orientation_course_only\":false,\"residence_title\":\"AERL-STAT-406\"}";

/* Fails the test with the sentence a user would read. */
static void good(int r, const struct osci_err *err)
{
	char text[512];

	if (r)
		fail_msg("%s: %s", osci_result_name(r), osci_err_text(err, text, sizeof(text)));
}

static struct cf_world_spec spec_of(const char *name, const struct cf_office_spec *offices, size_t n)
{
	struct cf_world_spec s = { .name = name, .offices = offices, .n_offices = n };

	assert_int_equal(osci_clock_parse("2026-11-16T09:00:00", &s.clock_ms), 0);
	return s;
}

static struct cf_world *world_of(const struct cf_world_spec *spec)
{
	struct osci_err err = { 0 };
	struct cf_world *w = NULL;

	good(cf_world_new(&w, site, spec, &err), &err);
	return w;
}

static void settle(struct cf_world *w)
{
	struct osci_err err = { 0 };

	good(cf_world_settle(w, QUIET_MS, LIMIT_MS, NULL, NULL, &err), &err);
}

static void submit(struct cf_world *w, size_t office, const char *id)
{
	json_t *fields = json_loads(entitlement, 0, NULL);
	struct osci_err err = { 0 };

	assert_non_null(fields);
	good(cf_world_submit(w, office, id, fields, &err), &err);
	json_decref(fields);
}

/* The first event of this kind for @id, or NULL. */
static const struct cf_event *find(struct cf_world *w, enum cf_at at, const char *message, const char *outcome, const char *id)
{
	for (size_t i = 0; i < cf_world_events(w); i++) {
		const struct cf_event *e = cf_world_event(w, i);

		if (e->at == at && (!message || !strcmp(e->message, message)) && (!outcome || !strcmp(e->outcome, outcome)) &&
		    (!id || !strcmp(e->request, id)))
			return e;
	}
	return NULL;
}

/* Lets time pass until it is there. */
static const struct cf_event *await(struct cf_world *w, enum cf_at at, const char *message, const char *outcome, const char *id)
{
	for (unsigned i = 0; i < 30; i++) {
		settle(w);
		if (find(w, at, message, outcome, id))
			return find(w, at, message, outcome, id);
		cf_world_advance(w, STEP_MS);
	}
	cf_world_failed(w);
	fail_msg("%s %s of %s did not come: %s", message ? message : "", outcome ? outcome : "", id ? id : "any",
		 cf_world_folder(w));
	return NULL;
}

static unsigned count_deliveries(struct cf_world *w, const char *message)
{
	unsigned n = 0;

	for (size_t i = 0; i < cf_world_events(w); i++) {
		const struct cf_event *e = cf_world_event(w, i);

		n += e->at == CF_AT_OFFICE && e->first == i && !strcmp(e->message, message);
	}
	return n;
}

static void state_is(struct cf_world *w, size_t office, const char *id, const char *wanted)
{
	struct osci_err err = { 0 };
	char state[24] = "";

	good(cf_world_state(w, office, id, state, &err), &err);
	assert_string_equal(state, wanted);
}

static size_t sent(struct cf_world *w, struct cf_sent **ret)
{
	struct osci_err err = { 0 };
	size_t n = 0;

	good(cf_world_sent(w, ret, &n, &err), &err);
	return n;
}

static void no_deaths(struct cf_world *w)
{
	json_t *deaths = cf_world_deaths(w);

	assert_int_equal(json_array_size(deaths), 0);
	json_decref(deaths);
}

static bool runs(pid_t pid)
{
	char path[64], letter = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &letter) != 1)
		letter = 'Z';
	if (f)
		fclose(f);
	return letter != 'Z';
}

/* --- start and end --------------------------------------------------------- */

static void starts_and_ends(void **state)
{
	struct cf_world_spec spec = spec_of("start: ../<odd>", &munich, 1);
	int64_t start = osci_clock_mono_ms(), ms;
	struct cf_world *w = world_of(&spec);
	pid_t pids[3];
	char folder[512];

	ms = osci_clock_mono_ms() - start;
	print_message("# a world starts in %lld ms\n", (long long)ms);
	for (unsigned i = 0; i < 3; i++) {
		pids[i] = w->daemons[i].p.pid;
		assert_true(pids[i] > 0 && runs(pids[i]));
	}
	snprintf(folder, sizeof(folder), "%s", cf_world_folder(w));
	assert_int_equal(strncmp(folder, site->dir, strlen(site->dir)), 0);
	assert_null(strchr(folder + strlen(site->dir) + 1, '/'));
	no_deaths(w);
	cf_world_freep(&w);
	assert_null(w);
	for (unsigned i = 0; i < 3; i++)
		assert_false(runs(pids[i]));
	assert_int_equal(access(folder, F_OK), -1);
	cf_world_freep(&w); /* NULL is nothing */
}

static void files_are_private(void **state)
{
	struct cf_world_spec spec = spec_of("private", &munich, 1);
	struct cf_world *w = world_of(&spec);
	char *const paths[] = { (char *)(uintptr_t)cf_world_folder(w), NULL };
	FTS *tree;
	FTSENT *e;
	unsigned n = 0;

	submit(w, 0, "q1");
	settle(w);
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	assert_non_null(tree);
	while ((e = fts_read(tree))) {
		if (e->fts_info == FTS_F || e->fts_info == FTS_D) {
			if (e->fts_statp->st_mode & 077)
				fail_msg("%s: others can read it", e->fts_path);
			n++;
		}
	}
	fts_close(tree);
	assert_true(n > 10);
	cf_world_freep(&w);
}

static void kept_when_failed(void **state)
{
	struct cf_world_spec spec = spec_of("failed", &munich, 1);
	struct cf_world *w = world_of(&spec);
	char folder[512], log[600];

	snprintf(folder, sizeof(folder), "%s", cf_world_folder(w));
	snprintf(log, sizeof(log), "%s/gateway.log", folder);
	cf_world_failed(w);
	cf_world_freep(&w);
	assert_int_equal(access(log, R_OK), 0);
}

static void port_in_use(void **state)
{
	struct cf_world_spec spec = spec_of("port", &munich, 1);
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct osci_err err = { 0 };
	struct cf_world *w = NULL;
	char wanted[64];

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	spec.intermediary_port = ntohs(a.sin_port);
	snprintf(wanted, sizeof(wanted), "port %u is in use", spec.intermediary_port);
	assert_int_equal(cf_world_new(&w, site, &spec, &err), OSCI_E_STATE);
	assert_null(w);
	assert_string_equal(err.where, "intermediary");
	assert_non_null(strstr(err.what, wanted));
	spec.bus_port = spec.intermediary_port;
	spec.intermediary_port = 0;
	assert_int_equal(cf_world_new(&w, site, &spec, &err), OSCI_E_STATE);
	assert_string_equal(err.where, "gateway");
	close(fd);
}

static void programs_missing(void **state)
{
	struct cf_site_conf conf = { .dir = dir, .programs = "/nowhere", .datadir = getenv("XAUSL_SOURCE_ROOT") };
	struct osci_err err = { 0 };
	struct cf_site *s = NULL;

	assert_int_equal(cf_site_new(&s, &conf, &err), OSCI_E_CONFIG);
	assert_string_equal(err.where, "/nowhere");
	assert_non_null(strstr(err.what, "xausl-gatewayd"));
	conf.gateway = "/nowhere/my-gateway";
	assert_int_equal(cf_site_new(&s, &conf, &err), OSCI_E_CONFIG);
	assert_string_equal(err.where, "/nowhere/my-gateway");
	conf = (struct cf_site_conf){ .dir = dir, .programs = getenv("XAUSL_BUILD_ROOT"), .datadir = "/nowhere" };
	assert_int_equal(cf_site_new(&s, &conf, &err), OSCI_E_CONFIG);
	assert_string_equal(err.where, "/nowhere");
	assert_null(s);
}

/* A gateway that cannot start says why. */
static void cannot_start(void **state)
{
	struct cf_office_spec odd = munich;
	struct cf_world_spec spec = spec_of("odd", &odd, 1);
	json_t *settings = json_pack("{s:s}", "own_record", "neither");
	struct osci_err err = { 0 };
	struct cf_world *w = NULL;

	spec.partner = settings;
	assert_int_equal(cf_world_new(&w, site, &spec, &err), OSCI_E_STATE);
	assert_string_equal(err.where, "partner");
	assert_non_null(strstr(err.what, "ended with status 2 while starting; last log line: "));
	assert_non_null(strstr(err.what, "own_record"));
	json_decref(settings);
}

static void facts_of_the_run(void **state)
{
	json_t *facts = cf_site_facts(site), *programs = json_object_get(facts, "programs"), *one;
	char sum[65];
	size_t i;

	assert_int_equal(json_array_size(programs), 4);
	json_array_foreach(programs, i, one) {
		assert_int_equal(strlen(cf_text(one, "sha256")), 64);
		assert_non_null(strstr(cf_text(one, "version"), "0."));
	}
	assert_true(json_array_size(json_object_get(facts, "releases")) >= 1);
	assert_int_equal(strlen(cf_text(json_array_get(json_object_get(facts, "calendar"), 0), "sha256")), 64);
	assert_int_equal(cf_site_sha256("/dev/null", sum, NULL), 0);
	assert_string_equal(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(cf_site_sha256("/nowhere/x", sum, NULL), -ENOENT);
	assert_true(cf_site_has_release(site, "26.11"));
	assert_false(cf_site_has_release(site, "27.05"));
	assert_string_equal(cf_site_release_at(site, 1794816000000), "26.11");
	json_decref(facts);
}

/* --- a request ------------------------------------------------------------- */

static void there_and_back(void **state)
{
	struct cf_world_spec spec = spec_of("there", &munich, 1);
	struct cf_world *w = world_of(&spec);
	const struct cf_event *e;
	struct cf_sent *list = NULL;
	json_t *inge = NULL, *traces = NULL, *person;
	struct osci_err err = { 0 };

	submit(w, 0, "q1");
	e = await(w, CF_AT_OFFICE, "070003", "accepted", "q1");
	assert_true(e->time_ms >= spec.clock_ms);
	settle(w);
	e = find(w, CF_AT_OFFICE, "070003", "accepted", "q1");
	assert_int_equal(e->acked, 1);
	assert_non_null(strstr(e->xml, "070003"));
	assert_string_equal(e->release, "26.11");
	state_is(w, 0, "q1", "closed");

	e = find(w, CF_AT_PARTNER, "070001", NULL, "q1");
	assert_non_null(e);
	assert_false(e->refused);
	assert_int_equal(e->office, 0);
	assert_string_equal(cf_text(json_object_get(e->body, "person"), "surname"), "Tamsin");
	assert_true(e->time_ms >= spec.clock_ms && e->time_ms <= cf_world_now(w));

	assert_int_equal(sent(w, &list), 1);
	assert_true(list[0].readable && list[0].is_signed && list[0].version_fits);
	assert_string_equal(list[0].uuid, find(w, CF_AT_OFFICE, NULL, "accepted-by-gateway", "q1")->uuid);
	assert_string_equal(list[0].number, "070001");
	assert_string_equal(list[0].root_number, "070001");
	assert_string_equal(list[0].release, "26.11");
	assert_int_equal(list[0].office, 0);
	cf_sent_free(list, 1);

	good(cf_world_inge(w, &inge, &err), &err);
	assert_int_equal(json_array_size(inge), 1);
	person = json_array_get(inge, 0);
	assert_string_equal(cf_text(person, "surname"), "Tamsin");
	assert_int_equal(json_integer_value(json_object_get(person, "in_force")), 1);
	json_decref(inge);

	good(cf_world_traces(w, &traces, &err), &err);
	assert_true(json_array_size(traces) > 3);
	json_decref(traces);
	no_deaths(w);
	cf_world_freep(&w);
}

/* The same content in two requests: other UUIDs, one checksum of the content. */
static void content_is_comparable(void **state)
{
	struct cf_world_spec spec = spec_of("content", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct cf_sent *list = NULL;

	submit(w, 0, "q1");
	await(w, CF_AT_OFFICE, NULL, "accepted-by-gateway", "q1");
	cf_world_advance(w, 3600000);
	submit(w, 0, "q2");
	await(w, CF_AT_OFFICE, NULL, "accepted-by-gateway", "q2");
	assert_int_equal(sent(w, &list), 2);
	assert_string_not_equal(list[0].uuid, list[1].uuid);
	assert_string_equal(list[0].content, list[1].content);
	assert_true(list[1].time_ms - list[0].time_ms >= 3600000);
	cf_sent_free(list, 2);
	cf_world_freep(&w);
}

/* All three processes live by the case clock: what they write down after a jump is a day later. */
static void clock_moves_for_all(void **state)
{
	struct cf_world_spec spec = spec_of("clock", &munich, 1);
	struct cf_world *w = world_of(&spec);
	const int64_t day = 86400000;
	int64_t before = cf_world_now(w);

	assert_true(before >= spec.clock_ms && before < spec.clock_ms + 60000);
	cf_world_advance(w, -day); /* never back */
	assert_true(cf_world_now(w) >= before);
	cf_world_advance(w, day);
	submit(w, 0, "q1");
	await(w, CF_AT_OFFICE, "070003", NULL, "q1");
	assert_true(find(w, CF_AT_PARTNER, "070001", NULL, "q1")->time_ms >= before + day);
	for (unsigned i = 0; i < 3; i++) {
		char line[512];
		json_t *json;
		int64_t ms;

		cf_process_last_line(&w->daemons[i].p, line, sizeof(line));
		json = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
		if (!json) { /* longer than what is shown */
			assert_true(strlen(line) > 100);
			assert_non_null(strstr(line, "\"time\":\"2026-11-17T"));
			continue;
		}
		assert_int_equal(osci_parse_datetime(cf_text(json, "time"), strlen(cf_text(json, "time")), &ms), 0);
		assert_true(ms >= before + day);
		json_decref(json);
	}
	cf_world_freep(&w);
}

static void acknowledgements_withheld(void **state)
{
	struct cf_world_spec spec = spec_of("withheld", &munich, 1);
	struct cf_world *w = world_of(&spec);
	const struct cf_event *e;

	good(cf_world_acks(w, 0, true, NULL), NULL);
	submit(w, 0, "q1");
	e = await(w, CF_AT_OFFICE, "070003", NULL, "q1");
	assert_int_equal(e->acked, 0);
	state_is(w, 0, "q1", "answered");
	cf_world_advance(w, 60000); /* offered again, counted as the same */
	settle(w);
	assert_int_equal(count_deliveries(w, "070003"), 1);
	good(cf_world_restart(w, CF_GATEWAY, CF_KILL, CF_NOW, NULL), NULL);
	settle(w);
	good(cf_world_acks(w, 0, false, NULL), NULL);
	settle(w);
	e = find(w, CF_AT_OFFICE, "070003", NULL, "q1");
	assert_int_equal(e->acked, 1);
	assert_int_equal(count_deliveries(w, "070003"), 1);
	state_is(w, 0, "q1", "closed");
	cf_world_freep(&w);
}

/* --- restarts -------------------------------------------------------------- */

/* Whatever is ended at whatever point: sent once, delivered once, acknowledged once. */
static void restarts_lose_nothing(void **state)
{
	static const struct {
		enum cf_what what;
		enum cf_how how;
		enum cf_point point;
	} table[] = {
		{ CF_GATEWAY, CF_KILL, CF_ACCEPTED },	    { CF_GATEWAY, CF_KILL, CF_STORE_REQUESTED },
		{ CF_GATEWAY, CF_STOP, CF_STORED },	    { CF_GATEWAY, CF_KILL, CF_ANSWER_WAITING },
		{ CF_GATEWAY, CF_KILL, CF_ANSWER_FETCHED }, { CF_GATEWAY, CF_KILL, CF_DELIVERED },
		{ CF_GATEWAY, CF_KILL, CF_ACKNOWLEDGED },   { CF_INTERMEDIARY, CF_KILL, CF_STORE_REQUESTED },
		{ CF_PARTNER, CF_KILL, CF_STORED },	    { CF_OFFICE, CF_KILL, CF_DELIVERED },
		{ CF_OFFICE, CF_STOP, CF_ACCEPTED },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct cf_world_spec spec = spec_of("restart", &munich, 1);
		struct cf_world *w = world_of(&spec);
		struct osci_err err = { 0 };
		struct cf_sent *list = NULL;
		size_t n;

		print_message("# %u ended at point %u\n", table[i].what, table[i].point);
		good(cf_world_restart(w, table[i].what, table[i].how, table[i].point, &err), &err);
		assert_int_equal(cf_world_armed(w), 1);
		submit(w, 0, "q1");
		await(w, CF_AT_OFFICE, "070003", NULL, "q1");
		settle(w);
		assert_int_equal(cf_world_armed(w), 0);
		assert_int_equal(count_deliveries(w, "070003"), 1);
		assert_int_equal(find(w, CF_AT_OFFICE, "070003", NULL, "q1")->acked, 1);
		n = sent(w, &list);
		assert_int_equal(n, 1);
		cf_sent_free(list, n);
		no_deaths(w);
		cf_world_freep(&w);
	}
}

static void all_three_come_back(void **state)
{
	struct cf_world_spec spec = spec_of("back", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct osci_err err = { 0 };

	submit(w, 0, "q1");
	await(w, CF_AT_OFFICE, "070003", NULL, "q1");
	good(cf_world_restart(w, CF_INTERMEDIARY, CF_STOP, CF_NOW, &err), &err);
	good(cf_world_restart(w, CF_PARTNER, CF_STOP, CF_NOW, &err), &err);
	good(cf_world_restart(w, CF_GATEWAY, CF_STOP, CF_NOW, &err), &err);
	state_is(w, 0, "q1", "closed");
	submit(w, 0, "q2");
	await(w, CF_AT_PARTNER, "070001", NULL, "q2");
	no_deaths(w);
	cf_world_freep(&w);
}

static void death_is_noticed(void **state)
{
	struct cf_world_spec spec = spec_of("death", &munich, 1);
	struct cf_world *w = world_of(&spec);
	json_t *deaths = NULL;

	assert_int_equal(kill(w->daemons[CF_GATEWAY].p.pid, SIGKILL), 0);
	for (unsigned i = 0; i < 200 && !json_array_size(deaths); i++) {
		(void)cf_world_poll(w, 10, NULL);
		json_decref(deaths);
		deaths = cf_world_deaths(w);
	}
	assert_int_equal(json_array_size(deaths), 1);
	assert_string_equal(cf_text(json_array_get(deaths, 0), "what"), "gateway");
	assert_non_null(strstr(cf_text(json_array_get(deaths, 0), "how"), "signal 9"));
	json_decref(deaths);
	deaths = cf_world_deaths(w); /* once */
	assert_int_equal(json_array_size(deaths), 1);
	json_decref(deaths);
	cf_world_freep(&w);
}

/* Nothing runs on after a runner that was killed. */
static void nothing_left_of_a_killed_runner(void **state)
{
	pid_t *pids = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), runner;
	bool left = true;

	assert_true(pids != MAP_FAILED);
	runner = fork();
	if (runner == 0) {
		struct cf_world_spec spec = spec_of("killed", &munich, 1);
		struct cf_world *w = NULL;

		if (cf_world_new(&w, site, &spec, NULL))
			_exit(1);
		for (unsigned i = 0; i < 3; i++)
			pids[i + 1] = w->daemons[i].p.pid;
		pids[0] = 1;
		pause();
	}
	for (unsigned i = 0; i < 3000 && !pids[0]; i++)
		usleep(10000);
	assert_int_equal(pids[0], 1);
	assert_true(runs(pids[1]) && runs(pids[2]) && runs(pids[3]));
	assert_int_equal(kill(runner, SIGKILL), 0);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	for (unsigned i = 0; i < 500 && left; i++) {
		left = runs(pids[1]) || runs(pids[2]) || runs(pids[3]);
		usleep(10000);
	}
	assert_false(left);
	munmap(pids, 4096);
}

/* --- certificates, faults ---------------------------------------------------- */

static void certificates(void **state)
{
	static const enum cf_certificate states[] = { CF_CERT_EXPIRED, CF_CERT_REVOKED, CF_CERT_MISSING };

	for (size_t i = 0; i < 3; i++) {
		struct cf_office_spec both[] = { munich, ulm };
		struct cf_world_spec spec = spec_of("certificate", both, 2);
		struct cf_sent *list = NULL;
		const struct cf_event *e;
		struct cf_world *w;
		size_t n;

		both[1].certificate = states[i];
		w = world_of(&spec);
		submit(w, 1, "bad");
		submit(w, 0, "good");
		await(w, CF_AT_OFFICE, "070003", NULL, "good");
		e = find(w, CF_AT_OFFICE, NULL, "rejected-by-gateway", "bad");
		if (!e)
			e = await(w, CF_AT_OFFICE, NULL, "held", "bad");
		assert_string_equal(cf_text(json_array_get(json_object_get(e->body, "errors"), 0), "code"), "certificate");
		n = sent(w, &list);
		assert_int_equal(n, 1);
		assert_int_equal(list[0].office, 0);
		cf_sent_free(list, n);
		cf_world_freep(&w);
	}
}

static void outage_of_the_intermediary(void **state)
{
	struct cf_world_spec spec = spec_of("outage", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct cf_fault f = { .intermediary = true, .kind = "outage", .office = CF_NO_OFFICE, .lasts_ms = 3600000 };
	struct osci_err err = { 0 };
	int64_t from = cf_world_now(w);

	good(cf_world_fault(w, &f, &err), &err);
	submit(w, 0, "q1");
	settle(w);
	cf_world_advance(w, 1800000);
	settle(w);
	state_is(w, 0, "q1", "queued");
	cf_world_advance(w, 1800000);
	await(w, CF_AT_PARTNER, "070001", NULL, "q1");
	assert_true(find(w, CF_AT_PARTNER, "070001", NULL, "q1")->time_ms >= from + 3600000);
	cf_world_freep(&w);
}

static void operator_sees_a_repeated_answer(void **state)
{
	struct cf_world_spec spec = spec_of("repeated", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct cf_fault f = { .kind = "duplicate_answer", .message = "070003", .office = CF_NO_OFFICE, .count = 2 };
	struct osci_err err = { 0 };
	const struct cf_event *e;

	good(cf_world_fault(w, &f, &err), &err);
	submit(w, 0, "q1");
	e = await(w, CF_AT_OPERATOR, NULL, "incoming-repeated", NULL);
	assert_int_equal(e->office, 0);
	assert_string_equal(cf_text(e->body, "mailbox"), "azr:011200");
	assert_int_equal(count_deliveries(w, "070003"), 1);
	cf_world_freep(&w);
}

static void operator_sees_why_an_answer_was_refused(void **state)
{
	struct cf_world_spec spec = spec_of("refused", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct cf_fault f = { .kind = "bad_signature", .message = "070003", .office = 0 };
	struct osci_err err = { 0 };
	const struct cf_event *e;
	json_t *reason;

	good(cf_world_fault(w, &f, &err), &err);
	submit(w, 0, "q1");
	e = await(w, CF_AT_OPERATOR, NULL, "incoming-rejected", NULL);
	reason = json_array_get(json_object_get(e->body, "reasons"), 0);
	assert_string_equal(cf_text(reason, "code"), "T011");
	assert_true(*cf_text(reason, "name"));
	assert_int_equal(count_deliveries(w, "070003"), 0);
	cf_world_freep(&w);
}

static void faults_that_cannot_be(void **state)
{
	struct cf_world_spec spec = spec_of("faults", &munich, 1);
	struct cf_world *w = world_of(&spec);
	struct cf_fault f = { .intermediary = true, .kind = "bad_signature", .office = CF_NO_OFFICE };
	struct osci_err err = { 0 };

	assert_int_equal(cf_world_fault(w, &f, &err), OSCI_E_USAGE);
	f.kind = "wrong_mailbox";
	assert_int_equal(cf_world_fault(w, &f, &err), OSCI_E_USAGE);
	cf_world_freep(&w);
}

static void clerk_and_script(void **state)
{
	struct cf_world_spec spec = spec_of("script", &munich, 1);
	struct cf_world *w = world_of(&spec);
	json_t *answers = json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:s, s:s, s:b}, s:i}]", "message", "070004", "fields",
				    "reason.code", "17001", "message", "070005", "fields", "reason.code", "17099", "reason.text",
				    "frei erfunden", "can_take_over", 0, "after_ms", 60000);
	unsigned line = 1;
	struct osci_err err = { 0 };

	good(cf_world_script(w, "070001", 0, answers, 7, &err), &err);
	json_decref(answers);
	submit(w, 0, "q1");
	await(w, CF_AT_OFFICE, "070004", NULL, "q1");
	await(w, CF_AT_OFFICE, "070005", NULL, "q1");
	good(cf_world_idle_script(w, &line, &err), &err);
	assert_int_equal(line, 0);
	answers = json_pack("[{s:s, s:{s:s}}]", "message", "070004", "fields", "reason.code", "17001");
	good(cf_world_script(w, "070008", 0, answers, 8, &err), &err);
	json_decref(answers);
	cf_world_advance(w, STEP_MS);
	settle(w);
	good(cf_world_idle_script(w, &line, &err), &err);
	assert_int_equal(line, 8);
	cf_world_freep(&w);
}

/* --- others' software -------------------------------------------------------- */

static void software_of_a_vendor(void **state)
{
	struct cf_world_spec spec = spec_of("vendor", &munich, 1);
	struct osci_err err = { 0 };
	json_t *access, *office;
	struct cf_world *w;
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(1u << 20);
	_cleanup_(osci_freep) char *file = NULL;
	char how_far[24] = "", uuid[64];
	const struct cf_event *e;
	json_t *request = NULL;
	FILE *f;

	spec.foreign = CF_FOREIGN_OFFICE;
	w = world_of(&spec);
	assert_int_equal(cf_world_submit(w, 0, "q1", NULL, &err), OSCI_E_STATE);
	assert_int_equal(cf_world_acks(w, 0, true, &err), OSCI_E_STATE);
	assert_int_equal(cf_world_restart(w, CF_OFFICE, CF_KILL, CF_NOW, &err), OSCI_E_STATE);
	access = cf_world_access(w);
	office = json_array_get(json_object_get(access, "offices"), 0);
	assert_int_not_equal(asprintf(&file, "%s/request.json", cf_world_folder(w)), -1);
	f = fopen(file, "w");
	assert_non_null(f);
	fputs(entitlement, f);
	fclose(f);
	const char *const argv[] = { site->programs[CF_PROG_XAUSL], "submit", "--client", cf_text(office, "client_config"), "--id",
				     "vendor-1", file, NULL };
	good(cf_run(argv, NULL, site->env, 30000, true, &out, &err), &err);
	await(w, CF_AT_PARTNER, "070001", NULL, NULL);
	good(cf_world_state(w, 0, "vendor-1", how_far, &err), &err);
	assert_true(!strcmp(how_far, "stored") || !strcmp(how_far, "fetched"));
	assert_int_equal(cf_world_state(w, 0, "other", (char[24]){ 0 }, &err), OSCI_E_EMPTY);
	e = await(w, CF_AT_OFFICE, NULL, "accepted-by-gateway", "vendor-1");
	assert_string_equal(cf_text(e->body, "submitted"), "070001");
	snprintf(uuid, sizeof(uuid), "%s", e->uuid);
	good(cf_world_request(w, uuid, &request, &err), &err);
	assert_string_equal(cf_text(request, "uuid"), uuid);
	assert_int_equal(cf_world_request(w, "of nobody", &request, &err), OSCI_E_EMPTY);
	/* An answer has come to the office when it has acknowledged it, and not before. */
	for (unsigned i = 0; i < 30 && !cf_world_owed(w); i++) {
		cf_world_advance(w, STEP_MS);
		settle(w);
	}
	assert_int_equal(cf_world_owed(w), 1);
	assert_null(find(w, CF_AT_OFFICE, "070003", NULL, "vendor-1"));
	const char *const answers[] = { site->programs[CF_PROG_XAUSL], "answers", "--client",
					cf_text(office, "client_config"), "--wait", "10s", NULL };
	good(cf_run(answers, NULL, site->env, 30000, true, &out, &err), &err);
	e = await(w, CF_AT_OFFICE, "070003", "accepted", "vendor-1");
	assert_true(e->acked == 1 && json_is_object(json_object_get(e->body, "record")) && strlen(e->delivery) > 10);
	assert_int_equal(cf_world_owed(w), 0);
	json_decref(request);
	json_decref(access);
	cf_world_freep(&w);
}

static void gateway_of_a_vendor(void **state)
{
	struct cf_world_spec spec = spec_of("foreign", &munich, 1);
	struct osci_err err = { 0 };
	json_t *access, *none = NULL;
	struct cf_world *w;

	spec.foreign = CF_FOREIGN_GATEWAY;
	w = world_of(&spec);
	assert_int_equal(w->daemons[CF_GATEWAY].p.pid, 0);
	access = cf_world_access(w);
	assert_true(!json_object_get(access, "bus"));
	assert_non_null(strstr(cf_text(json_object_get(access, "intermediary"), "url"), "http://127.0.0.1:"));
	assert_int_equal(cf_world_restart(w, CF_GATEWAY, CF_KILL, CF_NOW, &err), OSCI_E_STATE);
	assert_int_equal(cf_world_traces(w, &none, &err), OSCI_E_STATE);
	assert_int_equal(cf_world_state(w, 0, "q", (char[24]){ 0 }, &err), OSCI_E_STATE);
	settle(w);
	json_decref(access);
	cf_world_freep(&w);
}

/* --- side by side -------------------------------------------------------------- */

static void *one_of_many(void *arg)
{
	struct cf_office_spec both[] = { munich, ulm };
	struct cf_world_spec spec = { .name = "parallel", .offices = both, .n_offices = 2, .clock_ms = 1794816000000 };
	json_t *fields = json_loads(entitlement, 0, NULL);
	struct cf_world *w = NULL;
	int r = cf_world_new(&w, site, &spec, NULL);

	if (!r)
		r = cf_world_submit(w, 1, "q1", fields, NULL);
	for (unsigned i = 0; !r && i < 30 && !find(w, CF_AT_OFFICE, "070003", NULL, "q1"); i++) {
		r = cf_world_settle(w, QUIET_MS, LIMIT_MS, NULL, NULL, NULL);
		cf_world_advance(w, STEP_MS);
	}
	*(bool *)arg = !r && find(w, CF_AT_OFFICE, "070003", NULL, "q1");
	json_decref(fields);
	cf_world_freep(&w);
	return NULL;
}

static void worlds_side_by_side(void **state)
{
	pthread_t threads[4];
	bool fine[4] = { false };

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, one_of_many, &fine[i]), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 4; i++)
		assert_true(fine[i]);
}

static int setup(void **state)
{
	struct osci_err err = { 0 };
	char text[512], keys[4096];
	const char *root = getenv("XAUSL_BUILD_ROOT");
	struct cf_site_conf conf = { .dir = dir, .keys = keys, .programs = root, .datadir = getenv("XAUSL_SOURCE_ROOT") };

	if (!root || !mkdtemp(dir))
		return -1;
	snprintf(keys, sizeof(keys), "%s/test-keys", root); /* keys take seconds: kept for the next run */
	if (cf_site_new(&site, &conf, &err) || cf_site_prepare(site, 2, &err)) {
		fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	cf_site_freep(&site);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_ends),
		cmocka_unit_test(files_are_private),
		cmocka_unit_test(kept_when_failed),
		cmocka_unit_test(port_in_use),
		cmocka_unit_test(programs_missing),
		cmocka_unit_test(cannot_start),
		cmocka_unit_test(facts_of_the_run),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(content_is_comparable),
		cmocka_unit_test(clock_moves_for_all),
		cmocka_unit_test(acknowledgements_withheld),
		cmocka_unit_test(restarts_lose_nothing),
		cmocka_unit_test(all_three_come_back),
		cmocka_unit_test(death_is_noticed),
		cmocka_unit_test(nothing_left_of_a_killed_runner),
		cmocka_unit_test(certificates),
		cmocka_unit_test(outage_of_the_intermediary),
		cmocka_unit_test(operator_sees_a_repeated_answer),
		cmocka_unit_test(operator_sees_why_an_answer_was_refused),
		cmocka_unit_test(faults_that_cannot_be),
		cmocka_unit_test(clerk_and_script),
		cmocka_unit_test(software_of_a_vendor),
		cmocka_unit_test(gateway_of_a_vendor),
		cmocka_unit_test(worlds_side_by_side),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
