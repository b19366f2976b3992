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

#include <xausl/calendar.h>

#define FAKE_OFFICE "azr:000001"
#define FAKE_BAMF "dbs:990000000070"
#define FAKE_PARTNER "azr:000007"

extern bool fake_no_release;     /* none may be sent */
extern enum xausl_send_reason fake_why; /* ... for this reason */
/*
 * What is sent: "26.11" or "27.05".  The latter needs "moved_in" for 070001 and shows itself by the attribute v2705; the
 * attribute "extra" of XML is read and cannot be built.
 */
extern const char *fake_version;
extern const char *fake_vanished; /* number of a message that 27.05 does not have; NULL = all are there */
extern int64_t fake_switch;      /* not 0: 27.05 is sent from then on, whatever fake_version says */
extern bool fake_old_accepted;   /* another release than that one is accepted, too */
extern int64_t fake_begins;      /* ms since 1970 of both releases */
extern bool fake_early;          /* messages before fake_begins come too early */
extern bool fake_unchecked;      /* not every check of a message can run */
extern size_t fake_warnings;     /* what is missing before the next change */

#endif
