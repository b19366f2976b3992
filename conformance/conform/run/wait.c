/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait - silence, and the case clock in steps
 *
 * A wait ends as soon as what it waits for is there; silence is needed only before the clock moves.  However the
 * processes behave, a wait ends at a moment of real time that is known when it begins.
 */
#include <string.h>

#include "base/clock.h"
#include "run/play.h"

#define PART_MIN_MS 1000 /* case clock */
#define STARVED_TIMES 4  /* so many times the limit again, if the machine has no time for the processes */
#define OTHERS_MS   100  /* between two looks at others' software */

/* On a loaded machine a step takes longer: what the processes waited for a processor is not counted, up to a limit. */
static void extend(struct cf_play *p)
{
	int64_t starved = cf_world_starved_ms(p->w), end = p->step_end + starved - p->starved;

	if (starved > p->starved && p->step_end < p->step_most)
		p->step_end = end < p->step_most ? end : p->step_most;
	p->starved = starved;
}

void cf_wait_begin(struct cf_play *p, int64_t real_ms)
{
	int64_t end = osci_clock_mono_ms() + real_ms;

	p->patience_end = end - real_ms + p->conf->drive.patience_ms;
	if (cf_driven(p) || cf_connected(p))
		end += p->conf->drive.patience_ms;
	p->step_end = end < p->case_end ? end : p->case_end;
	end += STARVED_TIMES * real_ms;
	p->step_most = end < p->case_end ? end : p->case_end;
	p->starved = cf_world_starved_ms(p->w);
}

bool cf_play_stopped(const struct cf_play *p, struct osci_err *err)
{
	if (!p->conf->stop || !*p->conf->stop)
		return false;
	osci_fail(err, OSCI_E_STATE, NULL, NULL, "ended by a signal");
	return true;
}

static int given_up(struct cf_play *p, struct osci_err *err)
{
	int64_t now = osci_clock_mono_ms();

	if (cf_play_stopped(p, err))
		return OSCI_E_STATE;
	if (now < p->step_end)
		return 0;
	if (now >= p->case_end)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL,
				 "given up: the case has taken more than %d s of real time",
				 CF_CASE_REAL_MAX_MS / 1000);
	return osci_fail(err, OSCI_E_LIMIT, NULL, NULL,
			 "given up: the step has taken too long in real time; something does not come to rest");
}

static int settle(struct cf_play *p, bool (*met)(void *arg), void *arg, struct osci_err *err)
{
	extend(p);
	int64_t left = p->step_end - osci_clock_mono_ms();
	/* Load is traffic without a pause: on a slow machine the clock must not outrun the work. */
	int most = p->step && p->step->kind == CF_BULK ? CF_BULK_SILENCE_MAX_MS : CF_SILENCE_MAX_MS;
	int limit = left < most ? (left < 1 ? 1 : (int)left) : most;
	int r = cf_world_settle(p->w, p->conf->settle_ms, limit, met, arg, err);

	if (r && r != OSCI_E_MORE)
		return r;
	return cf_play_intake(p);
}

int cf_wait_silence(struct cf_play *p, struct osci_err *err)
{
	return settle(p, NULL, NULL, err);
}

int cf_wait_others(struct cf_play *p, bool (*met)(void *arg), void *arg, struct osci_err *err)
{
	int64_t left;
	int r = 0;

	while (cf_driven(p) && (left = p->patience_end - osci_clock_mono_ms()) > 0 && !(met && met(arg)) &&
	       !cf_world_driver_trouble(p->w) &&
	       (p->conf->drive.what == CF_FOREIGN_GATEWAY || cf_world_owed(p->w))) {
		r = cf_world_poll(p->w, left < OTHERS_MS ? (int)left : OTHERS_MS, err);
		if (r && r != OSCI_E_EMPTY)
			return r;
		r = cf_play_stopped(p, err) ? OSCI_E_STATE : cf_play_intake(p);
		if (r)
			return r;
	}
	return 0;
}

int cf_wait_window(struct cf_play *p, int64_t end_ms, unsigned parts, bool (*met)(void *arg), void *arg,
		   struct osci_err *err)
{
	int64_t patience = cf_world_now(p->w) + (p->patience_end - osci_clock_mono_ms()), part;

	if (cf_connected(p) && patience < end_ms)
		end_ms = patience;
	part = (end_ms - cf_world_now(p->w)) / parts;

	if (part < PART_MIN_MS)
		part = PART_MIN_MS;
	for (;;) {
		int64_t now;
		int r = settle(p, met, arg, err);

		if (r)
			return r;
		if (!met(arg) && p->conf->drive.what == CF_FOREIGN_OFFICE) {
			r = cf_wait_others(p, met, arg, err);
			if (r)
				return r;
		}
		if (met(arg))
			return 0;
		r = given_up(p, err);
		if (r)
			return r;
		now = cf_world_now(p->w);
		if (now >= end_ms)
			return OSCI_E_EMPTY;
		if (!cf_connected(p))
			cf_world_advance(p->w, part < end_ms - now ? part : end_ms - now);
	}
}
