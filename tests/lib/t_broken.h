/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_broken - transport envelopes that cannot be opened, one for each cause, all of one length
 *
 * Whoever answers them must not show which cause it was (E-03).
 */
#ifndef T_BROKEN_H
#define T_BROKEN_H

#include <osci/key.h>
#include "base/buf.h"

enum t_broken {
	T_BROKEN_OAEP,       /* the wrapped key has another octet in its middle */
	T_BROKEN_KEY_LENGTH, /* a key of 16 octets under AES-256 */
	T_BROKEN_TAG,
	T_BROKEN_NO_XML,     /* decrypts well, to no XML */
	T_BROKEN_NO_ORDER,   /* decrypts well, to XML that is no envelope */
	T_BROKEN_COUNT
};

extern const char *const t_broken_names[T_BROKEN_COUNT];

/* Appends the message for the holder of @cert; octets drawn anew at every call. */
void t_broken_make(struct osci_buf *out, enum t_broken cause, const struct osci_cert *cert);

#endif
