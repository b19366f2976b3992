/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - clients for measurements: what they know of themselves and of the intermediary, and what they cost
 *
 * Every function ends the program with a text if something fails: a figure is worth nothing then.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <osci/blob.h>
#include <osci/dialog.h>
#include <osci/http.h>
#include <osci/key.h>

struct load_opts {
	const char *pki;   /* folder of make-pki.sh */
	const char *as;    /* own keys: NAME-sign, NAME-enc; in "dialogs" NAME0, NAME1 ... */
	const char *to;    /* recipient's NAME-enc.pem */
	const char *url, *spool, *file, *database;
	unsigned long count, per_dialog, people, gcm, sha;
	unsigned long pid; /* of the intermediary, to see its processor time; 0 = not asked */
};

struct load {
	struct osci_key *sign, *cipher;
	struct osci_cert *im_cipher, *im_sign;
	struct osci_trust *trust;
	struct osci_limits limits;
	struct osci_spool *spool;
	struct osci_http *http;
	struct osci_client_conf conf;
	const char *url;
};

void load_fail(const struct osci_err *err, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* @as instead of o->as. */
void load_open(struct load *l, const struct load_opts *o, const char *as);
void load_close(struct load *l);
struct osci_cert *load_cert(const char *pki, const char *name);
/* Posts the order of a sequence and hands it the answer. */
void load_exchange(struct load *l, struct osci_seq *q);

int64_t load_now(void);           /* seconds since 1970 */
double load_seconds(void);        /* of the monotonic clock */
/* Seconds of processor that all threads of @pid have had so far; 0 = this process. */
double load_cpu(unsigned long pid);
/* Wall clock from @start on, processor time and the most memory of this process, as members of a JSON object. */
void load_print_cost(double start);

void load_send(const struct load_opts *o);
void load_receive(const struct load_opts *o);
void load_limit(const struct load_opts *o);
void load_floor(const struct load_opts *o);
void load_copies(const struct load_opts *o);
void load_drain(const struct load_opts *o);
void load_dialogs(const struct load_opts *o);

#endif
