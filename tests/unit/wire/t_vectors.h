/* SPDX-License-Identifier: Apache-2.0 */
/* t_vectors - keys, trust and files of the shared vectors for tests of the reader */
#ifndef T_VECTORS_H
#define T_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/message.h>

#define T_VECTORS_NOW 1795000000 /* 2026-11-18: inside the validity of every certificate there */

struct t_vectors {
	char dir[4096];   /* .../vectors/osci */
	char shared[2048];
	struct osci_key *keys[32]; /* all cipher keys but the stranger's */
	size_t n_keys;
	struct osci_trust *trust;
};

/* false: the vectors are not at hand (already said so). Sets up the libraries in any case. */
bool t_vectors_load(struct t_vectors *v);
void t_vectors_free(struct t_vectors *v);
/* Certificate keys/NAME.cert.pem. */
struct osci_cert *t_vectors_cert(const struct t_vectors *v, const char *name);
struct osci_open_opts t_vectors_opts(const struct t_vectors *v);
/* Whole file, NUL behind it; NULL if it cannot be read. */
unsigned char *t_read(const char *path, size_t *ret_len);
/* Sorted names in @dir that end with @end, NULL at the end; to be freed with t_names_free(). */
char **t_names(const char *dir, const char *end, size_t *ret_n);
void t_names_free(char **names);
/* Opens message and contents: the result of the first that fails; @m and @c may be NULL. */
int t_open(const void *data, size_t len, const struct osci_open_opts *opts, struct osci_message **m,
	   struct osci_contents **c, struct osci_err *err);

#endif
