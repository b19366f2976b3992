/* SPDX-License-Identifier: Apache-2.0 */
/*
 * priv - a world from the inside, for the files of this room
 */
#ifndef CF_WORLD_PRIV_H
#define CF_WORLD_PRIV_H

#include "base/buf.h"
#include "world/process.h"
#include "world/site.h"

#define CF_HELLO_MS 10000  /* an office is welcomed within that after the gateway got ready */
#define CF_ASK_MS 10000    /* answer to a question on the bus */
#define CF_TOOL_MS 60000   /* a program that shows something */
#define CF_TOOL_MAX ((size_t)256 << 20)
#define CF_FAULT_FILE_MAX 65536
#define CF_POLL_STEP_MS 5  /* logs are looked at so often */
#define CF_LOG_LINE_MAX 262144

struct cf_rule { /* of the faults file of a simulator, by its place there */
	unsigned line;	/* of the step; 0 = not of a fault */
	unsigned needs; /* times it has to be applied to have been there at all */
};

/* One daemon: the process and what its log said. */
struct cf_daemon {
	struct cf_process p;
	char *config, *log, *ready, *faults; /* paths; faults NULL = takes none */
	off_t read_to;       /* of the log */
	struct osci_buf rest; /* a line not ended yet */
	struct osci_buf rules; /* text of the faults file */
	struct cf_rule made[CF_FAULTS_MAX];
	unsigned n_rules;
};

struct cf_party {
	char *label, *key, *name; /* of an office */
	enum cf_certificate certificate;
	unsigned slot; /* of its keys, from 0 */
	struct cf_pair_files sign, cipher;       /* what the office itself has */
	struct cf_pair_files sign_ok, cipher_ok; /* what others know of it */
	char bus_file[CF_KEY_PATH_MAX], bus_public[41];
	const struct cf_client *client; /* of a gateway that runs already; NULL: ours */
	void *socket;
	bool welcome;  /* said by the gateway on this socket */
	bool withhold; /* acknowledgements */
	json_t *state; /* answer to the last STATUS, NULL = none yet */
	char state_error[32]; /* its code */
};

struct cf_submission { /* without receipt */
	size_t office;
	json_t *json;
	bool busy; /* the gateway could not take it: again after a while */
	int64_t again_at; /* monotonic ms */
};

struct cf_known { /* nachrichtenUUID of a request of an office */
	size_t office;
	char *uuid, *bus_id;
};

struct cf_armed {
	enum cf_what what;
	enum cf_how how;
	enum cf_point point;
};

struct cf_world {
	struct cf_site *site;
	char ids[32]; /* see cf_world_ids() */
	char *dir;
	char *clock_path;
	char first_delivery[24];
	struct cf_party *offices;
	size_t n_offices;
	struct cf_pair_files bamf_sign, bamf_cipher, im_sign, im_cipher;
	char gateway_bus[CF_KEY_PATH_MAX], gateway_public[41];
	int64_t overdue_after_ms, old_release_until_ms, start_ms;
	int reminder_after;
	json_t *partner_settings;
	enum cf_foreign foreign;
	unsigned im_port, bus_port; /* 0 until known */
	char url[64], endpoint[64];
	char *preload; /* what InGe holds, NULL = nothing */
	int64_t *clock; /* mapped: time passed, wall clock set beside */

	struct cf_daemon daemons[3]; /* by enum cf_what */
	json_t *deaths;
	json_t *answers; /* of the partner, as its log tells them */

	void *zmq;
	unsigned generation; /* of sockets; grows with every reconnection */
	uint64_t activity;
	int64_t active_at;   /* monotonic ms of the last one */

	struct cf_event *events;
	size_t n_events, cap_events;
	struct cf_submission *submissions;
	size_t n_submissions, cap_submissions;
	struct cf_known *known;
	size_t n_known, cap_known;
	struct cf_armed armed[CF_ARMED_MAX];
	size_t n_armed;
	unsigned scripts[CF_SCRIPTS_MAX]; /* lines of the case file, in the order the partner was told */
	size_t n_scripts;
	bool received_stale; /* the partner's list has something new */
	int64_t last_received; /* number of the last entry of that list that is an event */
	bool seen_stale; /* something happened that offices which are not ours may have noticed */
	size_t owed;     /* deliveries without acknowledgement, when that was last looked at */
	struct cf_driver *driver; /* NULL = none */
	bool failed;
};

/* Does the runner play the offices? */
static inline bool cf_offices_ours(const struct cf_world *w)
{
	return w->foreign == CF_FOREIGN_NONE || w->foreign == CF_FOREIGN_STACK;
}

/* What is nobody's here: OSCI_E_STATE with FOREIGN_STACK, else 0. */
int cf_not_a_stack(const struct cf_world *w, const char *whose, struct osci_err *err);

