/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testpoints - places at which a test may kill the process
 *
 * For tests only.  Without --test-points each call is one comparison and does nothing.
 */
#ifndef XGW_MAIN_TESTPOINTS_H
#define XGW_MAIN_TESTPOINTS_H

#include <osci/err.h>

/*
 * @path holds the name of one point.  When that point is passed, the file is removed and the process gets SIGKILL;
 * the file may be written at any time while the process runs.
 */
int xgw_testpoints_open(const char *path, struct osci_err *err);
void xgw_testpoint(const char *name);

#endif
