/* SPDX-License-Identifier: Apache-2.0 */
/* t_confined - see the header */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cmocka.h>

#include "lib/t_confined.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define KILL(call)                                                                                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

#ifdef ARCH
static int install(struct sock_filter *filter, size_t n)
{
	const struct sock_fprog program = { .len = (unsigned short)n, .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -1 : 0;
}

#define BEGIN                                                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),                                                         \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define END BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int t_forbid_connect(void)
{
	struct sock_filter filter[] = { BEGIN, KILL(__NR_connect), END };

	return install(filter, sizeof(filter) / sizeof(filter[0]));
}

static int confine(void)
{
	struct sock_filter filter[] = {
		BEGIN,
		KILL(__NR_socket),
		KILL(__NR_connect),
		KILL(__NR_openat),
		KILL(__NR_openat2),
		KILL(__NR_execve),
		KILL(__NR_execveat),
		KILL(__NR_clone3),
#if defined(__x86_64__)
		KILL(__NR_open),
		KILL(__NR_creat),
		KILL(__NR_fork),
#endif
		END,
	};

	return install(filter, sizeof(filter) / sizeof(filter[0]));
}
#else
int t_forbid_connect(void)
{
	return -1;
}

static int confine(void)
{
	return 0; /* another processor: measured only */
}
#endif

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long peak(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

struct t_cost t_confined(const char *name, int (*work)(void *arg, char *text, size_t size), void *arg)
{
	struct t_cost cost = { 0 };
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		long before = peak();

		if (confine())
			_exit(3);
		cost.seconds = cpu();
		cost.result = work(arg, cost.text, sizeof(cost.text));
		cost.seconds = cpu() - cost.seconds;
		cost.kib = peak() - before;
		_exit(write(fds[1], &cost, sizeof(cost)) == (ssize_t)sizeof(cost) ? 0 : 4);
	}
	close(fds[1]);
	if (read(fds[0], &cost, sizeof(cost)) != (ssize_t)sizeof(cost))
		memset(&cost, 0, sizeof(cost));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("%s: ended by signal %d%s", name, WTERMSIG(status),
			 WTERMSIG(status) == 31 ? ": a file or an address was asked for" : "");
	assert_int_equal(WEXITSTATUS(status), 0);
	return cost;
}
