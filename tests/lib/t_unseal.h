/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_unseal - MIME split and transport decryption for judges that must not trust the project's own
 *
 * Knows what the project writes and no more: CRLF, binary or base64 parts, RSA-OAEP, AES-GCM and AES-CBC.
 */
#ifndef T_UNSEAL_H
#define T_UNSEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <libxml/tree.h>

#include <osci/key.h>

struct t_octets {
	unsigned char *data; /* malloc()ed, NUL behind */
	size_t len;
};

/* First part of a MIME message; of a bare envelope the whole. */
bool t_root_part(const void *body, size_t len, struct t_octets *ret);
/* Body of the root element holds an EncryptedData of the transport level. */
bool t_is_sealed(xmlDocPtr doc);

enum t_unseal { T_UNSEAL_DONE, T_UNSEAL_NOT_OURS, T_UNSEAL_BROKEN };
/* The MIME message inside; @doc is the root part of @body. */
enum t_unseal t_unseal(const void *body, size_t len, xmlDocPtr doc, struct osci_key *const *keys, size_t n_keys,
		       struct t_octets *ret, char *why, size_t size);

#endif
