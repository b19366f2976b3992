/* SPDX-License-Identifier: Apache-2.0 */
/* test_conf - values, lists, defaults, and every refused file with its place */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct conf_item table[] = {
	{ "name", CONF_TEXT, CONF_REQUIRED, 1, 20, NULL, NULL, "name of the thing" },
	{ "bus.endpoint", CONF_TEXT, 0, 0, 0, "tcp://127.0.0.1:1", NULL, "where to listen" },
	{ "bus.threads", CONF_INT, 0, 1, 64, "4", NULL, "workers" },
	{ "bus.offset", CONF_INT, 0, -10, 10, NULL, NULL, "may be negative" },
	{ "bus.strict", CONF_BOOL, 0, 0, 0, "true", NULL, "switch" },
	{ "bus.wait", CONF_DURATION, 0, 1000, 86400000, "30s", NULL, "time" },
	{ "bus.size", CONF_SIZE, 0, 0, 0, "64KiB", NULL, "octets" },
	{ "bus.mode", CONF_ENUM, 0, 0, 0, "fast", "fast|slow|off", "kind" },
	{ "data", CONF_PATH, 0, 0, 0, "var/data.db", NULL, "database" },
	{ "script", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "file that exists" },
	{ "offices[].key", CONF_TEXT, CONF_REQUIRED, 0, 0, NULL, NULL, "office code" },
	{ "offices[].sign.p12", CONF_PATH, 0, 0, 0, NULL, NULL, "key file" },
	{ "offices[].sign.pass", CONF_TEXT, 0, 0, 0, NULL, NULL, "password" },
	{ "offices[].clients[]", CONF_TEXT, 0, 1, 8, NULL, NULL, "client" },
	{ "offices[].rooms[].number", CONF_INT, CONF_REQUIRED, 0, 99, NULL, NULL, "room" },
	{ NULL },
};

static char dir[] = "/tmp/xausl-conf-XXXXXX";
static char file[64];

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/c.yaml", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(file);
	return rmdir(dir);
}

static void put(const char *text, size_t len)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static int read_text(struct conf **c, const char *text, struct osci_err *err)
{
	put(text, strlen(text));
	return conf_read(c, table, file, err);
}

static void test_values(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct osci_err err = { 0 };
	char expect[96];

	assert_int_equal(read_text(&c,
				   "name: \"Umläute\"\n"
				   "bus:\n"
				   "  endpoint: tcp://[::1]:5\n"
				   "  threads: 7\n"
				   "  offset: -3\n"
				   "  strict: false\n"
				   "  wait: 5m\n"
				   "  size: 3MiB\n"
				   "  mode: slow\n"
				   "script: c.yaml\n"
				   "offices:\n"
				   "  - key: a\n"
				   "    clients: [x, y]\n"
				   "    sign: {p12: keys/a.p12, pass: '007'}\n"
				   "    rooms:\n"
				   "      - number: 1\n"
				   "      - number: 2\n"
				   "  - key: b\n"
				   "    clients: []\n",
				   &err),
			 0);
	assert_int_equal(conf_problems(c), 0);
	assert_string_equal(conf_text(c, "name"), "Umläute");
	assert_string_equal(conf_text(c, "bus.endpoint"), "tcp://[::1]:5");
	assert_int_equal(conf_int(c, "bus.threads"), 7);
	assert_int_equal(conf_int(c, "bus.offset"), -3);
	assert_false(conf_bool(c, "bus.strict"));
	assert_int_equal(conf_int(c, "bus.wait"), 300000);
	assert_int_equal(conf_int(c, "bus.size"), 3 * 1024 * 1024);
	assert_string_equal(conf_text(c, "bus.mode"), "slow");
	snprintf(expect, sizeof(expect), "%s/var/data.db", dir);
	assert_string_equal(conf_text(c, "data"), expect);
	assert_string_equal(conf_text(c, "script"), file);
	assert_int_equal(conf_count(c, "offices"), 2);
	assert_int_equal(conf_count(c, "offices[0].clients"), 2);
	assert_int_equal(conf_count(c, "offices[1].clients"), 0);
	assert_int_equal(conf_count(c, "offices[0].rooms"), 2);
	assert_int_equal(conf_intf(c, "offices[%d].rooms[%d].number", 0, 1), 2);
	assert_string_equal(conf_textf(c, "offices[%zu].clients[%d]", (size_t)0, 1), "y");
	assert_string_equal(conf_text(c, "offices[0].sign.pass"), "007");
	snprintf(expect, sizeof(expect), "%s/keys/a.p12", dir);
	assert_string_equal(conf_text(c, "offices[0].sign.p12"), expect);
	assert_true(conf_has(c, "offices[0].sign"));
	assert_false(conf_has(c, "offices[1].sign"));
	assert_false(conf_has(c, "data"));
	assert_string_equal(conf_text(c, "offices[1].key"), "b");
}

