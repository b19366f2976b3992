/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account - DeBeV: users of providers, registration codes, sessions of the web mask
 *
 * Passwords are kept as scrypt hashes; codes and sessions as SHA-256 of random values.  Guessing is held back:
 * COURSE_FAILURES_MAX failed attempts close a user for COURSE_LOCK_MS.
 */
#ifndef COURSE_ACCOUNT_H
#define COURSE_ACCOUNT_H

#include "course/call.h"

#define COURSE_FAILURES_MAX 5
#define COURSE_LOCK_MS (15LL * 60 * 1000)
#define COURSE_USERS_MAX 200 /* of one provider and environment */
#define COURSE_SESSION_IDLE_MS (30LL * 60 * 1000)
#define COURSE_SESSION_MAX_MS (8LL * 3600 * 1000)
#define COURSE_TOKEN_SIZE 65 /* 32 octets in hex */

/* In each *@code (a constant) is the error for the user, or NULL; the returned value tells of failures of the program. */

/* COURSE_HTTP_LATER: to be asked again in another turn. */
int course_login(struct course *c, const char *name, const char *password, struct course_user *ret, const char **code,
		 struct osci_err *err);
/* First user of a provider, by a registration code; becomes an administrator. */
int course_register_user(struct course *c, const char *registration, const char *name, const char *password,
			 const char **code, struct osci_err *err);
int course_add_user(struct course *c, const struct course_user *admin, const char *name, const char *password, bool is_admin,
		    const char **code, struct osci_err *err);
/* Another password, and the user may log in again. */
int course_set_password(struct course *c, const struct course_user *admin, const char *name, const char *password,
			const char **code, struct osci_err *err);
int course_set_active(struct course *c, const struct course_user *admin, const char *name, bool active, const char **code,
		      struct osci_err *err);
/* Users of the same provider and environment: name, admin, active. New reference. */
int course_users(struct course *c, const struct course_user *admin, json_t **ret, struct osci_err *err);

/* --- codes ---------------------------------------------------------------- */

/* A random code, @out of COURSE_CODE_SIZE, and its hash, @hash of COURSE_TOKEN_SIZE. */
int course_make_code(char *out, char *hash);
int course_hash(const char *text, char *hash);
int course_store_code(struct sim_store *st, const char *party, const char *environment, const char *hash, int64_t now,
		      struct osci_err *err);
/* The terms were accepted: a code for the test system, once per provider. */
int course_request_access(struct course *c, const char *party, char *out, const char **code, struct osci_err *err);
/* Behind a passed acceptance test: a code for production, once. */
int course_production_code(struct course *c, const struct course_user *admin, char *out, const char **code,
			   struct osci_err *err);

/* --- sessions ------------------------------------------------------------- */

struct course_session {
	struct course_user user;
	char csrf[COURSE_TOKEN_SIZE];
};
/* @token of COURSE_TOKEN_SIZE goes into the cookie. */
int course_session_begin(struct course *c, const struct course_user *user, char *token, struct osci_err *err);
/* OSCI_E_EMPTY: none, or too old, or the user was closed. */
int course_session_find(struct course *c, const char *token, struct course_session *ret, struct osci_err *err);
int course_session_end(struct course *c, const char *token, struct osci_err *err);

#endif
