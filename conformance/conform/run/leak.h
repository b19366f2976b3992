/* SPDX-License-Identifier: Apache-2.0 */
/* leak - personal data of the case in what the gateway writes for people and machines */
#ifndef CF_RUN_LEAK_H
#define CF_RUN_LEAK_H

#include "run/play.h"

/* Calls @found for each place: "a surname", "log, line 12".  0; else the traces could not be read, or no memory. */
int cf_leaks(struct cf_play *p, void (*found)(void *arg, const char *kind, const char *where), void *arg,
	     struct osci_err *err);

/*
 * The part of it that needs no world.  @secrets: object, text to kind.  The first whole word, or words joined by
 * hyphens, of @text that is one of them: its kind, or NULL.
 */
const char *cf_leak_in(const json_t *secrets, const char *text);
/* Adds the words of a name of four characters or more. -ENOMEM. */
int cf_leak_words(json_t *secrets, const char *name, const char *kind);

#endif