static void test_presets(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(read_text(&c, "name: x", &err), 0);
	assert_string_equal(conf_text(c, "bus.endpoint"), "tcp://127.0.0.1:1");
	assert_int_equal(conf_int(c, "bus.threads"), 4);
	assert_int_equal(conf_int(c, "bus.offset"), 0);
	assert_true(conf_bool(c, "bus.strict"));
	assert_int_equal(conf_int(c, "bus.wait"), 30000);
	assert_int_equal(conf_int(c, "bus.size"), 65536);
	assert_string_equal(conf_text(c, "bus.mode"), "fast");
	assert_string_equal(conf_text(c, "script"), "");
	assert_int_equal(conf_count(c, "offices"), 0);
}

/* Each file has exactly the problems listed; place is LINE:COLUMN of the first. */
static void test_refused(void **state)
{
	static const struct {
		const char *text, *place, *cause;
		size_t problems;
	} bad[] = {
		{ "", "1:1", "required", 1 },
		{ "# only a comment\n", "1:1", "required", 1 },
		{ "bus:\n  threads: 1\n", "1:1", "name: required", 1 },
		{ "name: x\nnmae: y\n", "2:1", "unknown key", 1 },
		{ "name: x\nbus:\n  treads: 5\n", "3:3", "unknown key", 1 },
		{ "name: x\nbus:\n  treads:\n    - {a: [1, 2]}\n  threads: 0\n", "3:3", "unknown key", 2 },
		{ "name: x\nname: y\n", "2:7", "key twice, first in line 1", 1 },
		{ "name: x\nbus: {threads: 1}\nbus: {offset: 1}\n", "3:6", "key twice", 1 },
		{ "name: x\nbus: fast\n", "2:6", "mapping expected", 1 },
		{ "name: x\nbus: [1]\n", "2:6", "mapping expected", 1 },
		{ "name: [x]\n", "1:7", "text expected", 2 },
		{ "name: {a: x}\n", "1:7", "text expected", 2 },
		{ "name: x\noffices: {key: a}\n", "2:10", "list expected", 1 },
		{ "name: x\noffices: a\n", "2:10", "list expected", 1 },
		{ "name: x\noffices: [a]\n", "2:11", "mapping expected", 2 },
		{ "name: x\noffices:\n- clients: [a]\n", "3:3", "offices[0].key: required", 1 },
		{ "name: x\noffices:\n- key: k\n  clients: a\n", "4:12", "list expected", 1 },
		{ "name: x\noffices:\n- key: k\n  clients: [[a]]\n", "4:13", "text expected", 1 },
		{ "name: x\noffices:\n- key: k\n  clients: [a, toolongname]\n", "4:16", "text of 1 to 8 octets", 1 },
		{ "name: x\noffices:\n- key: k\n  rooms: [{}, {number: 1}]\n", "4:11", "rooms[0].number: required", 1 },
		{ "name:\n", "1:6", "value missing", 1 },
		{ "name: ~\n", "1:7", "value missing", 1 },
		{ "name: null\n", "1:7", "value missing", 1 },
		{ "name: ''\n", "1:7", "text of 1 to 20 octets", 1 },
		{ "name: 123456789012345678901\n", "1:7", "text of 1 to 20 octets", 1 },
		{ "name: \"a\\nb\"\n", "1:7", "control characters", 1 },
		{ "name: \"a\\0b\"\n", "1:7", "control characters", 1 },
		{ "name: x\nbus: {threads: many}\n", "2:16", "number expected", 1 },
		{ "name: x\nbus: {threads: 0}\n", "2:16", "out of range, 1 to 64", 1 },
		{ "name: x\nbus: {threads: 65}\n", "2:16", "out of range", 1 },
		{ "name: x\nbus: {threads: '5'}\n", "2:16", "without quotes", 1 },
		{ "name: x\nbus: {threads: 0x10}\n", "2:16", "number expected", 1 },
		{ "name: x\nbus: {threads: 99999999999999999999}\n", "2:16", "number expected", 1 },
		{ "name: x\nbus: {strict: yes}\n", "2:15", "true or false", 1 },
		{ "name: x\nbus: {wait: 30}\n", "2:13", "duration", 1 },
		{ "name: x\nbus: {wait: 30 s}\n", "2:13", "duration", 1 },
		{ "name: x\nbus: {wait: 500ms}\n", "2:13", "out of range", 1 },
		{ "name: x\nbus: {wait: 9223372036854775807d}\n", "2:13", "duration", 1 },
		{ "name: x\nbus: {size: -1}\n", "2:13", "size", 1 },
		{ "name: x\nbus: {size: 1kb}\n", "2:13", "size", 1 },
		{ "name: x\nbus: {mode: fas}\n", "2:13", "one of fast|slow|off", 1 },
		{ "name: x\nbus: {mode: 'fast|slow'}\n", "2:13", "one of", 1 },
		{ "name: x\nscript: nofile\n", "2:9", "does not exist", 1 },
		{ "name: x\ndata: ''\n", "2:7", "file name", 1 },
		{ "name: &a x\n", "1:7", "anchors and tags", 1 },
		{ "name: !!str x\n", "1:7", "anchors and tags", 1 },
		{ "name: ! x\n", "1:7", "anchors and tags", 1 },
		{ "name: x\nbus: &b {threads: 1}\n", "2:6", "anchors and tags", 1 },
		{ "name: x\nbus: *b\n", "2:6", "aliases", 1 },
		{ "name: x\nbus: {<<: {threads: 1}}\n", "2:7", "merge keys", 1 },
		{ "name: x\n? [a]\n: b\n", "2:3", "plain text", 1 },
		{ "name: x\n---\nname: y\n", "2:1", "second document", 1 },
		{ "%YAML 1.1\n---\nname: x\n", "1:1", "directives", 1 },
		{ "%TAG !e! tag:e.org,2000:\n---\nname: x\n", "1:1", "directives", 1 },
		{ "- a\n", "1:1", "mapping expected", 2 },
		{ "just text\n", "1:1", "mapping expected", 2 },
		{ "name: x\n bad: y\n", "2:5", "not valid YAML", 1 },
		{ "name: x\nbus: {threads: 1\n", "3:1", "not valid YAML", 1 },
		{ "name: \"x\n", "2:1", "not valid YAML", 2 },
		{ "name: x\n\"k\xc3\xa4y\": 1\n", "2:1", "unknown key", 1 },
		{ "name: x\n'': 1\n", "2:1", "unknown key", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(conf_freep) struct conf *c = NULL;
		struct osci_err err = { 0 };
		char where[128];

		if (read_text(&c, bad[i].text, &err) != OSCI_E_CONFIG)
			fail_msg("accepted: %s", bad[i].text);
		snprintf(where, sizeof(where), "%s:%s", file, bad[i].place);
		if (strcmp(err.where, where) || !strstr(err.what, bad[i].cause) ||
		    conf_problems(c) != bad[i].problems)
			fail_msg("%s\n -> %s | %s | %zu", bad[i].text, err.where, err.what, conf_problems(c));
		assert_memory_equal(conf_problem(c, 0), where, strlen(where));
		assert_string_equal(conf_problem(c, 999), "");
	}
}

static void test_all_problems(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct osci_err err = { 0 };

	assert_int_equal(read_text(&c, "nam: x\nbus:\n  threads: 0\n  mode: z\noffices:\n- {}\n- key: b\n  x: 1\n", &err),
			 OSCI_E_CONFIG);
	assert_int_equal(conf_problems(c), 6);
	/* Values of wrong items fall back, the others are there. */
	assert_int_equal(conf_int(c, "bus.threads"), 4);
	assert_string_equal(conf_text(c, "offices[1].key"), "b");
}

static void test_too_many_problems(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(100000);
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct osci_err err = { 0 };

	for (int i = 0; i < 500; i++)
		osci_buf_addf(&b, "k%d: 1\n", i);
	assert_int_equal(read_text(&c, (char *)b.data, &err), OSCI_E_CONFIG);
	assert_int_equal(conf_problems(c), CONF_PROBLEMS_MAX);
}

static void test_own_problems(void **state)
{
	_cleanup_(conf_freep) struct conf *c = NULL;
	struct osci_err err = { 0 };
	char want[128], place[128];

	assert_int_equal(read_text(&c, "name: x\noffices:\n- key: a\n- key: b\n", &err), 0);
	conf_add_problem(c, "offices[1].sign.p12", "key of %s cannot be read", "b");
	snprintf(want, sizeof(want), "%s:4:3: offices[1].sign.p12: key of b cannot be read", file);
	assert_string_equal(conf_problem(c, 0), want);
	conf_place(c, "offices[0].key", place, sizeof(place));
	snprintf(want, sizeof(want), "%s:3:8", file);
	assert_string_equal(place, want);
	conf_place(c, "bus.wait", place, sizeof(place));
	snprintf(want, sizeof(want), "%s:1:1", file);
	assert_string_equal(place, want);
}

static void test_hostile(void **state)
{
	struct osci_err err = { 0 };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(2 * CONF_FILE_MAX);
	struct conf *c = NULL;

	/* deep nesting, in something unknown and where a mapping is expected */
	osci_buf_adds(&b, "name: x\nzzz: ");
	for (int i = 0; i < 3000; i++)
		osci_buf_addc(&b, '[');
	assert_int_equal(read_text(&c, (char *)b.data, &err), OSCI_E_CONFIG);
	conf_freep(&c);
	osci_buf_reset(&b);
	osci_buf_adds(&b, "name: \xff\xfe\n");
	assert_int_equal(read_text(&c, (char *)b.data, &err), OSCI_E_CONFIG);
	conf_freep(&c);
	put("name: x\0y\n", 10);
	assert_int_equal(conf_read(&c, table, file, &err), OSCI_E_CONFIG);
	conf_freep(&c);
	osci_buf_reset(&b);
	memset(osci_buf_room(&b, CONF_FILE_MAX + 1), '#', CONF_FILE_MAX + 1);
	put((char *)b.data, CONF_FILE_MAX + 1);
	assert_int_equal(conf_read(&c, table, file, &err), OSCI_E_LIMIT);
	assert_null(c);
	assert_int_equal(conf_read(&c, table, "/nonexistent.yaml", &err), -2);
	assert_int_equal(conf_read(&c, table, "/tmp", &err), OSCI_E_LIMIT);
}

/* Every prefix of a good file either is read or refused with a place, never worse. */
static void test_prefixes(void **state)
{
	static const char text[] = "name: 'x'\nbus: {threads: 7, mode: \"slow\"}\noffices:\n- key: a\n  clients: [x, y]\n"
				   "  rooms:\n  - number: 1\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		_cleanup_(conf_freep) struct conf *c = NULL;
		struct osci_err err = { 0 };
		int r;

		put(text, len);
		r = conf_read(&c, table, file, &err);
		assert_true(r == 0 || r == OSCI_E_CONFIG);
		assert_non_null(c);
		if (r)
			assert_memory_equal(err.where, file, strlen(file));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	       cmocka_unit_test(test_presets),
		cmocka_unit_test(test_refused),	       cmocka_unit_test(test_all_problems),
		cmocka_unit_test(test_too_many_problems), cmocka_unit_test(test_own_problems),
		cmocka_unit_test(test_hostile),	       cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests_name("base/conf", tests, setup, teardown);
}
