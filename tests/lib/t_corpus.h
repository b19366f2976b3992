/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_corpus - the shared corpus of hostile inputs, the large ones made by its own program
 *
 * The large ones (390 MB) are made once for all tests, in the build folder.
 */
#ifndef T_CORPUS_H
#define T_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

struct t_corpus {
	char **names; /* "xml/deep-1000.xml", "gen/text-300m.xml", as the index has them; NULL at the end */
	bool *used;   /* by t_corpus_next() */
	size_t n;
	char dir[2048], gen[2048];
};

/* false: not at hand; said so. */
bool t_corpus_load(struct t_corpus *c);
void t_corpus_free(struct t_corpus *c);
/* The next name at or after *@i that fits one of the shell patterns in @patterns (NULL at the end), or NULL. */
const char *t_corpus_next(struct t_corpus *c, const char *const *patterns, size_t *i);
/* Its path in @ret (4096). */
void t_corpus_path(const struct t_corpus *c, const char *name, char *ret);

#endif
