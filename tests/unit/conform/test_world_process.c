/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_process - children that are missing, die, hang, talk too much; nothing of them stays */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "world/process.h"
#include "world/yaml.h"

static char dir[] = "/tmp/xausl-process-XXXXXX";
static char log_path[64], ready_path[64];
static char search_path[] = "PATH=/usr/bin:/bin";
static char *env[] = { search_path, NULL };

static struct cf_process shell(const char *script)
{
	unlink(log_path);
	return (struct cf_process){ .name = "partner", .program = "/bin/sh", .argv = { NULL, "-c", script }, .dir = dir, .env = env,
				    .log = log_path, .ready = ready_path, .ready_ms = 3000 };
}

static void wait_ms(unsigned ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* A zombie that nobody waits for is as good as gone. */
static bool runs(pid_t pid)
{
	char path[64], letter = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%*d %*s %c", &letter) != 1)
		letter = 'Z';
	if (f)
		fclose(f);
	return letter != 'Z';
}

static bool gone(pid_t pid)
{
	for (unsigned i = 0; i < 300 && runs(pid); i++)
		wait_ms(10);
	return !runs(pid);
}

static pid_t child_of_script(void)
{
	char path[96];
	pid_t pid = 0;

	snprintf(path, sizeof(path), "%s/child", dir);
	for (unsigned i = 0; i < 300 && !pid; i++) {
		FILE *f = fopen(path, "r");

		if (f && fscanf(f, "%d", &pid) != 1)
			pid = 0;
		if (f)
			fclose(f);
		wait_ms(10);
	}
	unlink(path);
	return pid;
}

static void starts_and_ends(void **state)
{
	struct cf_process p = shell("trap 'exit 0' TERM; echo ready >ready; while :; do sleep 0.01; done");
	struct stat st;

	assert_int_equal(cf_process_start(&p, NULL), 0);
	assert_int_equal(cf_process_ready(&p, NULL), 0);
	assert_false(cf_process_dead(&p));
	assert_int_equal(stat(log_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(getpgid(p.pid), p.pid);
	cf_process_end(&p, false);
	assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0);
	assert_false(p.died);
	assert_int_equal(p.pid, 0);
	cf_process_end(&p, false); /* nothing to end */
}

static void program_missing(void **state)
{
	struct cf_process p = shell("");
	struct osci_err err = { 0 };

	p.program = "/nowhere/inge-sim";
	assert_int_equal(cf_process_start(&p, &err), -ENOENT);
	assert_string_equal(err.where, "/nowhere/inge-sim");
	assert_non_null(strstr(err.what, "program of the partner"));
	assert_int_equal(p.pid, 0);
}

static void dies_while_starting(void **state)
{
	struct cf_process p = shell("echo first >&2; echo 'the last word' >&2; exit 3");
	struct osci_err err = { 0 };

	assert_int_equal(cf_process_start(&p, &err), 0);
	assert_int_equal(cf_process_ready(&p, &err), OSCI_E_STATE);
	assert_string_equal(err.where, "partner");
	assert_string_equal(err.what, "ended with status 3 while starting; last log line: the last word");
	assert_int_equal(p.pid, 0);
}

static void never_gets_ready(void **state)
{
	struct cf_process p = shell("sleep 100 & echo $! >child; echo waiting >&2; wait");
	struct osci_err err = { 0 };
	pid_t pid;

	p.ready_ms = 1000;
	assert_int_equal(cf_process_start(&p, &err), 0);
	pid = child_of_script();
	assert_true(pid > 0 && runs(pid));
	assert_int_equal(cf_process_ready(&p, &err), OSCI_E_STATE);
	assert_string_equal(err.what, "did not get ready in 1 s; last log line: waiting");
	assert_true(gone(pid)); /* the children of a child, too */
}

static void dies_later(void **state)
{
	struct cf_process p = shell("echo ready >ready; kill -SEGV $$");
	char text[64];

	assert_int_equal(cf_process_start(&p, NULL), 0);
	for (unsigned i = 0; i < 200 && !cf_process_dead(&p); i++)
		wait_ms(10);
	assert_true(p.died);
	cf_process_status(p.status, text, sizeof(text));
	assert_string_equal(text, "was ended by signal 11 (SEGV)");
}

/* One that does not listen to SIGTERM is killed after a while, with its children. */
static void deaf_is_killed(void **state)
{
	struct cf_process p = shell("trap '' TERM; echo ready >ready; sleep 100");
	int64_t start;

	assert_int_equal(cf_process_start(&p, NULL), 0);
	assert_int_equal(cf_process_ready(&p, NULL), 0);
	start = osci_clock_mono_ms();
	cf_process_end(&p, false);
	assert_true(osci_clock_mono_ms() - start < CF_STOP_MS + 2000);
	assert_true(WIFSIGNALED(p.status) && WTERMSIG(p.status) == SIGKILL);
}

/* A runner that is killed takes its processes with it. */
static void dies_with_the_runner(void **state)
{
	pid_t runner = fork(), child;

	if (runner == 0) {
		struct cf_process p = shell("echo $$ >child; echo ready >ready; exec sleep 100");

		if (cf_process_start(&p, NULL) || cf_process_ready(&p, NULL))
			_exit(1);
		pause();
	}
	child = child_of_script();
	assert_true(child > 0 && runs(child));
	assert_int_equal(kill(runner, SIGKILL), 0);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	assert_true(gone(child));
}

static void asked_once(void **state)
{
	const char *const good[] = { "/bin/sh", "-c", "printf '[1]'; echo noise >&2", NULL };
	const char *const bad[] = { "/bin/sh", "-c", "echo 'no such file' >&2; exit 2", NULL };
	const char *const loud[] = { "/bin/sh", "-c", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", NULL };
	const char *const slow[] = { "/bin/sh", "-c", "sleep 100", NULL };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(1u << 20);
	struct osci_err err = { 0 };

	assert_int_equal(cf_run(good, dir, env, 5000, false, &out, &err), 0);
	assert_string_equal((const char *)out.data, "[1]");
	osci_buf_reset(&out);
	assert_int_equal(cf_run(bad, dir, env, 5000, true, &out, &err), OSCI_E_STATE);
	assert_string_equal(err.what, "ended with status 2: no such file");
	osci_buf_reset(&out);
	assert_int_equal(cf_run(loud, dir, env, 5000, false, &out, &err), OSCI_E_LIMIT);
	osci_buf_free(&out);
	assert_int_equal(cf_run(slow, dir, env, 300, false, &out, &err), OSCI_E_LIMIT);
}

/* Values come back from YAML as they were: nothing is guessed, nothing breaks out. */
static void yaml_is_json(void **state)
{
	const char *const nasty = "no: \"#[]{}&*!|>'%@`\n\\u0041 \xc3\xbc \xf0\x9f\x99\x82 - ? :";
	_cleanup_(osci_freep) char *path = NULL;
	json_t *value = json_pack("{s:s, s:b, s:i, s:[s]}", "text", nasty, "flag", 1, "n", 7, "list", "010"), *back;
	struct stat st;

	assert_int_not_equal(asprintf(&path, "%s/x.yaml", dir), -1);
	assert_int_equal(cf_yaml_write(path, value, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	back = json_load_file(path, 0, NULL);
	assert_true(json_equal(value, back));
	json_decref(back);
	json_decref(value);
}

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	snprintf(ready_path, sizeof(ready_path), "%s/ready", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_ends), cmocka_unit_test(program_missing), cmocka_unit_test(dies_while_starting),
		cmocka_unit_test(never_gets_ready), cmocka_unit_test(dies_later), cmocka_unit_test(deaf_is_killed),
		cmocka_unit_test(dies_with_the_runner), cmocka_unit_test(asked_once), cmocka_unit_test(yaml_is_json),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
