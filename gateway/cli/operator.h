/* SPDX-License-Identifier: Apache-2.0 */
/* operator - commands that need the gateway's configuration, not its bus */
#ifndef XAUSL_CLI_OPERATOR_H
#define XAUSL_CLI_OPERATOR_H

#include <jansson.h>

int cmd_journal(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
