/* SPDX-License-Identifier: Apache-2.0 */
/*
 * points - restarts at the instant something is seen
 *
 * accepted, delivered and acknowledged are seen by the office, the others in the log of the intermediary.  For
 * store-requested its reply is held back by a rule until somebody has been ended.
 */
#include <stdio.h>
#include <string.h>

#include "world/priv.h"

#define HELD_BACK "store delay 4000 1"

static int restart_now(struct cf_world *w, enum cf_what what, enum cf_how how, struct osci_err *err)
{
	int r = what == CF_OFFICE ? 0 : cf_daemon_restart(w, what, how, err);

	cf_active(w);
	/* A gateway that comes back knows no connection, an office that comes back makes a new one. */
	if (!r && (what == CF_GATEWAY || what == CF_OFFICE))
		r = cf_offices_connect(w, err);
	return r;
}

int cf_point_seen(struct cf_world *w, enum cf_point point, bool *ret_done, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->n_armed;) {
		struct cf_armed a = w->armed[i];

		if (a.point != point) {
			i++;
			continue;
		}
		w->n_armed--;
		memmove(&w->armed[i], &w->armed[i + 1], (w->n_armed - i) * sizeof(w->armed[0]));
		if (ret_done)
			*ret_done = true;
		r = restart_now(w, a.what, a.how, err);
	}
	return r;
}

int cf_world_restart(struct cf_world *w, enum cf_what what, enum cf_how how, enum cf_point at, struct osci_err *err)
{
	int r;

	if (what == CF_OFFICE && !cf_offices_ours(w))
		return osci_fail(err, OSCI_E_STATE, NULL, "office", "is not ours and cannot be restarted by the runner");
	if (what != CF_OFFICE && !cf_daemon_ours(w, what))
		return osci_fail(err, OSCI_E_STATE, NULL, "gateway", "is not ours and cannot be restarted by the runner");
	if (at == CF_NOW) {
		r = restart_now(w, what, how, err);
		return r ? r : cf_offices_welcomed(w, err);
	}
	if (w->n_armed == CF_ARMED_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "restart", "more than %d are armed", CF_ARMED_MAX);
	w->armed[w->n_armed++] = (struct cf_armed){ what, how, at };
	return at == CF_STORE_REQUESTED ? cf_rule_add(w, CF_INTERMEDIARY, HELD_BACK, (struct cf_rule){ 0 }, err) : 0;
}

size_t cf_world_armed(const struct cf_world *w)
{
	return w->n_armed;
}
