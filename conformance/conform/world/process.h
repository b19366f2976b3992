/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process - a daemon of the world, its log, and programs that are asked once
 *
 * Each child is the leader of a process group of its own and gets SIGKILL from the kernel when the thread that started it
 * ends, so nothing outlives the runner.  Standard error of a daemon is appended to its log file.
 */
#ifndef CF_WORLD_PROCESS_H
#define CF_WORLD_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

#include <osci/err.h>

#define CF_ARGV_MAX 24
#define CF_STOP_MS 5000 /* an orderly end takes longer only if something hangs */

struct cf_process {
	const char *name;      /* "gateway", for texts */
	const char *program;   /* path */
	const char *argv[CF_ARGV_MAX]; /* [0] is set at start; borrowed */
	const char *dir;       /* working directory */
	char *const *env;
	const char *log, *ready; /* files */
	unsigned ready_ms;     /* it must be ready after so many */
	pid_t pid;             /* 0 = not running */
	int status;            /* of the last end, as of waitpid() */
	bool died;             /* it ended and nobody had asked it to */
};

/* Starts it and returns; cf_process_ready() waits. */
int cf_process_start(struct cf_process *p, struct osci_err *err);
/* 0 when its ready file is written; else an error with the last line of its log, and it does not run any more. */
int cf_process_ready(struct cf_process *p, struct osci_err *err);
/* Has it ended by itself? Then died and status are set. */
bool cf_process_dead(struct cf_process *p);
/* SIGTERM, or SIGKILL with @kill or when the former takes too long; waits for the end. */
void cf_process_end(struct cf_process *p, bool kill);
/* "ended with status 1", "was ended by signal 11" into @out. */
void cf_process_status(int status, char *out, size_t size);
/* Last line of its log that has text, cut at @size; "" if none. */
void cf_process_last_line(const struct cf_process *p, char *out, size_t size);

/*
 * Starts @argv (ended by NULL, [0] is the path of the program) in the folder of the runner; its standard input is written to @to,
 * its standard output read from @from, its standard error is that of the runner.  Whoever started it waits for its end.
 */
int cf_pipe_start(const char *const *argv, char *const *env, pid_t *pid, int *to, int *from, struct osci_err *err);

/*
 * Runs @argv (ended by NULL, [0] is the program) to its end and gives its standard output, at most out->max octets; standard
 * error is dropped unless @merge.  0; OSCI_E_STATE: it ended with another status than 0, first line of its output in @err;
 * OSCI_E_LIMIT: too much output, or not ended after @timeout_ms.
 */
int cf_run(const char *const *argv, const char *dir, char *const *env, int timeout_ms, bool merge, struct osci_buf *out,
	   struct osci_err *err);

/* work.c: for how long the first thread of @pid has been ready and got no processor; 0 if nobody knows. */
int64_t cf_starved_ms(pid_t pid);

#endif
