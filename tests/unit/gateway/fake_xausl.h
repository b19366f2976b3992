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

#define FAKE_OFFICE "azr:000001"
#define FAKE_BAMF "dbs:990000000070"

extern bool fake_no_release;     /* none is in force */
extern const char *fake_version; /* "26.11" */

#endif
