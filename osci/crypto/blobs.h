/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blobs - cryptography over octets that need not fit into memory
 *
 * What lies in memory, or has at most OSCI_CRYPTO_MEMORY octets, is decrypted at once, into memory.  All else
 * is read twice: once until the tag is known to be right, giving nothing to anybody, and then as a view that
 * decrypts where it is read.  Decrypted octets never reach a file.
 */
#ifndef OSCI_CRYPTO_BLOBS_H
#define OSCI_CRYPTO_BLOBS_H

#include "blob/blob.h"
#include "crypto/crypto.h"

#define OSCI_CRYPTO_MEMORY ((size_t)1 << 20)

int osci_digest_blob(const struct osci_alg *alg, const struct osci_blob *blob, unsigned char out[OSCI_DIGEST_MAX],
		     size_t *ret_len, struct osci_err *err);

/*
 * @sealed = IV, ciphertext, tag; as osci_cipher_decrypt(): OSCI_E_DECRYPT for every cause, one text.  CBC proves nothing
 * before its last octet is used and is decrypted into memory, at most @cbc_max octets.  A blob
 * that cannot be read is -EIO and says nothing about the key.  @hash (may be NULL) gets the plain octets on the way,
 * which spares a pass; on a failure it means nothing and is to be thrown away.
 */
int osci_decrypt_blob(const struct osci_alg *alg, const unsigned char *key, size_t key_len, size_t iv_len,
		      struct osci_blob *sealed, size_t cbc_max, struct osci_hash *hash, struct osci_blob **ret,
		      struct osci_err *err);
/* The tag alone, and @hash; nothing else is given. */
int osci_gcm_verify_blob(const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			 const struct osci_blob *sealed, struct osci_hash *hash, struct osci_err *err);
/* The plain octets of @sealed, whose tag is right, decrypted whenever they are read. Keeps the key, wipes it at the end. */
int osci_gcm_view(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
		  struct osci_blob *sealed, struct osci_err *err);

/*
 * The same while @sealed arrives, in any pieces of at most 1 GiB.  add: @out has room for @len octets and gets those that are
 * known not to be the tag, decrypted and proved by nothing: they are nobody's business before end is 0.  end: the tag,
 * OSCI_E_DECRYPT for every cause that lies in the octets.  A failure is final.
 */
struct osci_unseal;
int osci_unseal_new(struct osci_unseal **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len);
int osci_unseal_add(struct osci_unseal *u, const void *data, size_t len, unsigned char *out, size_t *ret_n);
int osci_unseal_end(struct osci_unseal *u);
void osci_unseal_freep(struct osci_unseal **u);

/* Marks of a ciphertext, by which it is known again: 16 octets for each OSCI_BLOB_CHUNK of it.  Filled in order, in any pieces. */
struct osci_marks;
int osci_marks_new(struct osci_marks **ret);
int osci_marks_add(struct osci_marks *m, const void *data, size_t len);
void osci_marks_freep(struct osci_marks **m);
/*
 * IV, ciphertext and tag of @plain, encrypted whenever it is read: what osci_encrypt_stream() gave once, of which the
 * caller knows @iv, @tag and the @marks of the ciphertext (taken on success), can be had again without having been kept.  If
 * @plain is not what it was then, reading is -ESTALE: what the same keystream would make of other octets is never given.
 */
int osci_gcm_sealed(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
		    size_t iv_len, const unsigned char tag[16], struct osci_blob *plain, struct osci_marks **marks,
		    struct osci_err *err);

/*
 * IV, ciphertext and tag of @plain, encrypted while it is read, with a fresh IV of 12 or 16 octets; @head before and
 * @tail behind it in clear, each may be NULL.  IV and tag come in a read of their own each, given room.  The stream can be
 * read once and a @key serves one stream.
 */
int osci_encrypt_stream(struct osci_stream **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			struct osci_blob *head, struct osci_blob *plain, struct osci_blob *tail, struct osci_err *err);

#endif
