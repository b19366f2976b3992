/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account - users and their passwords
 *
 * An unknown name costs as much time as a wrong password.  A password that was right once is known again by a keyed
 * hash in memory, bound to the stored one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"
#include "course/account.h"
#include "course/http.h"

#define SALT_SIZE     16
#define HASH_SIZE     32
#define SCRYPT_N      16384
#define SCRYPT_R      8
#define SCRYPT_P      1
#define SCRYPT_MEMORY (64u * 1024 * 1024)
#define PASSWORD_MIN  12
#define PASSWORD_MAX  200
#define USER_NAME_MIN 3
#define USER_NAME_MAX 40

static int hash_password(const char *password, const unsigned char *salt, unsigned char *out,
			 struct osci_err *err)
{
	return EVP_PBE_scrypt(password, strlen(password), salt, SALT_SIZE, SCRYPT_N, SCRYPT_R, SCRYPT_P,
			      SCRYPT_MEMORY, out, HASH_SIZE) == 1
		   ? 0
		   : osci_fail(err, -ENOMEM, NULL, "password", "cannot be hashed");
}

/* A fresh salt, and the hash under it. */
static int new_password(const char *password, unsigned char *salt, unsigned char *hash, struct osci_err *err)
{
	int r = osci_random(salt, SALT_SIZE);

	return r ? r : hash_password(password, salt, hash, err);
}

static bool name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_");

	return name[n] == '\0' && n >= USER_NAME_MIN && n <= USER_NAME_MAX;
}

static bool password_ok(const char *password)
{
	size_t n = strlen(password);

	return n >= PASSWORD_MIN && n <= PASSWORD_MAX;
}

/* --- logging in --------------------------------------------------------- */

struct stored_user {
	struct course_user user;
	unsigned char salt[SALT_SIZE], hash[HASH_SIZE];
	int64_t failures, locked_until;
};

static int read_user(struct course *c, const char *name, struct stored_user *s, struct osci_err *err)
{
	const void *blob;
	size_t len;
	sqlite3_stmt *q;
	int r = db_query(
	    &c->store->db, &q, err,
	    "SELECT u.id, u.name, u.party, p.kind, u.environment, u.admin, u.salt, u.hash, u.failures, "
	    "u.locked_until"
	    " FROM course_user u JOIN course_party p ON p.key = u.party WHERE u.name = ? AND u.active = 1",
	    "t", name);

	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		s->user.id = db_int(q, 0);
		snprintf(s->user.name, sizeof(s->user.name), "%s", db_text(q, 1));
		snprintf(s->user.party, sizeof(s->user.party), "%s", db_text(q, 2));
		snprintf(s->user.party_kind, sizeof(s->user.party_kind), "%s", db_text(q, 3));
		snprintf(s->user.environment, sizeof(s->user.environment), "%s", db_text(q, 4));
		s->user.admin = db_int(q, 5);
		blob = db_blob(q, 6, &len);
		if (len == SALT_SIZE)
			memcpy(s->salt, blob, SALT_SIZE);
		blob = db_blob(q, 7, &len);
		if (len == HASH_SIZE)
			memcpy(s->hash, blob, HASH_SIZE);
		s->failures = db_int(q, 8);
		s->locked_until = db_int(q, 9);
	}
	db_done(q);
	return r == OSCI_E_EMPTY ? 0 : r;
}

static int count_failure(struct course *c, const struct stored_user *s, int64_t now, struct osci_err *err)
{
	bool lock = s->failures + 1 >= COURSE_FAILURES_MAX;

	return db_exec(
	    &c->store->db, err, "UPDATE course_user SET failures = ?, locked_until = ? WHERE id = ?", "iii",
	    lock ? (int64_t)0 : s->failures + 1, lock ? now + COURSE_LOCK_MS : (int64_t)0, s->user.id);
}

/* --- passwords proven before ---------------------------------------------- */

static bool proof(struct course *c, const struct stored_user *s, const char *password, unsigned char *tag)
{
	unsigned char text[HASH_SIZE + PASSWORD_MAX];
	size_t n = strlen(password);
	bool done;

	memcpy(text, s->hash, HASH_SIZE);
	memcpy(text + HASH_SIZE, password, n);
	done = HMAC(EVP_sha256(), c->proven.key, sizeof(c->proven.key), text, HASH_SIZE + n, tag, NULL);
	OPENSSL_cleanse(text, sizeof(text));
	return done;
}

