/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defect - which wrong behaviour this gateway was started with
 *
 * The program xausl-gatewayd-defective is the gateway with some calls between its files led through functions of this folder
 * (linker option --wrap); the gateway's sources know nothing of it.  XAUSL_DEFECT names the one defect of a run; without it
 * the program is the gateway.
 */
#ifndef DEFECT_H
#define DEFECT_H

#include <stdbool.h>

/* Is it this one?  Ends the program if XAUSL_DEFECT names none there is. */
bool defect(const char *name);

#endif
