/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process - fork, exec, wait
 *
 * fork() and not posix_spawn(): the wish to die with the parent can only be said by the child itself.  Between fork and exec
 * only what a signal handler may do is done, as other threads may hold any lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "world/process.h"

#define STARVED_TIMES 4   /* so many times the limit again, if the machine has no time for it */
#define LOOK_MS 2         /* between two looks for a ready file or an end */
#define TAIL_MAX 4096     /* octets of a log that are looked at for its last line */
#define LINE_MAX_SHOWN 200
#define NOT_STARTED 127   /* the program could not be executed */

static void nap(void)
{
	const struct timespec t = { 0, LOOK_MS * 1000000L };

	nanosleep(&t, NULL);
}

/* In the child. */
static void __attribute__((noreturn)) become(const char *program, const char *const *argv, char *const *env, const char *dir,
					     int in, int out, int errors, pid_t parent)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before that */
		_exit(NOT_STARTED);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (null < 0 || dup2(in < 0 ? null : in, 0) < 0 || dup2(out < 0 ? null : out, 1) < 0 ||
	    dup2(errors < 0 ? null : errors, 2) < 0 || (dir && chdir(dir) < 0))
		_exit(NOT_STARTED);
	umask(077);
	execve(program, (char *const *)(uintptr_t)argv, env);
	_exit(NOT_STARTED);
}

static pid_t spawn(const char *program, const char *const *argv, char *const *env, const char *dir, int in, int out, int errors)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(program, argv, env, dir, in, out, errors, parent);
	if (pid > 0)
		setpgid(pid, pid); /* whoever is first; the group must be there before it is killed */
	return pid;
}

/* --- daemons ------------------------------------------------------------- */

int cf_process_start(struct cf_process *p, struct osci_err *err)
{
	int log;

	if (access(p->program, X_OK) < 0)
		return osci_fail(err, -errno, NULL, p->program, "the program of the %s is not there or cannot be executed",
				 p->name);
	unlink(p->ready);
	log = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log < 0)
		return osci_fail(err, -errno, NULL, p->log, "the log cannot be opened");
	p->argv[0] = p->program;
	p->died = false;
	p->pid = spawn(p->program, p->argv, p->env, p->dir, -1, log, log);
	close(log);
	if (p->pid < 0) {
		p->pid = 0;
		return osci_fail(err, -errno, NULL, p->name, "no further process can be started");
	}
	return 0;
}

bool cf_process_dead(struct cf_process *p)
{
	if (!p->pid || waitpid(p->pid, &p->status, WNOHANG) != p->pid)
		return p->died;
	p->pid = 0;
	p->died = true;
	return true;
}

void cf_process_status(int status, char *out, size_t size)
{
	if (WIFEXITED(status))
		snprintf(out, size, "ended with status %d", WEXITSTATUS(status));
	else
		snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(status), sigabbrev_np(WTERMSIG(status)) ?: "?");
}

void cf_process_last_line(const struct cf_process *p, char *out, size_t size)
{
	char tail[TAIL_MAX + 1];
	struct stat st;
	ssize_t n = 0;
	char *line;
	int fd = open(p->log, O_RDONLY | O_CLOEXEC);

	*out = '\0';
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		n = pread(fd, tail, TAIL_MAX, st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0);
	close(fd);
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
		n--;
	if (n <= 0)
		return;
	tail[n] = '\0';
	line = memrchr(tail, '\n', (size_t)n);
	snprintf(out, size, "%.*s", LINE_MAX_SHOWN, line ? line + 1 : tail);
}

static int not_ready(struct cf_process *p, const char *how, struct osci_err *err)
{
	char line[LINE_MAX_SHOWN + 1];

	cf_process_last_line(p, line, sizeof(line));
	return osci_fail(err, OSCI_E_STATE, NULL, p->name, "%s%s%s", how, line[0] ? "; last log line: " : "", line);
}

