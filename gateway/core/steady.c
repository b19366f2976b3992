/* SPDX-License-Identifier: Apache-2.0 */
/* steady - see steady.h */
#include "core/steady.h"

static bool near(const struct xgw_steady *s, int64_t a, int64_t b)
{
	return a - b <= s->jump_ms && b - a <= s->jump_ms;
}

static enum xgw_clock_event doubt(struct xgw_steady *s, int64_t believed, int64_t mono)
{
	if (!s->doubtful)
		s->believed = believed;
	s->doubtful = true;
	s->until = mono + s->settle_ms;
	return XGW_CLOCK_JUMPED;
}

enum xgw_clock_event xgw_steady_start(struct xgw_steady *s, int64_t jump_ms, int64_t settle_ms, int64_t wall, int64_t mono,
				      int64_t seen)
{
	*s = (struct xgw_steady){ .jump_ms = jump_ms, .settle_ms = settle_ms, .started = true, .offset = wall - mono };
	return seen - wall > jump_ms ? doubt(s, seen - mono, mono) : XGW_CLOCK_STEADY;
}

enum xgw_clock_event xgw_steady_look(struct xgw_steady *s, int64_t wall, int64_t mono, int64_t *ret_by)
{
	int64_t offset = wall - mono, by = offset - s->offset, before = s->offset;

	if (!s->started)
		return XGW_CLOCK_STEADY;
	s->offset = offset;
	if (!near(s, offset, before)) {
		if (ret_by)
			*ret_by = by;
		if (!s->doubtful || !near(s, offset, s->believed))
			return doubt(s, before, mono);
		s->doubtful = false;
		return XGW_CLOCK_RETURNED;
	}
	if (!s->doubtful || mono < s->until)
		return XGW_CLOCK_STEADY;
	s->doubtful = false;
	return XGW_CLOCK_SETTLED;
}

int64_t xgw_steady_believed(const struct xgw_steady *s, int64_t wall)
{
	return s->doubtful ? wall - s->offset + s->believed : wall;
}