static bool proven(struct course *c, const struct stored_user *s, const unsigned char *tag)
{
	for (unsigned i = 0; i < COURSE_PROVEN_MAX; i++)
		if (c->proven.of[i].user == s->user.id && CRYPTO_memcmp(c->proven.of[i].tag, tag, 32) == 0)
			return true;
	return false;
}

static void remember(struct course *c, const struct stored_user *s, const unsigned char *tag)
{
	unsigned i = c->proven.next++ % COURSE_PROVEN_MAX;

	c->proven.of[i].user = s->user.id;
	memcpy(c->proven.of[i].tag, tag, sizeof(c->proven.of[i].tag));
}

static int password_fits(struct course *c, const struct stored_user *s, const char *password, bool *ret,
			 struct osci_err *err)
{
	unsigned char hash[HASH_SIZE] = {0}, tag[32] = {0};
	bool tagged = s->user.id && proof(c, s, password, tag);
	int r;

	*ret = tagged && proven(c, s, tag);
	if (*ret)
		return 0;
	if (c->http && !course_http_may_take_long(c->http))
		return COURSE_HTTP_LATER;
	r = hash_password(password, s->salt, hash, err);
	*ret = r == 0 && s->user.id && CRYPTO_memcmp(hash, s->hash, HASH_SIZE) == 0;
	OPENSSL_cleanse(hash, sizeof(hash));
	if (*ret && tagged)
		remember(c, s, tag);
	return r;
}

int course_login(struct course *c, const char *name, const char *password, struct course_user *ret,
		 const char **code, struct osci_err *err)
{
	struct stored_user s = {0};
	int64_t now = osci_clock_ms(c->clock);
	bool fits;
	int r = read_user(c, name, &s, err);

	*code = NULL;
	if (r)
		return r;
	if (strlen(password) > PASSWORD_MAX)
		password = "";
	if (s.user.id && s.locked_until > now) {
		*code = "locked";
		return 0;
	}
	r = password_fits(c, &s, password, &fits, err);
	if (r)
		return r;
	if (!fits) {
		*code = "unauthorised";
		return s.user.id ? count_failure(c, &s, now, err) : 0;
	}
	*ret = s.user;
	return s.failures ? db_exec(&c->store->db, err, "UPDATE course_user SET failures = 0 WHERE id = ?",
				    "i", s.user.id)
			  : 0;
}

/* --- users -------------------------------------------------------------- */

