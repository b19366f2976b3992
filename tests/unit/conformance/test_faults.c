/* SPDX-License-Identifier: Apache-2.0 */
/* test_faults - rules of the fault file, and what they do to an answer */
#include <sys/stat.h>
#include <fcntl.h>

#include "faults.h"
#include "t_releases.h"
#include "t_store.h"

#define XML                                                                                                      \
	"<x:M.070003 xmlns:x=\"http://www.osci.de/xauslaender2611\" standard=\"XAusländer\" version=\"26.11\">"    \
	"<nachrichtentyp listURI=\"u\" listVersionID=\"19\"><code>070003</code></nachrichtentyp>"                    \
	"<x:ausloeserUUID>old</x:ausloeserUUID><x:k>1</x:k></x:M.070003>"

static struct sim_faults *f;

static int setup(void **state)
{
	return t_make_dir(state) || sim_faults_new(&f, NULL, t_path("file")) ? -1 : 0;
}

static int teardown(void **state)
{
	sim_faults_freep(&f);
	return t_remove_dir(state);
}

static int load(const char *text, struct osci_err *err)
{
	static unsigned long stamp = 1000;
	struct timespec times[2] = { { .tv_sec = (time_t)stamp }, { .tv_sec = (time_t)stamp } };

	stamp++;
	t_write("file", text);
	assert_int_equal(utimensat(AT_FDCWD, t_path("file"), times, 0), 0);
	return sim_faults_refresh(f, 1000, err);
}

static char *apply(const char *number, const char *office, int64_t *not_before, char *plan)
{
	char *xml = strdup(XML);
	size_t len = strlen(XML);

	assert_true(sim_faults_answer(f, number, office, &xml, &len, not_before, plan));
	assert_int_equal(strlen(xml), len);
	return xml;
}

static void test_changes(void **state)
{
	static const struct {
		const char *rule, *gone, *there;
	} changes[] = {
		{ "no_trigger_uuid\n", "ausloeserUUID", "<x:k>1</x:k>" },
		{ "unknown_trigger\n", ">old<", "ausloeserUUID>" },
		{ "type_mismatch\n", "<code>070003", "<code>070012</code>" },
		{ "invalid_answer\n", "</x:k></x:M", "<unbekannt/></x:M.070003>" },
		{ "old_release release=25.11\n", "2611", "xauslaender2511\" standard=\"XAusländer\" version=\"25.11\"" },
	};
	char plan[SIM_PLAN_SIZE];
	int64_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		char *xml;

		assert_int_equal(load(changes[i].rule, NULL), 0);
		xml = apply("070003", A, &at, plan);
		if (strstr(xml, changes[i].gone) || !strstr(xml, changes[i].there))
			fail_msg("%s%s", changes[i].rule, xml);
		assert_string_equal(plan, "");
		free(xml);
		xml = apply("070003", A, &at, plan); /* count 1 is used up */
		assert_string_equal(xml, XML);
		free(xml);
	}
	assert_int_equal(at, 0);
}

static void test_plans(void **state)
{
	char plan[SIM_PLAN_SIZE];
	int64_t at = 5;

	assert_int_equal(load("# comment\n\nbad_signature 070003 2\nencrypt_for_other\ndrop_answer office=" A "\n"
			      "duplicate_answer copies=3\ndelay by=2s\ndelay 070012 by=108000000ms\n", NULL), 0);
	free(apply("070003", A, &at, plan));
	assert_true(sim_plan_has(plan, "signature") && sim_plan_has(plan, "reader") && sim_plan_has(plan, "drop"));
	assert_int_equal(sim_plan_copies(plan), 3);
	assert_int_equal(at, 2005);
	free(apply("070005", A, &at, plan));
	assert_string_equal(plan, "");
	free(apply("070003", B, &at, plan));
	assert_true(sim_plan_has(plan, "signature"));
	assert_false(sim_plan_has(plan, "sign"));
	assert_int_equal(sim_plan_copies(plan), 1);
}

static void test_filters(void **state)
{
	char plan[SIM_PLAN_SIZE];
	const char *form;
	int64_t at = 0;

	assert_int_equal(load("drop_answer 070005 office=" B "\nreject 070001 code=V000\noutage lasts=1m\n", NULL), 0);
	free(apply("070003", B, &at, plan));
	assert_string_equal(plan, "");
	free(apply("070005", A, &at, plan));
	assert_string_equal(plan, "");
	free(apply("070005", B, &at, plan));
	assert_true(sim_plan_has(plan, "drop"));
	assert_null(sim_faults_reject(f, "070009", A, &form));
	assert_string_equal(sim_faults_reject(f, "070001", A, &form), "V000");
	assert_null(sim_faults_reject(f, "070001", A, &form));
	assert_true(sim_faults_outage(f, 60999));
	assert_false(sim_faults_outage(f, 61000));
}

