/* SPDX-License-Identifier: Apache-2.0 */
/* t_xsd_check - a failing cmocka test for an invalid message */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/t_xsd.h"

enum t_xsd t_xsd_check(const void *body, size_t len, struct osci_key *const *keys, size_t n_keys, unsigned allowed)
{
	char why[600];
	enum t_xsd result = t_xsd_judge(body, len, keys, n_keys, allowed, why, sizeof(why));

	if (result == T_XSD_INVALID)
		fail_msg("against the official schema: %s", why);
	return result;
}
