/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys - which key and certificate lies in which file
 *
 * Below the folder: ca.key, ca.pem; key-SLOT-USE.key, the RSA keys; party and office files; NAME.bus.  A file that is there is
 * used again.  One lock for threads; a second process in the same folder waits for a lock on the file "lock".
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>

#include <xgw/client.h>

#include "base/buf.h"
#include "base/text.h"
#include "world/certs.h"
#include "world/keys.h"

#define WORKERS_MAX 8
#define CIPHER_SLOTS CF_OFFICES_MAX
#define SIGN_SLOTS 4 /* offices further behind share signature keys; certificates differ */
#define REVOKED_MAX 256

struct cf_keys {
	char *dir, *ca_path;
	pthread_mutex_t lock;
	X509 *ca;
	EVP_PKEY *ca_key;
	uint64_t revoked[REVOKED_MAX];
	size_t n_revoked;
};

static const char *const use_names[] = { [CF_PAIR_SIGN] = "sign", [CF_PAIR_CIPHER] = "cipher" };

const char *cf_keys_dir(const struct cf_keys *k)
{
	return k->dir;
}

const char *cf_keys_ca(const struct cf_keys *k)
{
	return k->ca_path;
}

/* --- folder -------------------------------------------------------------- */

/* Holds off other processes while files are made; @fd -1 = could not. */
static int lock_dir(const struct cf_keys *k, struct osci_err *err)
{
	_cleanup_(osci_freep) char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/lock", k->dir) < 0)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return osci_fail(err, r, NULL, path, "cannot be locked");
	}
	return fd;
}

static int make_dir(const char *dir, struct osci_err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, dir, "folder cannot be made: %s", strerrordesc_np(errno));
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return osci_fail(err, OSCI_E_CONFIG, NULL, dir, "is no folder");
	if (st.st_mode & 077)
		return osci_fail(err, OSCI_E_CONFIG, NULL, dir,
				 "holds private keys and must be open to its owner only (mode 0700)");
	return 0;
}

static int ca_open(struct cf_keys *k, struct osci_err *err)
{
	const struct cf_cert_opts o = { CF_KIND_CA, "Wegwerf-CA", CF_TO, 1 };
	_cleanup_(osci_freep) char *key_path = NULL;
	int r;

	if (asprintf(&key_path, "%s/ca.key", k->dir) < 0 || asprintf(&k->ca_path, "%s/ca.pem", k->dir) < 0)
		return -ENOMEM;
	r = cf_read_key(key_path, &k->ca_key, err);
	if (!r)
		r = cf_read_cert(k->ca_path, &k->ca, err);
	if (!r && X509_check_private_key(k->ca, k->ca_key) != 1)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, k->ca_path, "does not belong to ca.key beside it; remove both");
	if (r != OSCI_E_EMPTY)
		return r;
	EVP_PKEY_free(k->ca_key);
	k->ca_key = cf_rsa_new();
	k->ca = k->ca_key ? cf_cert_new(&o, k->ca_key, NULL, NULL) : NULL;
	if (!k->ca)
		return osci_fail(err, -ENOMEM, NULL, k->ca_path, "no certificate could be made");
	r = cf_write_key(key_path, k->ca_key, err);
	return r ? r : cf_write_cert(k->ca_path, k->ca, err);
}

int cf_keys_new(struct cf_keys **ret, const char *dir, struct osci_err *err)
{
	struct cf_keys *k = calloc(1, sizeof(*k));
	int r, fd;

	if (!k)
		return -ENOMEM;
	pthread_mutex_init(&k->lock, NULL);
	r = make_dir(dir, err);
	if (!r && !(k->dir = realpath(dir, NULL)))
		r = osci_fail(err, -errno, NULL, dir, "cannot be resolved");
	if (!r && strlen(k->dir) > CF_KEY_PATH_MAX - 200)
		r = osci_fail(err, OSCI_E_CONFIG, NULL, dir, "the path is too long");
	if (!r) {
		fd = lock_dir(k, err);
		r = fd < 0 ? fd : ca_open(k, err);
		if (fd >= 0)
			close(fd);
	}
	if (r) {
		cf_keys_freep(&k);
		return r;
	}
	*ret = k;
	return 0;
}

void cf_keys_freep(struct cf_keys **kp)
{
	struct cf_keys *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	X509_free(k->ca);
	EVP_PKEY_free(k->ca_key);
	pthread_mutex_destroy(&k->lock);
	free(k->dir);
	free(k->ca_path);
	free(k);
}

/* --- RSA keys ------------------------------------------------------------ */

