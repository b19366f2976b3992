/* SPDX-License-Identifier: Apache-2.0 */
/* t_sim - persons and records for the tests of the decision core */
#ifndef T_SIM_H
#define T_SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rules/rules.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define TODAY "2026-11-16"
#define A "azr:011200" /* the sender */
#define B "azr:001800"

/* A test may write over a preset field of RECORD. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Two steps, so that a macro may stand for type, name and key. */
#define RECORD(...) RECORD_OF(__VA_ARGS__, )
#define RECORD_OF(art_, type, name, key, ...)                                                                     \
	{                                                                                                      \
		.id = 1, .art = art_, .kennziffer = "K1", .issuer_type = type, .issuer_name = name,             \
		.issuer_key = key, .valid_from = "2026-06-01", __VA_ARGS__                                      \
	}

static inline struct sim_person person_of(const struct sim_record *r, size_t n)
{
	return (struct sim_person){ .id = 7, .surname = "Beispiel", .given_names = "Ada", .birth_date = "1990-02-03",
				    .sex = "w", .azr_number = "260101999999", .records = r, .n_records = n };
}

static inline struct sim_request request_of(const char *number)
{
	return (struct sim_request){ .number = number, .uuid = "u", .office_key = A, .office_name = "Stadt A",
				     .surname = "Beispiel", .given_names = "Ada", .birth_date = "1990-02-03", .sex = "w",
				     .azr_number = "260101999999", .nationalities = { "327" }, .n_nationalities = 1,
				     .valid_until = strcmp(number, "070010") == 0 ? "2027-06-30" : NULL };
}

static inline void assert_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

#endif
