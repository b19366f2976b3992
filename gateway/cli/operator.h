/* SPDX-License-Identifier: Apache-2.0 */
/* operator - commands that need the gateway's configuration, not its bus */
#ifndef XAUSL_CLI_OPERATOR_H
#define XAUSL_CLI_OPERATOR_H

#include <jansson.h>

#include "cli/commands.h"

int cmd_journal(int argc, char **argv);
int cmd_check(int argc, char **argv);

xausl_cli_config xausl_setup_read; /* for commands that need of the configuration what it says of releases */

#endif
