/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_xausl - schemas for tests of the gateway alone
 *
 * Takes the place of libxausl in the test program.  Message "070001" needs the field "orientation_course_only";
 * "070007" needs "replace"; "070019" nothing; others are unknown.  XML looks like <NUMBER uuid="..."/>; messages of
 * the partner may have trigger and reader, and are invalid with the attribute wrong.
 */
#ifndef FAKE_XAUSL_H
#define FAKE_XAUSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_OFFICE "azr:000001"
#define FAKE_BAMF "dbs:990000000070"

extern bool fake_no_release;     /* none is in force */
/* What is sent: "26.11" or "27.05", which needs "moved_in" for 070001 beside what 26.11 needs and refuses "dropped". */
extern const char *fake_version;
extern bool fake_old_accepted;   /* another release than that one is accepted, too */
extern int64_t fake_begins;      /* ms since 1970 of both releases */
extern size_t fake_warnings;     /* what is missing before the next change */

#endif
