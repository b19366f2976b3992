/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_confined - a test's work in a process of its own that may neither connect nor open files
 *
 * The kernel kills the process at the first socket, connect, open, exec or new process: what ends without a signal
 * has read nothing but the descriptors it got.  CPU time and memory are measured for the work alone.
 */
#ifndef T_CONFINED_H
#define T_CONFINED_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define T_SLOWER 10.0 /* how much more time a sanitizer may take; memory is not judged then */
#else
#define T_SLOWER 1.0
#endif

#define T_MEMORY_MAX (64L * 1024) /* KiB above what the process has before */

struct t_cost {
	double seconds;    /* of one CPU */
	long kib;          /* highest resident set above the one before */
	int result;        /* of the work */
	char text[160];    /* set by the work */
};

/* Of threads and processes that are made from here on: no connect(); the kernel kills who tries. Not 0: not possible here. */
int t_forbid_connect(void);
/* @work(@arg, text) in a confined child; fails the test if the child ends by a signal. */
struct t_cost t_confined(const char *name, int (*work)(void *arg, char *text, size_t size), void *arg);

#endif
