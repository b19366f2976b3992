/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon - the real osci-intermediaryd with the keys of party.c, parties that talk to it over HTTP
 *
 * One daemon at a time, in a folder of its own.  After daemon_begin() every order of a party goes to it.
 */
#ifndef TESTS_INTERMEDIARY_DAEMON_H
#define TESTS_INTERMEDIARY_DAEMON_H

#include <sys/types.h>

#include "party.h"

/* After world_begin(): the folder with keys, trust and configuration; @more: lines for it, indented by two, or "". */
void daemon_begin(const char *more);
void daemon_end(void);
/* Name in its folder; one of eight static buffers. */
char *daemon_file(const char *name);
void daemon_put(const char *name, const char *content);

/*
 * Starts it. @at > 0: under the shim of tests/fault, killed at the n-th writing call after daemon_arm().
 * daemon_shim() says whether there is one in this build.
 */
bool daemon_shim(void);
void daemon_start(long at);
void daemon_arm(void);
void daemon_signal(int sig); /* from any thread */
int daemon_stop(void);  /* SIGTERM: exit status as of waitpid() */
int daemon_wait(void);  /* until it ends by itself: status as of waitpid() */
void daemon_kill(void); /* SIGKILL, or it is dead already */
bool daemon_dead(void); /* it was killed; waited for */
extern char daemon_url[64];
extern struct osci_http *daemon_http;
extern bool daemon_may_not_connect; /* of the next start: the kernel kills it if it tries */
pid_t daemon_pid(void);

#endif
