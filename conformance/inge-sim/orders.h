/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders - what a clerk of the BAMF or a course provider does, by a file of JSON lines
 *
 * {"do":"clerk","request":UUID,"decision":"same_person"|"namesake"|"ignore"|"close_case","person":LABEL}
 * {"do":"withdraw","kennziffer":K}
 * {"do":"script","message":"070001","office":"azr:011200","answers":[{"message":"070005","fields":{"reason.code":"17099"},
 *  "after_ms":0}]}: the next request of that number and office gets exactly these answers, and nothing is stored; 000020 and
 *  0030 have "carries":{"message":"070003","fields":{...}}, the message in them
 * {"do":"event","kennziffer":K,"event":{"event":"registration","date":"2026-11-16", ...}}
 *
 * {"do":"course", ...}: course/operator.c
 *
 * The file grows at its end only.  An order for a request or record that is not there yet waits; a wrong one is logged with
 * FILE:LINE and passed over.
 */
#ifndef SIM_ORDERS_H
#define SIM_ORDERS_H

#include "engine.h"

#define SIM_ORDER_MAX 262144 /* octets of one line */

/* Appends one line, whole and safe on disk. -errno. */
int sim_orders_append(const char *path, const char *line, struct osci_err *err);
#define SIM_PROBLEM_SIZE 256
/* Is it an order? Else @text says why not. @e: offices and releases must take what it names, too; NULL = its form alone. */
bool sim_order_ok(const json_t *order, const struct sim_engine *e, char text[SIM_PROBLEM_SIZE]);
/* Takes over what is new in the file, and carries out what can be. */
int sim_orders_run(struct sim_engine *e, const char *path, int64_t now, struct osci_err *err);

#endif
