/* SPDX-License-Identifier: Apache-2.0 */
/*
 * releases - what the parts of xausl releases share: one look at the calendar, gathered once and shown in three ways
 */
#ifndef XAUSL_CLI_RELEASES_H
#define XAUSL_CLI_RELEASES_H

#include <stdbool.h>

#include <xausl/calendar.h>
#include <xausl/package.h>
#include "cli/commands.h"

struct xausl_look {
	const struct xausl *x;
	int64_t now;
	const struct xausl_partner *partners;
	size_t n_partners;
	struct xausl_calendar_finding findings[XAUSL_CALENDAR_FINDINGS_MAX];
	size_t n_findings;
	struct xausl_warning warnings[XAUSL_WARNINGS_MAX];
	size_t n_warnings;
};

#define XAUSL_LOCAL_TEXT 17 /* "2026-11-01 00:00" in Berlin, and its NUL */
void xausl_local_text(char out[XAUSL_LOCAL_TEXT], int64_t ms);

void xausl_releases_timeline(const struct xausl_look *k);
int xausl_releases_json(const struct xausl_look *k); /* -ENOMEM */

#endif