static void slot_path(const struct cf_keys *k, const char *slot, enum cf_pair_use use, char *out, size_t size)
{
	snprintf(out, size, "%s/key-%s-%s.key", k->dir, slot, use_names[use]);
}

/*
 * RSA, as offices and the BAMF use it; but the intermediary, which signs every answer to every order, has a key on a curve: that
 * takes a quarter of all arithmetic out of a run.
 */
static EVP_PKEY *new_key(const char *slot, enum cf_pair_use use)
{
	return use == CF_PAIR_SIGN && strcmp(slot, "im") == 0 ? EVP_EC_gen("P-256") : cf_rsa_new();
}

/* The key of @slot, made if it is not there; called with the folder locked, or for a path nobody else makes. */
static int slot_key(const struct cf_keys *k, const char *slot, enum cf_pair_use use, EVP_PKEY **ret, struct osci_err *err)
{
	char path[CF_KEY_PATH_MAX];
	int r;

	slot_path(k, slot, use, path, sizeof(path));
	r = cf_read_key(path, ret, err);
	if (r != OSCI_E_EMPTY)
		return r;
	*ret = new_key(slot, use);
	return *ret ? cf_write_key(path, *ret, err) : osci_fail(err, -ENOMEM, NULL, path, "no key could be made");
}

static void slot_name(size_t slot, enum cf_pair_use use, char out[16])
{
	snprintf(out, 16, "%02zu", use == CF_PAIR_SIGN ? slot % SIGN_SLOTS : slot);
}

struct work {
	const struct cf_keys *k;
	size_t n;
	_Atomic size_t next;
	_Atomic int result;
};

/* Jobs 0 to 3: parties; then cipher keys of the slots, then their signature keys. */
static void *worker(void *arg)
{
	static const char *const parties[] = { "bamf", "im" };
	struct work *w = arg;

	for (size_t i; !w->result && (i = w->next++) < 4 + w->n + SIGN_SLOTS;) {
		enum cf_pair_use use = i < 4 ? (i & 1 ? CF_PAIR_SIGN : CF_PAIR_CIPHER) :
				       i < 4 + w->n ? CF_PAIR_CIPHER :
						      CF_PAIR_SIGN;
		EVP_PKEY *key = NULL;
		char name[16];
		int r;

		if (i >= 4 + w->n && i - 4 - w->n >= w->n)
			break;
		slot_name(i < 4 + w->n ? i - 4 : i - 4 - w->n, use, name);
		r = slot_key(w->k, i < 4 ? parties[i / 2] : name, use, &key, NULL);
		EVP_PKEY_free(key);
		if (r)
			w->result = r;
	}
	return NULL;
}

int cf_keys_prepare(struct cf_keys *k, size_t offices, struct osci_err *err)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct work w = { .k = k, .n = offices < CIPHER_SLOTS ? offices : CIPHER_SLOTS };
	pthread_t threads[WORKERS_MAX];
	size_t n = 0, want = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (size_t)cpus;
	int fd;

	pthread_mutex_lock(&k->lock);
	fd = lock_dir(k, err);
	if (fd >= 0) {
		while (n + 1 < want && pthread_create(&threads[n], NULL, worker, &w) == 0)
			n++;
		worker(&w);
		for (size_t i = 0; i < n; i++)
			pthread_join(threads[i], NULL);
		close(fd);
	}
	pthread_mutex_unlock(&k->lock);
	if (fd < 0)
		return fd;
	return w.result ? osci_fail(err, w.result, NULL, k->dir, "keys could not be made") : 0;
}

/* --- certificates -------------------------------------------------------- */

/* Whole, and of the CA of this folder: with that of another one the case would fail as if the gateway were wrong. */
static bool there(const struct cf_keys *k, const struct cf_pair_files *f)
{
	X509 *cert = NULL;
	bool ours = access(f->p12, R_OK) == 0 && access(f->pass, R_OK) == 0 && cf_read_cert(f->pem, &cert, NULL) == 0 &&
		    X509_verify(cert, X509_get0_pubkey(k->ca)) == 1;

	X509_free(cert);
	return ours;
}

/* Random, so that two runs with one folder give no number twice. */
static uint64_t new_serial(void)
{
	uint64_t serial = 0;

	(void)osci_random(&serial, sizeof(serial));
	return (serial >> 1) | 0x100000;
}

