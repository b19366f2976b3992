/* SPDX-License-Identifier: Apache-2.0 */
/* explain - what the files of osci explain share */
#ifndef OSCI_TOOLS_EXPLAIN_H
#define OSCI_TOOLS_EXPLAIN_H

#include "tools/conn.h"
#include "tools/tool.h"
#include "wire/inspect.h"

struct explain {
	struct conn *c;
	struct osci_open_opts opts;
	struct osci_algorithms *calendar; /* NULL = none at hand */
	json_t *remarks;
	bool ok;                 /* of all JSON */
	struct osci_err refused; /* code 0: nothing was refused */
	const char *step;        /* at which step, static */
};

void remark(struct explain *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A remark if @alg, or a key of @bits with it (0 = no key), is past its last day in the calendar. */
void remark_age(struct explain *x, const struct osci_alg *alg, unsigned bits, const char *whose);
/* The first refusal is the one that is told as "stopped". */
void refuse(struct explain *x, const char *step, int code, const struct osci_err *err);
json_t *node_json(const xmlNode *node); /* its path */
json_t *alg_json(const struct osci_alg *alg); /* short name; null */
json_t *holds_json(enum osci_holds holds); /* true, false, null = not known */

/* explain_sig.c: the object of one signature, with remarks about it. @content: of an author. */
json_t *signature_report(struct explain *x, const struct osci_seen_signature *s, bool content);
json_t *encrypted_report(struct explain *x, const struct osci_encrypted *e, const struct osci_message *m);
/* explain_contents.c; null for a message without contents. */
json_t *contents_report(struct explain *x, const struct osci_message *m);

#endif
