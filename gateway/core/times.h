/* SPDX-License-Identifier: Apache-2.0 */
/*
 * times - time limits of the standard, in calendar time of Europe/Berlin
 */
#ifndef XGW_CORE_TIMES_H
#define XGW_CORE_TIMES_H

#include <stdint.h>

/* End of the month after which a question (070006) is void: same day and time, or the last day. */
int64_t xgw_question_ends(int64_t since_ms);
/* The instant @days working days (Monday to Friday; holidays are not known) after @since_ms, same time of day. */
int64_t xgw_working_days_after(int64_t since_ms, unsigned days);

#endif