/* world.c: parts that access.c needs, too */
int cf_take_offices(struct cf_world *w, const struct cf_world_spec *spec, struct osci_err *err);
int cf_take_keys(struct cf_world *w, struct osci_err *err);
void cf_offices_free(struct cf_world *w);

/* access.c */
const char *cf_shared_dir(const struct cf_world *w); /* what foreign parts hold on to lies there */
char *cf_client_path(const struct cf_world *w, const struct cf_party *o); /* NULL without memory */

/* config.c */
#define CF_MAILBOX_MAX 80
void cf_mailbox_of(const char *key, char out[CF_MAILBOX_MAX]); /* name of the mailbox of an office */
int cf_config_clients(struct cf_world *w, struct osci_err *err); /* one for each office; endpoint is known */
int cf_config_fixed(struct cf_world *w, struct osci_err *err);    /* calendar, lists, preload, intermediary */
int cf_config_gateway(struct cf_world *w, struct osci_err *err);  /* and the clients; url is known */
int cf_config_partner(struct cf_world *w, struct osci_err *err);
int cf_config_intermediary(struct cf_world *w, struct osci_err *err);
json_t *cf_pair_config(const struct cf_pair_files *f); /* {"p12", "pass_file"} */

/* clock.c */
int cf_clock_new(struct cf_world *w, int64_t start_ms, struct osci_err *err);
void cf_clock_free(struct cf_world *w);

/* daemons.c: start and end of the three processes */
int cf_daemons_start(struct cf_world *w, struct osci_err *err);
int cf_daemon_restart(struct cf_world *w, enum cf_what what, enum cf_how how, struct osci_err *err);
void cf_daemons_end(struct cf_world *w);
bool cf_daemon_ours(const struct cf_world *w, enum cf_what what);

/* office.c: bus clients; each gives 0 or a set-up error */
int cf_offices_connect(struct cf_world *w, struct osci_err *err);
void cf_offices_close(struct cf_world *w);
/* Reads what is there, after waiting for up to @timeout_ms. */
int cf_offices_poll(struct cf_world *w, int timeout_ms, struct osci_err *err);
int cf_offices_welcomed(struct cf_world *w, struct osci_err *err);

/* work.c */
struct cf_work {
	int64_t us;   /* that the daemons have been on a processor */
	bool running; /* one of them is, or waits for one */
};
struct cf_work cf_work_now(const struct cf_world *w);
/* Did the daemons do no more than look around for @ms? */
bool cf_work_rests(const struct cf_work *before, const struct cf_work *now, int64_t ms);

/* logs.c */
int cf_logs_poll(struct cf_world *w, struct osci_err *err);
int cf_log_read(struct cf_daemon *d, int (*line)(void *arg, const char *text, const json_t *json), void *arg);

/* events.c */
struct cf_event *cf_event_add(struct cf_world *w, enum cf_at at, size_t office, int64_t time_ms, json_t *body);
void cf_events_free(struct cf_world *w);
void cf_active(struct cf_world *w);
size_t cf_office_by_key(const struct cf_world *w, const char *key);
int cf_known_add(struct cf_world *w, size_t office, const char *uuid, const char *bus_id);
const struct cf_known *cf_known_find(const struct cf_world *w, const char *uuid);
const char *cf_text(const json_t *object, const char *name); /* "" if there is none */

/* partner.c */
int cf_partner_poll(struct cf_world *w, struct osci_err *err);

/* points.c: the point is seen; carries out what is armed for it, once.  *@ret_done (may be NULL): something was. */
int cf_point_seen(struct cf_world *w, enum cf_point point, bool *ret_done, struct osci_err *err);

/* mailbox.c: what lies, or lay, in the mailboxes of the offices; @ret[].office is whose, author and reader do not matter. */
struct cf_mail {
	struct cf_sent sent;
	int64_t received_ms; /* 0 = its reception has not been confirmed */
};
int cf_mail_list(struct cf_world *w, bool to_offices, struct cf_mail **ret, size_t *n, struct osci_err *err);
void cf_mail_free(struct cf_mail *list, size_t n);
/* In neutral names, new reference; what cannot be read has its number and UUID alone. */
json_t *cf_mail_body(const struct cf_world *w, const struct cf_sent *s);

/* seen.c */
int cf_seen_poll(struct cf_world *w, struct osci_err *err);

/* driver.c */
int cf_driver_start(struct cf_world *w, const char *program, struct osci_err *err);
/* Takes in what it said. */
int cf_driver_poll(struct cf_world *w, struct osci_err *err);
void cf_driver_end(struct cf_world *w);

/* faults.c: appends one line to the rules of @what and publishes the file; @line NULL: just that */
int cf_rule_add(struct cf_world *w, enum cf_what what, const char *line, struct cf_rule rule, struct osci_err *err);

#endif
