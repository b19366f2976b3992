/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf - growing byte buffer that is born with a ceiling
 *
 * Errors are sticky: after the first failure every append is a no-op, the
 * contents are freed (and wiped if secret), and osci_buf_error() says why.  So a
 * writer appends without looking and checks once at the end.
 */
#ifndef OSCI_BASE_BUF_H
#define OSCI_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct osci_buf {
	unsigned char *data; /* always NUL-terminated behind len when not NULL */
	size_t len, cap, max;
	int error;   /* 0, -ENOMEM, OSCI_E_LIMIT */
	bool secret; /* wiped before every free or move */
};

#define OSCI_BUF_INIT(maximum) { NULL, 0, 0, (maximum), 0, false }

void osci_buf_init(struct osci_buf *b, size_t max);
void osci_buf_init_secret(struct osci_buf *b, size_t max);
void osci_buf_free(struct osci_buf *b); /* back to empty, keeps max */
void osci_buf_reset(struct osci_buf *b); /* length 0, memory kept */
void osci_buf_add(struct osci_buf *b, const void *data, size_t len);
void osci_buf_addc(struct osci_buf *b, char c);
void osci_buf_adds(struct osci_buf *b, const char *s);
void osci_buf_addf(struct osci_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for @n more octets, NULL on failure; after writing k of them call osci_buf_grow(b, k). */
unsigned char *osci_buf_room(struct osci_buf *b, size_t n);
void osci_buf_grow(struct osci_buf *b, size_t n);
void osci_buf_fail(struct osci_buf *b, int error);
static inline int osci_buf_error(const struct osci_buf *b) { return b->error; }
/* Hands the memory to the caller (NUL-terminated, to be free()d); NULL if in error. Empty: "". */
char *osci_buf_take(struct osci_buf *b, size_t *ret_len);

/* Canonical XML escapes: text (& < > CR) and attribute value (& < " TAB LF CR). */
void osci_buf_add_xml_text(struct osci_buf *b, const char *s, size_t len);
void osci_buf_add_xml_attr(struct osci_buf *b, const char *s, size_t len);

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_buf_ _cleanup_(osci_buf_free)
void osci_freep(void *pp); /* for _cleanup_(osci_freep) on any malloc()ed pointer */
char *osci_strdup_or_null(const char *s);

#endif