static int issue(struct cf_keys *k, const char *slot, const char *cn, const char *until, enum cf_pair_use use,
		 const struct cf_pair_files *f, struct osci_err *err)
{
	const struct cf_cert_opts o = { use == CF_PAIR_SIGN ? CF_KIND_SIGN : CF_KIND_CIPHER, cn, until, new_serial() };
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int r = slot_key(k, slot, use, &key, err);

	if (!r && !(cert = cf_cert_new(&o, key, k->ca, k->ca_key)))
		r = osci_fail(err, -ENOMEM, NULL, f->pem, "no certificate could be made");
	if (!r)
		r = cf_write_p12(f->p12, f->pass, key, cert, err);
	if (!r)
		r = cf_write_cert(f->pem, cert, err);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}

static int remember(struct cf_keys *k, const char *pem, struct osci_err *err)
{
	X509 *cert = NULL;
	uint64_t serial = 0;
	int r = cf_read_cert(pem, &cert, err);

	if (!r && ASN1_INTEGER_get_uint64(&serial, X509_get0_serialNumber(cert)) != 1)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, pem, "not a certificate of ours");
	X509_free(cert);
	for (size_t i = 0; !r && i < k->n_revoked; i++)
		if (k->revoked[i] == serial)
			return 0;
	if (!r && k->n_revoked == REVOKED_MAX)
		r = osci_fail(err, OSCI_E_LIMIT, NULL, pem, "more than %d revoked certificates", REVOKED_MAX);
	if (!r)
		k->revoked[k->n_revoked++] = serial;
	return r;
}

static int pair(struct cf_keys *k, const char *slot, const char *name, enum cf_certificate state, enum cf_pair_use use,
		struct cf_pair_files *f, struct osci_err *err)
{
	const char *until = state == CF_CERT_EXPIRED ? CF_ENDED : CF_TO;
	int fd, r = 0;

	snprintf(f->p12, sizeof(f->p12), "%s/%s-%s.p12", k->dir, name, use_names[use]);
	snprintf(f->pass, sizeof(f->pass), "%s/%s-%s.pass", k->dir, name, use_names[use]);
	snprintf(f->pem, sizeof(f->pem), "%s/%s-%s.pem", k->dir, name, use_names[use]);
	pthread_mutex_lock(&k->lock);
	if (!there(k, f)) {
		fd = lock_dir(k, err);
		r = fd < 0 ? fd : there(k, f) ? 0 : issue(k, slot, name, until, use, f, err);
		if (fd >= 0)
			close(fd);
	}
	if (!r && state == CF_CERT_REVOKED)
		r = remember(k, f->pem, err);
	pthread_mutex_unlock(&k->lock);
	return r;
}

int cf_keys_party(struct cf_keys *k, const char *party, enum cf_pair_use use, struct cf_pair_files *ret,
		  struct osci_err *err)
{
	return pair(k, party, party, CF_CERT_OK, use, ret, err);
}

int cf_keys_office(struct cf_keys *k, size_t slot, const char *key, enum cf_certificate state, enum cf_pair_use use,
		   struct cf_pair_files *ret, struct osci_err *err)
{
	static const char *const states[] = { "ok", "expired", "revoked" };
	char number[16], name[64]; /* a common name has at most 64 characters */

	if (state > CF_CERT_REVOKED || slot >= CIPHER_SLOTS)
		return osci_fail(err, OSCI_E_USAGE, NULL, "keys", "no such certificate");
	slot_name(slot, use, number);
	if (snprintf(name, sizeof(name), "%s-%02zu-%s", key, slot, states[state]) >= (int)sizeof(name))
		return osci_fail(err, OSCI_E_CONFIG, NULL, "office", "its key is too long");
	for (char *p = name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *p))
			*p = '-';
	return pair(k, number, name, state, use, ret, err);
}

int cf_keys_crl(struct cf_keys *k, const char *path, struct osci_err *err)
{
	int r;

	pthread_mutex_lock(&k->lock);
	r = cf_write_crl(path, k->revoked, k->n_revoked, k->ca, k->ca_key, err);
	pthread_mutex_unlock(&k->lock);
	return r;
}

int cf_keys_bus(struct cf_keys *k, const char *name, char path[CF_KEY_PATH_MAX], char public_key[41], struct osci_err *err)
{
	struct xgw_keys keys;
	int r = 0;

	snprintf(path, CF_KEY_PATH_MAX, "%s/%s.bus", k->dir, name);
	pthread_mutex_lock(&k->lock);
	if (access(path, R_OK) != 0)
		r = xgw_keys_create(&keys, path, err);
	if (!r || r == OSCI_E_EXISTS)
		r = xgw_keys_load(&keys, path, err);
	pthread_mutex_unlock(&k->lock);
	if (!r)
		snprintf(public_key, 41, "%s", keys.public_key);
	explicit_bzero(&keys, sizeof(keys));
	return r;
}
