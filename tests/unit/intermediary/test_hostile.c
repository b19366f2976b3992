/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hostile - the running program against everything of the corpus, and what its memory gives away
 *
 * The kernel kills it should it try to connect to anywhere.  Every hostile body costs little, leaves nothing behind, and
 * the next order is answered.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <osci/http.h>
#include "base/buf.h"
#include "base/text.h"
#include "daemon.h"
#include "lib/t_broken.h"
#include "lib/t_confined.h"
#include "lib/t_corpus.h"
#include "lib/t_db.h"

static struct party office, bamf;
static struct t_corpus corpus;
static bool at_hand;

static double cpu_seconds(void)
{
	char path[64], line[1024], *p;
	unsigned long user = 0, sys = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid());
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	p = strrchr(line, ')'); /* fields 14 and 15 */
	assert_non_null(p);
	assert_int_equal(sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys), 2);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

static long peak_kib(void)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon_pid());
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	fclose(f);
	assert_true(kib > 0);
	return kib;
}

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	/* Failed decryptions are what is tested here; being turned away for them has a test of its own. */
	daemon_begin("  decrypt_failures: {max: 1000}\n");
	daemon_may_not_connect = true;
	daemon_start(0);
	at_hand = t_corpus_load(&corpus);
	return 0;
}

static int teardown(void **state)
{
	t_corpus_free(&corpus);
	daemon_end();
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

#define NEXT_ORDER 3 /* bodies: then a good order; each of them has one in tests/unit/wire/test-hostile.c */
#define BODY_MAX (100 << 20) /* octets; what is longer gets a status of HTTP alone */

/* Refused: by a fault, by a status of HTTP, or the connection is cut. */
static void refused(const char *name)
{
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	struct osci_err err = { 0 };
	char path[4096];
	struct stat st;
	size_t len = 0;
	void *data;
	int fd, r;

	t_corpus_path(&corpus, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	data = mmap(NULL, st.st_size ? (size_t)st.st_size : 1, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(data, MAP_FAILED);
	close(fd);
	r = osci_http_exchange(daemon_http, daemon_url, data, (size_t)st.st_size, &answer, &len, &err);
	munmap(data, st.st_size ? (size_t)st.st_size : 1);
	if (r == 0 && (st.st_size > BODY_MAX ? memmem(answer, len, "Envelope", 8) != NULL : !memmem(answer, len, ":Fault>", 7)))
		fail_msg("%s: answered with something else than a fault", name);
	if (r < 0)
		fail_msg("%s: %s", name, err.what);
}

/* H to P: cost, effect and the next order, for every body of the corpus. */
static void corpus_over_http(void **state)
{
	static const char *const bodies[] = { "xml/*", "soap/*", "mime/*", "gen/*.xml", "gen/*.mime", NULL };
	long idle;
	char text[300];
	const char *name;
	size_t i = 0, n = 0;

	if (!at_hand)
		skip();
	assert_string_equal(do_get_id(&office, text), "0800");
	idle = peak_kib();
	for (; (name = t_corpus_next(&corpus, bodies, &i)); n++) {
		double before = cpu_seconds(), took;

		refused(name);
		took = cpu_seconds() - before;
		if (took > T_SLOWER || (T_SLOWER == 1.0 && peak_kib() - idle > T_MEMORY_MAX))
			fail_msg("%s: %.2f s, %ld KiB above idle", name, took, peak_kib() - idle);
		if (n % NEXT_ORDER == 0 && strcmp(do_get_id(&office, text), "0800"))
			fail_msg("the order after %s is refused", name);
	}
	printf("# %zu bodies, at most %ld KiB above idle\n", n, peak_kib() - idle);
	assert_true(n > 80);
	/* Nothing of it is a message. */
	assert_string_equal(do_init(&bamf), "0801");
	assert_string_equal(do_fetch(&bamf, text), "9803");
	assert_string_equal(do_exit(&bamf), "0800");
}

/* F-01: after all these names, the folder holds what the configuration names, and the database's own. */
static void f_01_no_file_is_named_by_a_message(void **state)
{
	static const char *const ours[] = { ".", "..", "im-sign.p12", "im-enc.p12", "ca.pem", "pass", "faults", "im.yaml",
					    "port", "log" };
	struct dirent *e;
	DIR *d = opendir(daemon_file(""));
	size_t i;

	assert_non_null(d);
	while ((e = readdir(d))) {
		for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			if (!strcmp(e->d_name, ours[i]))
				break;
		if (i == sizeof(ours) / sizeof(ours[0]) && strncmp(e->d_name, "im.db", 5))
			fail_msg("file %s", e->d_name);
	}
	closedir(d);
	assert_int_equal(t_db_files(daemon_file("im.db")), 0);
}

/* P-05, P-06: one record a line, no control characters, nothing of what was sent. */
static void p_05_log_after_all_this(void **state)
{
	static const char *const never[] = { "attacker", "passwd", "FORGED", "geheim", "Betreff", "DROP", "libxml", "error:0" };
	FILE *f = fopen(daemon_file("log"), "r");
	char line[4096];
	size_t i, n = 0;

	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); n++) {
		size_t len = strlen(line);

		assert_true(len > 2 && line[0] == '{' && line[len - 2] == '}' && line[len - 1] == '\n');
		for (i = 0; i + 1 < len; i++)
			assert_false(iscntrl((unsigned char)line[i]));
		for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			if (strstr(line, never[i]))
				fail_msg("\"%s\" in the log", never[i]);
	}
	fclose(f);
	assert_true(n > (at_hand ? 100 : 1));
}

/* The record without time, duration, sizes and peer. */
static void verdict_of(const char *line, char *ret, size_t size)
{
	const char *code = strstr(line, "\"code\":"), *what = strstr(line, "\"where\":");

	snprintf(ret, size, "%.13s %s", code ? code : "", what ? what : "");
}

static void last_record(char *ret, size_t size)
{
	FILE *f = fopen(daemon_file("log"), "r");
	char line[4096];

	ret[0] = '\0';
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strstr(line, "order-answered"))
			verdict_of(line, ret, size);
	fclose(f);
}

