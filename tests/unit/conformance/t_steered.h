/* SPDX-License-Identifier: Apache-2.0 */
/* t_steered - what a test runner sees of InGe, and how it steers it */
#ifndef T_STEERED_H
#define T_STEERED_H

#include "t_engine.h"

static json_t *received(int64_t after)
{
	json_t *list = NULL;

	assert_int_equal(sim_store_dump_received(&st, after, &list, NULL), 0);
	return list;
}

static json_t *persons(void)
{
	json_t *list = NULL;

	assert_int_equal(sim_store_dump_persons(&st, &e.settings, TODAY, &list, NULL), 0);
	return list;
}

static void order(const char *line)
{
	FILE *f = fopen(t_path("orders"), "a");
	struct osci_err err = { 0 };

	assert_non_null(f);
	fprintf(f, "%s\n", line);
	fclose(f);
	assert_int_equal(sim_orders_run(&e, t_path("orders"), now, &err), 0);
}

static void use_faults(const char *rules)
{
	t_write("file", rules);
	sim_faults_freep(&e.faults);
	assert_int_equal(sim_faults_new(&e.faults, x, t_path("file")), 0);
	assert_int_equal(sim_faults_refresh(e.faults, now, NULL), 0);
}

/* Number of the next answer that may go out now, and what it is to be done with; "" if there is none. */
static char out_number[8], out_request[SIM_UUID_SIZE], out_plan[SIM_PLAN_SIZE];
static json_t *out_fields;
static const char *next_out(void)
{
	struct sim_outgoing o;
	int r = sim_store_next_answer(&st, now, &o, NULL);

	json_decref(out_fields);
	out_fields = NULL;
	out_number[0] = '\0';
	if (r == OSCI_E_EMPTY)
		return out_number;
	assert_int_equal(r, 0);
	snprintf(out_number, sizeof(out_number), "%s", o.number);
	snprintf(out_plan, sizeof(out_plan), "%s", o.plan);
	if (xausl_read(&out_fields, release, o.xml, o.len, NULL, NULL) == 0 && at(out_fields, "trigger"))
		snprintf(out_request, sizeof(out_request), "%s", at(out_fields, "trigger"));
	assert_int_equal(sim_store_answer_end(&st, o.id, "sent", now, NULL), 0);
	sim_outgoing_clear(&o);
	return out_number;
}

static int end_faults(void **state)
{
	sim_faults_freep(&e.faults);
	json_decref(out_fields);
	out_fields = NULL;
	return teardown(state);
}

#endif
