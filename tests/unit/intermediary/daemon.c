/* SPDX-License-Identifier: Apache-2.0 */
/* daemon - see daemon.h */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <cmocka.h>

#include <osci/http.h>
#include "daemon.h"
#include "lib/t_confined.h"
#include "lib/t_db.h"

#define READY_MS 60000

char daemon_url[64];
bool daemon_may_not_connect;
struct osci_http *daemon_http;

static char dir[] = "/tmp/xausl-imd-XXXXXX";
static pid_t pid;

char *daemon_file(const char *name)
{
	static char paths[8][96];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

void daemon_put(const char *name, const char *content)
{
	int fd = open(daemon_file(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

static unsigned char *carry(const void *data, size_t len, size_t *ret_len)
{
	unsigned char *answer = NULL;

	return osci_http_exchange(daemon_http, daemon_url, data, len, &answer, ret_len, NULL) ? NULL : answer;
}

void daemon_begin(const char *more)
{
	char text[4096];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	world_write_keys(daemon_file("im-sign.p12"), daemon_file("im-enc.p12"), "geheim");
	f = fopen(daemon_file("ca.pem"), "w");
	assert_non_null(f);
	PEM_write_X509(f, im_ca.x509);
	fclose(f);
	daemon_put("pass", "geheim\n");
	daemon_put("faults", "");
	snprintf(text, sizeof(text), "intermediary:\n"
				     "  listen: 127.0.0.1:0\n"
				     "  host: im.example\n"
				     "  database: im.db\n"
				     "  sign: {p12: im-sign.p12, pass_file: pass}\n"
				     "  cipher: [{p12: im-enc.p12, pass_file: pass}]\n"
				     "  trust: [ca.pem]\n%s", more);
	daemon_put("im.yaml", text);
	assert_int_equal(osci_http_new(&daemon_http, &(struct osci_http_conf){ 0 }, NULL), 0);
	party_carry = carry;
}

void daemon_end(void)
{
	static const char *const files[] = { "im-sign.p12", "im-enc.p12", "ca.pem", "pass", "faults", "im.yaml", "port", "log",
					     "armed", "participant.pem", "sign.pem" };

	if (pid)
		daemon_kill();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(daemon_file(files[i]));
	t_db_remove(daemon_file("im.db"));
	rmdir(dir);
	osci_http_freep(&daemon_http);
}

static const char *shim_path(void)
{
	static char path[512];
	const char *root = getenv("XAUSL_BUILD_ROOT");

	snprintf(path, sizeof(path), "%s/tests/fault/libshim.so", root ? root : "");
	return path;
}

bool daemon_shim(void)
{
	return access(shim_path(), R_OK) == 0;
}

void daemon_arm(void)
{
	daemon_put("armed", "");
}

static void run(long at)
{
	const char *program = getenv("OSCI_INTERMEDIARYD");
	int log = open(daemon_file("log"), O_CREAT | O_APPEND | O_WRONLY, 0600);
	char number[24];

	dup2(log, STDERR_FILENO);
	unsetenv("MALLOC_PERTURB_"); /* what is freed stays as the program left it */
	if (daemon_may_not_connect && t_forbid_connect())
		_exit(126);
	if (at) {
		snprintf(number, sizeof(number), "%ld", at);
		setenv("LD_PRELOAD", shim_path(), 1);
		setenv("SHIM_KIND", "io", 1);
		setenv("SHIM_MODE", "kill", 1);
		setenv("SHIM_AT", number, 1);
		setenv("SHIM_ARM", daemon_file("armed"), 1);
	}
	execl(program, program, "--config", daemon_file("im.yaml"), "--port-file", daemon_file("port"), "--faults",
	      daemon_file("faults"), "--now", "2026-11-29T12:00:00Z", (char *)NULL);
	_exit(127);
}

void daemon_start(long at)
{
	char port[16] = "";
	FILE *f = NULL;

	unlink(daemon_file("port"));
	unlink(daemon_file("armed"));
	assert_non_null(getenv("OSCI_INTERMEDIARYD"));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run(at);
	for (int waited = 0; !f && waited < READY_MS; waited += 10) {
		const struct timespec ten = { 0, 10 * 1000 * 1000 };

		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		nanosleep(&ten, NULL);
		f = fopen(daemon_file("port"), "r");
	}
	assert_non_null(f);
	assert_non_null(fgets(port, sizeof(port), f));
	fclose(f);
	port[strcspn(port, "\n")] = '\0';
	snprintf(daemon_url, sizeof(daemon_url), "http://127.0.0.1:%s/osci", port);
}

pid_t daemon_pid(void)
{
	return pid;
}

void daemon_signal(int sig)
{
	kill(pid, sig);
}

int daemon_stop(void)
{
	assert_int_equal(kill(pid, SIGTERM), 0);
	return daemon_wait();
}

int daemon_wait(void)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = 0;
	return status;
}

void daemon_kill(void)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	pid = 0;
}

bool daemon_dead(void)
{
	if (waitpid(pid, NULL, WNOHANG) != pid)
		return false;
	pid = 0;
	return true;
}