static void test_refused(void **state)
{
	static const char *const files[] = {
		"explode\n", "delay\n", "delay by=soon\n", "delay by=401d\n",
		"delay by=1\n", "old_release\n", "drop_answer by=1s\n",
		"drop_answer 070003 0\n", "drop_answer 070003 1 1\n", "drop_answer always\n", "drop_answer office=\n",
		"duplicate_answer copies=0\n", "duplicate_answer copies=1000\n", "wrong_mailbox\n", "outage\n",
		"outage lasts=5s until=2026-11-16T09:00:00\n", "outage until=soon\n", "reject form=0010\n",
		"reject code=V000 form=0020\n", "drop_answer to=a\n",
		"delay by=1s by=2s\n", "outage lasts=1m office=" A "\n", "outage 070003 lasts=1m\n", "out_of_order\n",
		"out_of_order 3\n", "old_release release=last\n", "old_release release=25.111\n",
		"outage from=2026-11-16T09:00:00 until=2026-11-16T08:00:00\n",
	};
	struct osci_err err;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char text[100];

		snprintf(text, sizeof(text), "# first\n%s", files[i]);
		if (load(text, &err) != OSCI_E_CONFIG)
			fail_msg("%s", files[i]);
		assert_non_null(strstr(err.where, "file:2"));
	}
}

/* With the releases at hand, a rule that could never hit, or not be carried out, is refused too. */
static void test_refused_by_releases(void **state)
{
	static const char *const files[] = {
		"drop_answer 070001\n",      "delay 070002 by=1s\n",	  "reject 070003 code=V000\n", "reject code=Z999\n",
		"reject code=S030 form=000002\n", "drop_answer office=Ulm\n", "wrong_mailbox to=Ulm\n",
	};
	struct osci_err err;

	sim_faults_freep(&f);
	assert_int_equal(sim_faults_new(&f, x, t_path("file")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (load(files[i], &err) != OSCI_E_CONFIG || !strstr(err.where, "file:1"))
			fail_msg("%s", files[i]);
	assert_int_equal(load("reject 070001 code=S030\nreject code=T200 form=000002\ndrop_answer 0010\n"
			      "drop_answer office=azr:999998\ndelay 070003 by=1s office=" A "\nwrong_mailbox to=" B "\n", &err), 0);
}

static void test_change_of_file(void **state)
{
	char plan[SIM_PLAN_SIZE];
	int64_t at = 0;

	assert_true(sim_faults_refresh(f, 0, NULL) < 0); /* not there: said once */
	assert_int_equal(sim_faults_refresh(f, 0, NULL), 0);
	assert_int_equal(load("drop_answer\n", NULL), 0);
	assert_int_equal(load("explode\n", NULL), OSCI_E_CONFIG); /* the rules before stay */
	free(apply("070003", A, &at, plan));
	assert_true(sim_plan_has(plan, "drop"));
	assert_int_equal(load("", NULL), 0);
	free(apply("070003", A, &at, plan));
	assert_string_equal(plan, "");
}

static void restart(int64_t now)
{
	sim_faults_freep(&f);
	assert_int_equal(sim_faults_new(&f, NULL, t_path("file")), 0);
	assert_int_equal(sim_faults_refresh(f, now, NULL), 0);
}

static void test_outage(void **state)
{
	static const struct {
		const char *rule;
		int64_t from, until; /* seconds of the clock; read first at 1 s */
	} rules[] = {
		{ "outage until=1970-01-01T00:01:00Z\n", 1, 60 },
		{ "outage from=1970-01-01T00:00:30Z until=1970-01-01T00:01:00Z\n", 30, 60 },
		{ "outage from=1970-01-01T00:00:30Z lasts=10s\n", 30, 40 },
		{ "outage lasts=10s\n", 1, 11 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		unlink(t_path("file.used"));
		t_write("file", "");
		restart(0);
		assert_int_equal(load(rules[i].rule, NULL), 0);
		for (int64_t s = 1; s < 80; s++) {
			if (s == 5)
				restart(5000); /* it began when it was read first */
			if (sim_faults_outage(f, s * 1000) != (s >= rules[i].from && s < rules[i].until))
				fail_msg("%s at %d", rules[i].rule, (int)s);
		}
	}
}

static void test_counts_go_on(void **state)
{
	char plan[SIM_PLAN_SIZE];
	int64_t at = 0;

	assert_int_equal(load("drop_answer 2\n", NULL), 0);
	free(apply("070003", A, &at, plan));
	assert_int_equal(load("drop_answer 2\ndelay by=1s\n", NULL), 0);
	restart(1000);
	free(apply("070003", A, &at, plan));
	assert_true(sim_plan_has(plan, "drop"));
	assert_int_equal(at, 1000);
	free(apply("070003", A, &at, plan));
	assert_string_equal(plan, "");
	restart(1000);
	free(apply("070003", A, &at, plan));
	assert_string_equal(plan, "");
}

static void test_words(void **state)
{
	char plan[SIM_PLAN_SIZE], to[SIM_PLAN_SIZE];
	const char *form;
	int64_t at = 0;

	assert_int_equal(load("reject 070001 2 code=S999 form=000002\nout_of_order 2\nwrong_mailbox to=" B "\n", NULL), 0);
	assert_string_equal(sim_faults_reject(f, "070001", A, &form), "S999");
	assert_string_equal(form, "000002");
	free(apply("070003", A, &at, plan));
	assert_true(sim_plan_has(plan, "order"));
	assert_string_equal(sim_plan_to(plan, to), B);
	assert_null(sim_plan_to("order ", to));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = { T(test_changes), T(test_plans), T(test_filters), T(test_refused),
					    T(test_refused_by_releases),
					    T(test_change_of_file), T(test_outage), T(test_counts_go_on),
					    T(test_words) };

	return cmocka_run_group_tests(tests, open_releases, close_releases);
}
