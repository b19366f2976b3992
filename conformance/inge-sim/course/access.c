/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - registration codes and sessions: random values of which only the hash is stored
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/text.h"
#include "course/accept.h"
#include "course/account.h"

/* 32 characters that cannot be mistaken for each other. */
static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

int course_hash(const char *text, char *hash)
{
	unsigned char digest[32];

	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	osci_hex(hash, digest, sizeof(digest));
	return 0;
}

int course_make_code(char *out, char *hash)
{
	unsigned char random[16];
	size_t k = 0;
	int r = osci_random(random, sizeof(random));

	for (size_t i = 0; r == 0 && i < sizeof(random); i++) {
		if (i && i % 4 == 0)
			out[k++] = '-';
		out[k++] = alphabet[random[i] % (sizeof(alphabet) - 1)];
	}
	out[k] = '\0';
	return r ? r : course_hash(out, hash);
}

int course_store_code(struct sim_store *st, const char *party, const char *environment, const char *hash,
		      int64_t now, struct osci_err *err)
{
	return db_exec(&st->db, err,
		       "INSERT INTO course_code (hash, environment, party, made) VALUES (?,?,?,?)", "ttti",
		       hash, environment, party, now);
}

static int found(struct course *c, const char *sql, const char *party, const char *environment, bool *ret,
		 struct osci_err *err)
{
	sqlite3_stmt *q;
	int r = db_query(&c->store->db, &q, err, sql, "tt", party, environment);

	return r ? r : db_found(&c->store->db, q, ret, err);
}

static int new_code(struct course *c, const char *party, const char *environment, char *out,
		    struct osci_err *err)
{
	char hash[COURSE_TOKEN_SIZE];
	int r = course_make_code(out, hash);

	return r ? r : course_store_code(c->store, party, environment, hash, osci_clock_ms(c->clock), err);
}

static const char code_issued[] = "SELECT 1 FROM course_code WHERE party = ? AND environment = ?";

int course_request_access(struct course *c, const char *party, char *out, const char **code,
			  struct osci_err *err)
{
	bool known = false, issued = false;
	int r = found(c, "SELECT 1 FROM course_party WHERE key = ? AND ? <> ''", party, COURSE_ENV_TEST,
		      &known, err);

	r = r ? r : found(c, code_issued, party, COURSE_ENV_TEST, &issued, err);
	*code = !known ? "unknown_provider" : issued ? "access_exists" : NULL;
	return r || *code ? r : new_code(c, party, COURSE_ENV_TEST, out, err);
}

int course_production_code(struct course *c, const struct course_user *admin, char *out, const char **code,
			   struct osci_err *err)
{
	struct course_round round;
	bool issued = false;
	int r = course_round_read(c, admin->party, &round, err);

	r = r ? r : found(c, code_issued, admin->party, COURSE_ENV_PRODUCTION, &issued, err);
	*code = !admin->admin			     ? "forbidden"
		: strcmp(round.state, "passed") != 0 ? "wrong_state"
		: issued			     ? "access_exists"
						     : NULL;
	course_round_clear(&round);
	return r || *code ? r : new_code(c, admin->party, COURSE_ENV_PRODUCTION, out, err);
}

/* --- sessions ------------------------------------------------------------- */

static int random_token(char *out)
{
	unsigned char random[32];
	int r = osci_random(random, sizeof(random));

	if (r == 0)
		osci_hex(out, random, sizeof(random));
	return r;
}

int course_session_begin(struct course *c, const struct course_user *user, char *token, struct osci_err *err)
{
	char hash[COURSE_TOKEN_SIZE], csrf[COURSE_TOKEN_SIZE];
	int64_t now = osci_clock_ms(c->clock);
	int r = random_token(token);

	r = r ? r : random_token(csrf);
	r = r ? r : course_hash(token, hash);
	/* Those that nobody can use any more go. */
	r = r ? r
	      : db_exec(&c->store->db, err, "DELETE FROM course_session WHERE seen < ? OR made < ?", "ii",
			now - COURSE_SESSION_IDLE_MS, now - COURSE_SESSION_MAX_MS);
	return r ? r
		 : db_exec(&c->store->db, err,
			   "INSERT INTO course_session (hash, user, csrf, made, seen) VALUES (?,?,?,?,?)",
			   "titii", hash, user->id, csrf, now, now);
}

int course_session_find(struct course *c, const char *token, struct course_session *ret, struct osci_err *err)
{
	char hash[COURSE_TOKEN_SIZE];
	int64_t now = osci_clock_ms(c->clock);
	sqlite3_stmt *q;
	int r = course_hash(token, hash);

	r = r ? r
	      : db_query(&c->store->db, &q, err,
			 "SELECT u.id, u.name, u.party, p.kind, u.environment, u.admin, s.csrf FROM "
			 "course_session s"
			 " JOIN course_user u ON u.id = s.user JOIN course_party p ON p.key = u.party"
			 " WHERE s.hash = ? AND s.seen >= ? AND s.made >= ? AND u.active = 1",
			 "tii", hash, now - COURSE_SESSION_IDLE_MS, now - COURSE_SESSION_MAX_MS);
	if (r)
		return r;
	*ret = (struct course_session){0};
	r = db_step(&c->store->db, q, err);
	if (r == 0) {
		ret->user.id = db_int(q, 0);
		snprintf(ret->user.name, sizeof(ret->user.name), "%s", db_text(q, 1));
		snprintf(ret->user.party, sizeof(ret->user.party), "%s", db_text(q, 2));
		snprintf(ret->user.party_kind, sizeof(ret->user.party_kind), "%s", db_text(q, 3));
		snprintf(ret->user.environment, sizeof(ret->user.environment), "%s", db_text(q, 4));
		ret->user.admin = db_int(q, 5);
		snprintf(ret->csrf, sizeof(ret->csrf), "%s", db_text(q, 6));
	}
	db_done(q);
	return r ? r
		 : db_exec(&c->store->db, err, "UPDATE course_session SET seen = ? WHERE hash = ?", "it", now,
			   hash);
}

int course_session_end(struct course *c, const char *token, struct osci_err *err)
{
	char hash[COURSE_TOKEN_SIZE];
	int r = course_hash(token, hash);

	return r ? r : db_exec(&c->store->db, err, "DELETE FROM course_session WHERE hash = ?", "t", hash);
}