int cf_process_ready(struct cf_process *p, struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + p->ready_ms, most = end + STARVED_TIMES * (int64_t)p->ready_ms, starved = 0;
	struct stat st;
	char how[64], text[96];

	for (;;) {
		if (stat(p->ready, &st) == 0 && st.st_size > 0)
			return 0;
		if (cf_process_dead(p)) {
			cf_process_status(p->status, how, sizeof(how));
			snprintf(text, sizeof(text), "%s while starting", how);
			return not_ready(p, text, err);
		}
		if (osci_clock_mono_ms() >= end) {
			/* What it could not use does not count; but there is an end to that, too. */
			int64_t more = cf_starved_ms(p->pid) - starved;

			if (more > 0 && end < most) {
				starved += more;
				end += more;
				continue;
			}
			cf_process_end(p, true);
			snprintf(text, sizeof(text), "did not get ready in %u s", p->ready_ms / 1000);
			return not_ready(p, text, err);
		}
		nap();
	}
}

void cf_process_end(struct cf_process *p, bool force)
{
	int64_t end = osci_clock_mono_ms() + CF_STOP_MS;

	if (!p->pid)
		return;
	if (cf_process_dead(p))
		return;
	kill(p->pid, force ? SIGKILL : SIGTERM);
	while (!force && waitpid(p->pid, &p->status, WNOHANG) == 0) {
		if (osci_clock_mono_ms() >= end) {
			kill(-p->pid, SIGKILL);
			force = true;
		} else {
			nap();
		}
	}
	if (force) {
		kill(-p->pid, SIGKILL);
		while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
}

int cf_pipe_start(const char *const *argv, char *const *env, pid_t *pid, int *to, int *from, struct osci_err *err)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };

	if (access(argv[0], X_OK) < 0)
		return osci_fail(err, -errno, NULL, argv[0], "the program is not there or cannot be executed");
	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
		*pid = spawn(argv[0], argv, env, NULL, in[0], out[1], STDERR_FILENO);
	else
		*pid = -1;
	if (in[0] >= 0)
		close(in[0]);
	if (out[1] >= 0)
		close(out[1]);
	*to = in[1];
	*from = out[0];
	if (*pid > 0)
		return 0;
	*pid = 0;
	return osci_fail(err, -errno, NULL, argv[0], "no further process can be started");
}

/* --- asking a program once ----------------------------------------------- */

/* Reads until the other end is closed; OSCI_E_LIMIT when there is too much, or when the time is over. */
static int drain(int fd, int64_t end, struct osci_buf *out)
{
	for (;;) {
		struct pollfd item = { fd, POLLIN, 0 };
		int64_t left = end - osci_clock_mono_ms();
		unsigned char *room;
		ssize_t n;

		if (left <= 0)
			return OSCI_E_LIMIT;
		if (poll(&item, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		if (!item.revents)
			continue;
		room = osci_buf_room(out, 65536);
		if (!room)
			return osci_buf_error(out) == OSCI_E_LIMIT ? OSCI_E_LIMIT : -ENOMEM;
		n = read(fd, room, 65536);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			osci_buf_grow(out, (size_t)n);
	}
}

static int complain(const char *program, int status, struct osci_buf *out, struct osci_err *err)
{
	char how[64];
	const char *text = out->data ? (const char *)out->data : "";

	cf_process_status(status, how, sizeof(how));
	return osci_fail(err, OSCI_E_STATE, NULL, program, "%s%s%.*s", how, *text ? ": " : "",
			 (int)(strcspn(text, "\n") < LINE_MAX_SHOWN ? strcspn(text, "\n") : LINE_MAX_SHOWN), text);
}

int cf_run(const char *const *argv, const char *dir, char *const *env, int timeout_ms, bool merge, struct osci_buf *out,
	   struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + timeout_ms;
	int ends[2], status = 0, r;
	pid_t pid;

	if (access(argv[0], X_OK) < 0)
		return osci_fail(err, -errno, NULL, argv[0], "the program is not there or cannot be executed");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return osci_fail(err, -errno, NULL, argv[0], "no pipe");
	pid = spawn(argv[0], argv, env, dir, -1, ends[1], merge ? ends[1] : -1);
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!r)
		r = drain(ends[0], end, out);
	close(ends[0]);
	if (pid < 0)
		return osci_fail(err, r, NULL, argv[0], "no further process can be started");
	if (r)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == OSCI_E_LIMIT)
		return osci_fail(err, r, NULL, argv[0], "did not end in %d s, or wrote too much", timeout_ms / 1000);
	if (r)
		return osci_fail(err, r, NULL, argv[0], "its output cannot be read");
	return status ? complain(argv[0], status, out, err) : 0;
}
