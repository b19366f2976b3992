/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made-up - calendars of made-up releases, in a folder for one test program
 *
 * The folders of the releases 26.11 (m2611) and 27.05 (m2705) hold the least a release can hold.
 */
#ifndef TEST_MADE_UP_H
#define TEST_MADE_UP_H

#include <stdint.h>

#include <xausl/calendar.h>
#include "schemas.h"

#define PRESET "*;00:00;7d;assumption;made up\n"
/* 26.05 in force and derived, 26.11 and 27.05 with modules, 27.11 known and without one. */
#define FOUR \
	"26.05;urn:x2605;2026-05-01;derived;s;\n26.11;urn:x2611;2026-11-01;confirmed;s;m2611\n" \
	"27.05;urn:x2705;2027-05-01;confirmed;s;m2705\n27.11;urn:x2711;2027-11-01;derived;s;\n"

extern char dir[];
extern struct xausl *x;
extern struct osci_err err;

int made_up_setup(void **state);
int made_up_teardown(void **state);

void put(const char *name, const char *text); /* a file of the folder */
/* The calendar of these two tables in x; world() fails the test if it cannot be opened. */
int reopen(const char *releases, const char *transitions);
void world(const char *releases, const char *transitions);
int64_t at(const char *when);
const struct xausl_release *release(const char *version);

#endif