static int insert_user(struct course *c, const char *party, const char *environment, const char *name,
		       const char *password, bool admin, const char **code, struct osci_err *err)
{
	unsigned char salt[SALT_SIZE], hash[HASH_SIZE];
	int r;

	*code = !name_ok(name) ? "user_name" : !password_ok(password) ? "password_short" : NULL;
	if (*code)
		return 0;
	r = new_password(password, salt, hash, err);
	r = r ? r
	      : db_exec(&c->store->db, err,
			"INSERT INTO course_user (name, environment, party, admin, active, salt, hash) "
			"VALUES (?,?,?,?,1,?,?)",
			"tttibb", name, environment, party, (int64_t)admin, salt, sizeof(salt), hash,
			sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
	if (r == OSCI_E_EXISTS) {
		*code = "user_exists";
		r = 0;
	}
	return r;
}

static int count_users(struct course *c, const struct course_user *admin, int64_t *ret, struct osci_err *err)
{
	sqlite3_stmt *q;
	int r = db_query(&c->store->db, &q, err,
			 "SELECT count(*) FROM course_user WHERE party = ? AND environment = ?", "tt",
			 admin->party, admin->environment);

	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	*ret = r ? 0 : db_int(q, 0);
	db_done(q);
	return r;
}

int course_add_user(struct course *c, const struct course_user *admin, const char *name, const char *password,
		    bool is_admin, const char **code, struct osci_err *err)
{
	int64_t n = 0;
	int r = count_users(c, admin, &n, err);

	*code = !admin->admin ? "forbidden" : n >= COURSE_USERS_MAX ? "too_many_users" : NULL;
	return r || *code
		   ? r
		   : insert_user(c, admin->party, admin->environment, name, password, is_admin, code, err);
}

int course_set_password(struct course *c, const struct course_user *admin, const char *name,
			const char *password, const char **code, struct osci_err *err)
{
	unsigned char salt[SALT_SIZE], hash[HASH_SIZE];
	int r;

	*code = !admin->admin && strcmp(admin->name, name) != 0 ? "forbidden"
		: !password_ok(password)			? "password_short"
								: NULL;
	if (*code)
		return 0;
	r = new_password(password, salt, hash, err);
	r = r ? r
	      : db_exec(&c->store->db, err,
			"UPDATE course_user SET salt = ?, hash = ?, failures = 0, locked_until = 0"
			" WHERE name = ? AND party = ? AND environment = ?",
			"bbttt", salt, sizeof(salt), hash, sizeof(hash), name, admin->party,
			admin->environment);
	OPENSSL_cleanse(hash, sizeof(hash));
	if (r == 0 && db_changes(&c->store->db) != 1)
		*code = "user_name";
	/* Whoever knew the old one is out. */
	return r || *code
		   ? r
		   : db_exec(&c->store->db, err,
			     "DELETE FROM course_session WHERE user = (SELECT id FROM course_user WHERE name = ?)", "t", name);
}

int course_set_active(struct course *c, const struct course_user *admin, const char *name, bool active,
		      const char **code, struct osci_err *err)
{
	int r;

	*code = !admin->admin ? "forbidden" : strcmp(admin->name, name) == 0 ? "own_user" : NULL;
	if (*code)
		return 0;
	r = db_exec(&c->store->db, err,
		    "UPDATE course_user SET active = ? WHERE name = ? AND party = ? AND environment = ?",
		    "ittt", (int64_t)active, name, admin->party, admin->environment);
	if (r == 0 && db_changes(&c->store->db) != 1)
		*code = "user_name";
	return r;
}

int course_users(struct course *c, const struct course_user *admin, json_t **ret, struct osci_err *err)
{
	json_t *list = json_array();
	sqlite3_stmt *q = NULL;
	int r = !list ? -ENOMEM
		      : db_query(&c->store->db, &q, err,
				 "SELECT name, admin, active FROM course_user WHERE party = ? AND "
				 "environment = ? ORDER BY name",
				 "tt", admin->party, admin->environment);

	while (r == 0 && (r = db_step(&c->store->db, q, err)) == 0)
		if (json_array_append_new(list, json_pack("{s:s, s:b, s:b}", "name", db_text(q, 0), "admin",
							  (int)db_int(q, 1), "active", (int)db_int(q, 2))) <
		    0)
			r = -ENOMEM;
	db_done(q);
	*ret = list;
	return r == OSCI_E_EMPTY ? 0 : r;
}

/* --- by registration code ----------------------------------------------- */

static int take_code(struct course *c, const char *hash, char *party, char *environment, struct osci_err *err)
{
	sqlite3_stmt *q;
	int r =
	    db_query(&c->store->db, &q, err,
		     "SELECT party, environment FROM course_code WHERE hash = ? AND used IS NULL", "t", hash);

	if (r)
		return r;
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		snprintf(party, COURSE_KEY_SIZE, "%s", db_text(q, 0));
		snprintf(environment, 16, "%s", db_text(q, 1));
	}
	db_done(q);
	return r ? r
		 : db_exec(&c->store->db, err, "UPDATE course_code SET used = ? WHERE hash = ?", "it",
			   osci_clock_ms(c->clock), hash);
}

int course_register_user(struct course *c, const char *registration, const char *name, const char *password,
			 const char **code, struct osci_err *err)
{
	char hash[COURSE_TOKEN_SIZE], party[COURSE_KEY_SIZE], environment[16];
	int r = course_hash(registration, hash);

	*code = NULL;
	r = r ? r : db_begin(&c->store->db, err);
	if (r)
		return r;
	r = take_code(c, hash, party, environment, err);
	if (r == OSCI_E_EMPTY) {
		*code = "code_unknown";
		r = 0;
	} else if (r == 0) {
		r = insert_user(c, party, environment, name, password, true, code, err);
	}
	if (r == 0 && !*code)
		r = db_commit(&c->store->db, err);
	else
		db_rollback(&c->store->db);
	return r;
}
