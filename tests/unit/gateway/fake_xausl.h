/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_xausl - schemas for tests of the gateway alone
 *
 * Takes the place of libxausl in the test program.  Message "070001" needs the field "orientation_course_only";
 * "070007" needs "replace"; others are unknown.  XML looks like <NUMBER uuid="..."/>.
 */
#ifndef FAKE_XAUSL_H
#define FAKE_XAUSL_H

#include <stdbool.h>

extern bool fake_no_release; /* none is in force */

#endif
