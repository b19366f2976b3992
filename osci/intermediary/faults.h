/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - misbehaviour on demand, for tests of the other side
 *
 * Off unless the program was started with --faults FILE.  The file is read again when it changes.
 * One rule per line, # starts a comment:
 *
 *   TARGET ACTION [ARGUMENT] [COUNT] [KEY=VALUE ...]
 *
 * TARGET: init, exit, id, store, fetch, card, forward, mediate, partial-store, partial-fetch (the order; ".reply" or
 * ".answer" may follow), or * for all.
 * COUNT: how many orders the rule hits; without it, all.  The first rule of a kind that fits is used.  A line that stays
 * when the file changes goes on counting, after a restart, too (FILE.used; remove it to begin anew).
 * client=ID: only orders of this participant; mailbox=ID: only deliveries for it, and orders of it that fetch.
 * from=TIME, until=TIME, lasts=DURATION: the rule holds only then, by the clock of the program; a duration begins with from,
 * or when the rule is first read.
 *
 *   refuse                 cut the connection before anything is done: the intermediary is down
 *   fault CODE             answer with this SOAP fault, nothing is done
 *   delay MS               wait before the answer, of real time; logged when the order is carried out and the wait begins
 *   drop                   carry the order out, cut the connection instead of answering
 *   cut-body               carry the order out, end the answer in the middle of its body
 *   unsigned               answer without signature
 *   bad-signature          answer whose signature does not hold
 *   challenge-wrong        answer whose Response is not the Challenge of the order
 *   conversation-foreign   answer with the ConversationId of no dialog
 *   duplicate              fetch: the delivery is never confirmed and will be handed out again
 *   lose                   store: the delivery is taken and confirmed, then it is gone
 *   out-of-order           store: this delivery waits unseen for the next one that the rule hits, and comes behind it;
 *                          COUNT is 2 for one pair
 *   restart                carry the order out, then end at once with exit status 75, as in a crash
 */
#ifndef OSCI_INTERMEDIARY_FAULTS_H
#define OSCI_INTERMEDIARY_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <osci/err.h>
#include <osci/message.h>

struct im_faults;
struct im_store;
struct im_report;

/* Whose order it is, and whose mailbox it is about; "" = unknown. */
struct im_fault_order {
	enum osci_type type;
	const char *client, *mailbox;
};

struct im_tamper {
	bool refuse, drop, cut_body, unsigned_answer, bad_signature, challenge_wrong, conversation_foreign, duplicate,
		lose, out_of_order, restart;
	unsigned delay_ms;
	char fault[5]; /* "" = none */
};

#define IM_FAULT_EXIT 75 /* of restart: a supervisor starts the program again */
#define IM_FAULT_RULES_MAX 64 /* OSCI_USES_MAX */
#define IM_FAULT_DELAY_MAX 600000

/* OSCI_E_CONFIG with FILE:LINE for a rule that is none. */
int im_faults_new(struct im_faults **ret, const char *path, struct osci_err *err);
void im_faults_freep(struct im_faults **f);
/* What to do to this order; counts the rules used.  Thread-safe.  A file that became bad changes nothing. */
void im_faults_pick(struct im_faults *f, const struct im_fault_order *order, int64_t now, struct im_tamper *ret);
/* Says in the log what was done to the order, and waits if its answer is to be late. */
void im_faults_done(const struct im_tamper *t, const struct im_report *report);
/* faults_store.c: what befalls a delivery that was just put into its mailbox: lose, out_of_order. */
int im_faults_stored(struct im_store *s, const struct im_tamper *t, int64_t seq, struct osci_err *err);
void im_faults_restart(void) __attribute__((noreturn));
/* osci_write() of an answer whose signature value was changed before the encryption. */
int im_faults_write_spoiled(unsigned char **ret, size_t *ret_len, const struct osci_draft *draft,
			    const struct osci_write_opts *opts, struct osci_err *err);

#endif