/* The boundary is drawn for every answer: blanked. */
static void without_boundary(unsigned char *answer, size_t len)
{
	char boundary[80] = "--";
	unsigned char *at = memmem(answer, len, "boundary=", 9);
	size_t n;

	assert_non_null(at);
	assert_int_equal(sscanf((const char *)at + 9, "%70[^;\r\n ]", boundary), 1);
	n = strlen(boundary);
	assert_true(n > 10);
	while ((at = memmem(answer, len, boundary, n)))
		memset(at, '_', n);
}

struct told {
	unsigned char *answer;
	size_t len;
	char record[512];
};

static void ask(enum t_broken cause, struct told *ret)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);
	struct osci_err err = { 0 };

	t_broken_make(&b, cause, world_cipher_cert());
	if (osci_http_exchange(daemon_http, daemon_url, b.data, b.len, &ret->answer, &ret->len, &err))
		fail_msg("%s: %s", t_broken_names[cause], err.what);
	without_boundary(ret->answer, ret->len);
	last_record(ret->record, sizeof(ret->record));
}

/*
 * The same octets and the same record for whatever is wrong with key or ciphertext.  What decrypts to no order is 9300, as
 * the standard has it: its tag has proved that the sender knows the key and what is inside.
 */
static void e_03_one_answer_for_every_cause(void **state)
{
	struct told first = { 0 }, next = { 0 };
	size_t cause, round;

	ask(T_BROKEN_OAEP, &first);
	assert_non_null(memmem(first.answer, first.len, ">9202<", 6));
	for (round = 0; round < 3; round++)
		for (cause = 0; cause < T_BROKEN_COUNT; cause++) {
			ask((enum t_broken)cause, &next);
			if (cause == T_BROKEN_NO_XML || cause == T_BROKEN_NO_ORDER)
				assert_non_null(memmem(next.answer, next.len, ">9300<", 6));
			else if (next.len != first.len || memcmp(first.answer, next.answer, next.len) ||
				 strcmp(first.record, next.record))
				fail_msg("%s: another answer or record: %s", t_broken_names[cause], next.record);
			free(next.answer);
		}
	free(first.answer);
}

/* How often the octets stand in what the process has mapped; -1: may not be looked at. */
static long occurrences(const void *octets, size_t len)
{
	static unsigned char chunk[1 << 20];
	unsigned long from, to;
	char path[64], line[512];
	long n = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)daemon_pid());
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)daemon_pid());
	maps = fopen(path, "r");
	if (mem < 0 || !maps) {
		if (mem >= 0)
			close(mem);
		if (maps)
			fclose(maps);
		return -1;
	}
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2 || strstr(line, "[v"))
			continue;
		for (; from < to; from += sizeof(chunk) - len) { /* what lies over an edge is seen in the next */
			size_t want = to - from < sizeof(chunk) ? to - from : sizeof(chunk);
			ssize_t got = pread(mem, chunk, want, (off_t)from);
			unsigned char *at = chunk;

			while (got > 0 && (at = memmem(at, (size_t)(chunk + got - at), octets, len))) {
				n++;
				at++;
			}
			if (got < (ssize_t)sizeof(chunk))
				break;
		}
	}
	fclose(maps);
	close(mem);
	return n;
}

/* The password of the key files, as text and as PKCS#12 widens it, is gone once they are read; host stays: it is searched right. */
static void p_01_password_is_wiped(void **state)
{
	static const char wide[] = "\0g\0e\0h\0e\0i\0m";
	long known;

#if defined(__SANITIZE_ADDRESS__)
	print_message("# SKIP sanitized build: it keeps freed memory, and its shadow has terabytes\n");
	skip();
#endif
	known = occurrences("im.example", 10);
	if (known < 0) {
		printf("# memory of the process may not be read here\n");
		skip();
	}
	assert_true(known > 0);
	assert_int_equal(occurrences("geheim", 6), 0);
	assert_int_equal(occurrences(wide, 12), 0);
}

static void p_01_no_core_file(void **state)
{
	char path[64], line[256];
	bool found = false;
	int status = -1;
	FILE *f;

#if defined(__SANITIZE_ADDRESS__)
	skip();
#endif
	snprintf(path, sizeof(path), "/proc/%d/limits", (int)daemon_pid());
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char soft[32], hard[32];

		if (sscanf(line, "Max core file size %31s %31s", soft, hard) == 2) {
			found = true;
			assert_string_equal(soft, "0");
			assert_string_equal(hard, "0");
		}
	}
	fclose(f);
	assert_true(found);
	/* Who is not root owns its entries in /proc only as long as it may be looked into. */
	if (geteuid() != 0) {
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/mem", (int)daemon_pid());
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 0);
	}
	daemon_signal(SIGABRT);
	status = daemon_wait();
	assert_true(WIFSIGNALED(status) && !WCOREDUMP(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p_01_password_is_wiped),
		cmocka_unit_test(corpus_over_http),
		cmocka_unit_test(f_01_no_file_is_named_by_a_message),
		cmocka_unit_test(e_03_one_answer_for_every_cause),
		cmocka_unit_test(p_05_log_after_all_this),
		cmocka_unit_test(p_01_no_core_file),
	};

	return cmocka_run_group_tests_name("intermediary/hostile", tests, setup, teardown);
}
