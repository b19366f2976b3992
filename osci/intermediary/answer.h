/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer - one answer under construction: draft, feedback, everything it points at
 *
 * Zero-initialise, im_answer_language(), im_answer_begin(), fill, write draft, im_answer_free().
 */
#ifndef OSCI_INTERMEDIARY_ANSWER_H
#define OSCI_INTERMEDIARY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include <osci/message.h>
#include "intermediary/dialogs.h"
#include "intermediary/pool.h"
#include "intermediary/store.h"

#define IM_FEEDBACK_MAX 32

struct im_answer {
	struct im_pool pool;
	struct osci_draft draft;
	struct osci_feedback feedback[IM_FEEDBACK_MAX];
	const char *language;
	char challenge[IM_CHALLENGE_CHARS + 1];
	char conversation[IM_CONVERSATION_DIGITS + 1];
	struct osci_cert **owned; /* certificates made from stored octets */
	size_t n_owned;
	struct osci_cert *encrypt_for; /* NULL = the order came unencrypted */
	struct osci_suite suite;       /* encryption as in the order, digests by configuration */
};

/* Of all texts from here on, faults included. @wish: what the order asks for; @usual: otherwise this, or NULL. */
void im_answer_language(struct im_answer *a, const char *wish, const char *usual);
void im_answer_begin(struct im_answer *a, enum osci_type type);
void im_answer_free(struct im_answer *a);
/* A SOAP fault instead of whatever was there. */
void im_answer_fault(struct im_answer *a, const char *code);
/* Adds an entry; the last place is kept for the verdict, which im_answer_feedback() of a full list overwrites. */
void im_answer_feedback(struct im_answer *a, const char *code);
void im_answer_feedback_once(struct im_answer *a, const char *code); /* for warnings: each is said once */
const char *im_answer_code(const struct im_answer *a); /* fault, or last entry, or "" */

/* Which times of a card the answer may show. */
#define IM_SHOW_FORWARDING 1u
#define IM_SHOW_RECEPTION 2u
int im_answer_cards(struct im_answer *a, const struct im_card *cards, size_t n, unsigned show, struct osci_err *err);
/* Content, certificates with their Ids, parts and custom headers of a delivery. */
int im_answer_delivery(struct im_answer *a, const struct im_delivery *d, struct osci_err *err);

#endif
