/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steady - may the wall clock be believed?
 *
 * Pure: two clocks are looked at from time to time.  A wall clock that moves by more than @jump against the monotonic one
 * is in doubt for @settle; so is one that starts behind what the journal has seen.  Meanwhile there are two moments: what
 * the clock says and what it would say had it not jumped.  A jump back to that ends the doubt.
 */
#ifndef XGW_CORE_STEADY_H
#define XGW_CORE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct xgw_steady {
	int64_t jump_ms, settle_ms;
	bool started, doubtful;
	int64_t offset;   /* wall - monotonic, as last seen */
	int64_t believed; /* the same before the first jump; meaningful while doubtful */
	int64_t until;    /* monotonic: the doubt ends then, unless the clock jumps again */
};

enum xgw_clock_event {
	XGW_CLOCK_STEADY,   /* nothing new */
	XGW_CLOCK_JUMPED,   /* it is in doubt from now on, or still */
	XGW_CLOCK_RETURNED, /* it says again what it was expected to say */
	XGW_CLOCK_SETTLED,  /* it has not jumped for long enough */
};

/*
 * First look; @seen is the latest moment the journal knows (0 = none).  A start cannot tell a jump forward from a time in
 * which nothing ran: it believes that.
 */
enum xgw_clock_event xgw_steady_start(struct xgw_steady *s, int64_t jump_ms, int64_t settle_ms, int64_t wall, int64_t mono,
				      int64_t seen);
/* Call it in every round.  *@ret_by (may be NULL) of a jump: by how many ms, negative = back. */
enum xgw_clock_event xgw_steady_look(struct xgw_steady *s, int64_t wall, int64_t mono, int64_t *ret_by);
/* What the clock would say at @wall had it not jumped; @wall itself without doubt. */
int64_t xgw_steady_believed(const struct xgw_steady *s, int64_t wall);

#endif
