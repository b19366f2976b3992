/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_parcel - people who write packages to one another, and the way of a package through a message
 *
 * Every function fails the test if something goes wrong that should not.
 */
#ifndef T_PARCEL_H
#define T_PARCEL_H

#include <osci/package.h>

/* Sign: the office sends; author (RSA) and clerk (P-256) write. Decrypt: reader is the addressee; second; stranger. */
extern struct osci_key *t_office, *t_author, *t_clerk, *t_reader, *t_second, *t_stranger;
extern struct osci_trust *t_trust;

int t_parcel_setup(void **state);
int t_parcel_teardown(void **state);

struct osci_package *t_parcel_pack(const struct osci_container_draft *c, size_t n, const struct osci_package_opts *opts);
/* A storeDelivery of the office with the package, not encrypted for transport: one HTTP body, malloc()ed. */
unsigned char *t_parcel_write(const struct osci_package *p, size_t *ret_len);
struct osci_message *t_parcel_open(const void *data, size_t len);
/* Packed, written, opened. */
struct osci_message *t_parcel_pass(const struct osci_container_draft *c, size_t n, const struct osci_package_opts *opts);
/* With the keys up to the first NULL. */
int t_parcel_contents(struct osci_contents **ret, const struct osci_message *m, struct osci_key *const *keys,
		      struct osci_err *err);
/* The same, expected to succeed. */
struct osci_contents *t_parcel_unpack(const struct osci_message *m, struct osci_key *first, struct osci_key *second);

struct osci_blob *t_blob(const char *text);
/* The item is readable and has this text. */
void t_item_is(const struct osci_content_item *item, const char *text);
/* Its authors, in this order, up to the first NULL. */
void t_item_by(const struct osci_content_item *item, const struct osci_key *first, const struct osci_key *second);

#define T_AUTHOR { t_author, OSCI_SIGN_OTHER_AUTHOR }
#define T_CLERK { t_clerk, OSCI_SIGN_OTHER_AUTHOR }
#define T_OFFICE { t_office, OSCI_SIGN_ORIGINATOR }
#define T_READER { osci_key_cert(t_reader), OSCI_CIPHER_ADDRESSEE }
#define T_SECOND { osci_key_cert(t_second), OSCI_CIPHER_OTHER_READER }

#endif
