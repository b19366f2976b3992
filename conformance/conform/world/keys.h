/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys - a throwaway PKI, one per run or kept in a folder for later runs
 *
 * RSA keys are made once for the n-th office of a case, not for each office: certificates with the office's name are
 * issued for them in a millisecond.  All files are of mode 0600, private keys in PKCS#12 with a password file.  Artificial
 * data only: nothing here protects anything but a test.
 */
#ifndef CF_WORLD_KEYS_H
#define CF_WORLD_KEYS_H

#include "world/world.h"

struct cf_keys;

#define CF_KEY_PATH_MAX 512

/* What one certificate of one party is called in configurations. */
struct cf_pair_files {
	char p12[CF_KEY_PATH_MAX], pass[CF_KEY_PATH_MAX], pem[CF_KEY_PATH_MAX];
};

/* @dir is made with mode 0700 if missing; OSCI_E_CONFIG if others can read it. */
int cf_keys_new(struct cf_keys **ret, const char *dir, struct osci_err *err);
void cf_keys_freep(struct cf_keys **k);
/* RSA keys for cases of up to @offices offices, made on all processors. */
int cf_keys_prepare(struct cf_keys *k, size_t offices, struct osci_err *err);
const char *cf_keys_dir(const struct cf_keys *k);
const char *cf_keys_ca(const struct cf_keys *k);

enum cf_pair_use { CF_PAIR_SIGN, CF_PAIR_CIPHER };
/* Pair of "bamf" or "im"; those two do not change. */
int cf_keys_party(struct cf_keys *k, const char *party, enum cf_pair_use use, struct cf_pair_files *ret,
		  struct osci_err *err);
/* Pair of the office @key as the @slot-th of its case; CF_CERT_MISSING is OSCI_E_USAGE. Thread-safe, as all here. */
int cf_keys_office(struct cf_keys *k, size_t slot, const char *key, enum cf_certificate state, enum cf_pair_use use,
		   struct cf_pair_files *ret, struct osci_err *err);
/* Writes the list of all certificates issued with the state revoked. */
int cf_keys_crl(struct cf_keys *k, const char *path, struct osci_err *err);
/* Key file of the bus for "gateway" or an office's slot, and its public half. */
int cf_keys_bus(struct cf_keys *k, const char *name, char path[CF_KEY_PATH_MAX], char public_key[41], struct osci_err *err);

#endif
