/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - everything by which xausl-conform touches the outside
 *
 * A site is what all cases of a run share: programs, keys and certificates.  A world is one case: a fresh folder,
 * configurations, three fresh processes (intermediary, partner, gateway), the offices on the bus, and the case clock.
 * Whoever runs a case acts and looks through the functions below alone and knows no process, file or socket.
 *
 * Nothing happens in the background: what came is taken in by cf_world_poll() and by what calls it (settle).  It is
 * kept as a list of events that only grows, so a place in it stays valid until the world is freed.  An armed restart
 * is carried out inside of poll.  A world belongs to the thread that made it; several threads may have worlds of one site.
 * Its processes end with it, and at the latest with that thread, even if the runner is killed.
 *
 * Results: 0; negative; positive outcomes named at the function.  Whatever could not be set up or carried out is
 * an error with a sentence for the user in @err: a set-up error of the case, never a failed check.
 * All times are milliseconds since 1970 by the case clock, if nothing else is said.  Texts and JSON are UTF-8 and named as
 * in the case format.
 */
#ifndef CF_WORLD_H
#define CF_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include <osci/err.h>

#include "terms.h"

#define CF_OFFICES_MAX 64        /* of one case */
#define CF_ARMED_MAX 16          /* restarts armed at once */
#define CF_SCRIPTS_MAX 64        /* script steps of one case */
#define CF_FAULTS_MAX 32         /* fault steps of one case */
#define CF_EVENTS_MAX 100000     /* of one case */

/* --- the site: once per run ---------------------------------------------- */

enum cf_keep { CF_KEEP_FAILED, CF_KEEP_ALL, CF_KEEP_NONE };

struct cf_site_conf {
	const char *dir;      /* folder of the run; made with mode 0700 if missing */
	const char *shared;   /* what others' software holds on to: clock file, client configurations; NULL = dir */
	const char *keys;     /* keys and certificates, kept for later runs; NULL = below dir */
	const char *programs; /* folder (bin folder or build tree) where programs are looked for first; NULL = beside
				 the running program, then PATH */
	const char *gateway, *intermediary, *partner; /* a program by its path, for another build; NULL = found as above */
	const char *datadir;  /* folder with xausl-schemas and versions; NULL = environment XAUSL_DATADIR, or installed */
	const char *release;  /* in force for all cases of the site, whatever its day; NULL = as the calendar says */
	int64_t release_from_ms; /* ... by then at the latest: clock of the earliest case */
	enum cf_keep keep;    /* folders of which cases are left; see cf_world_failed() */
	unsigned ready_s;     /* a process must be ready after so many seconds; 0 = 20 */
};

struct cf_site;

int cf_site_new(struct cf_site **ret, const struct cf_site_conf *conf, struct osci_err *err);
void cf_site_freep(struct cf_site **s);
/*
 * Makes the RSA keys for cases of up to @offices offices now, on all processors (a third of a second each); else each is made
 * when a case first needs it.  They belong to the n-th office of a case, whichever that is.  Thread-safe.
 */
int cf_site_prepare(struct cf_site *s, size_t offices, struct osci_err *err);
/* Is there a module of this release ("27.05"), and does the calendar know it? */
bool cf_site_has_release(const struct cf_site *s, const char *release);
/* Release in force at @time_ms by the calendar, "" if none. */
const char *cf_site_release_at(const struct cf_site *s, int64_t time_ms);
/* The releases of the site; to check messages in any thread. */
const struct xausl *cf_site_xausl(const struct cf_site *s);
/*
 * What took part, for the report; new reference:
 * {"programs": [{"name", "path", "version", "sha256"}], "releases": [{"release", "sha256"}], "calendar":
 * [{"name", "path", "sha256"}], "host": {"system", "machine"}}
 */
json_t *cf_site_facts(const struct cf_site *s);
/* The same sum for any file, hexadecimal. */
int cf_site_sha256(const char *path, char ret[65], struct osci_err *err);

/* --- the world: once per case -------------------------------------------- */

struct cf_client;

struct cf_office_spec {
	const char *label, *key, *name;
	enum cf_certificate certificate;
	unsigned slot; /* number of its keys, from 1; 0 = its place in the case */
	const struct cf_client *client; /* FOREIGN_STACK; must outlive the world */
};

/*
 * Who plays what.  Normally all is ours.
 * FOREIGN_OFFICE: office software of a vendor talks to the bus.  The runner connects no client: cf_world_submit() and
 *   acknowledgements are refused with OSCI_E_STATE.  Events at an office are what the gateway's journal says: a receipt for each
 *   request, a delivery as soon as the office has acknowledged it, with the fields of the message that lies in its mailbox.
 * FOREIGN_GATEWAY: a vendor's own system talks OSCI to our intermediary.  No gateway is started, no bus, no operator,
 *   no journal (OSCI_E_STATE).  Events at an office: a receipt for each request that lies at the intermediary (its "request" is its
 *   UUID), a delivery for each message whose reception from the mailbox was confirmed, once for each UUID.
 * FOREIGN_STACK: a gateway that runs already, with whatever intermediary and partner it has.  The runner plays the offices
 *   on its bus and starts nothing; there is no partner, operator, intermediary or journal to look at (OSCI_E_STATE), and
 *   the clock is real time: it is not to be moved.  Deliveries for requests of others are neither events nor acknowledged.
 * With an office or a gateway that is not ours a receipt has the number of its request in "submitted".  What the other side
 * needs is in cf_world_access(); clock file and client configurations are those of the site, the same from world to world.
 */
enum cf_foreign { CF_FOREIGN_NONE, CF_FOREIGN_OFFICE, CF_FOREIGN_GATEWAY, CF_FOREIGN_STACK };

/* How an office reaches a gateway that runs already, as in a client configuration of xausl(1). */
struct cf_client {
	const char *endpoint, *server_key, *key_file;
};

struct cf_world_spec {
	const char *name;           /* of the folder, from the id of the case; unique within the run; odd characters become '_' */
	int64_t clock_ms;           /* start of the case clock */
	const struct cf_office_spec *offices;
	size_t n_offices;
	int64_t overdue_after_ms;   /* settings.gateway; 0 = 1 day */
	int reminder_after;         /* working days; 0 = 3 */
	int64_t old_release_until_ms; /* messages in the release before the one in force are accepted until; 0 = not at all */
	const json_t *partner;      /* settings.partner: name to text or bool, any switch of inge-sim; or NULL */
	const json_t *inge;         /* {"persons": {LABEL: ...}, "inge": [...]} as in the case, variants resolved; or NULL */
	enum cf_foreign foreign;
	unsigned bus_port, intermediary_port; /* 0 = any free one; a taken one is an error that names it */
	const char *driver;         /* program that works the foreign software; NULL = a person does */
};

struct cf_world;

/*
 * Folder, configurations, processes, offices; returns when all are ready (well under a second).  On failure nothing
 * is left running and *@ret is NULL.
 */
int cf_world_new(struct cf_world **ret, struct cf_site *s, const struct cf_world_spec *spec, struct osci_err *err);
/* Ends the processes in order (kills what does not end) and removes the folder, see enum cf_keep. */
void cf_world_freep(struct cf_world **w);
/* The case did not pass: with CF_KEEP_FAILED its folder stays. */
void cf_world_failed(struct cf_world *w);
const char *cf_world_folder(const struct cf_world *w);
/* Removes a folder with all that is in it. */
void cf_remove_folder(const char *dir);
/*
 * What a foreign part needs, new reference, NULL without memory: {"clock_file", "offices": [{"key", "name", ...}]}, and
 * FOREIGN_OFFICE: "bus": {"endpoint", "server_key"}; of an office "bus_key_file", "client_config";
 * FOREIGN_GATEWAY: "intermediary": {"url", "cipher_cert", "sign_cert"}, "bamf": {"key", "cipher_cert", "sign_cert"}, "ca"; of an
 * office "sign_p12", "sign_pass_file", "sign_cert", "cipher_p12", "cipher_pass_file".
 */
json_t *cf_world_access(const struct cf_world *w);
/* The same before any world is there, for the foreign part, offices and ports of @spec: the same as in the worlds to come. */
int cf_site_access(json_t **ret, struct cf_site *s, const struct cf_world_spec *spec, struct osci_err *err);
/* A port of loopback that is free now.  Any, if *@port is 0; OSCI_E_STATE: that one is taken. */
int cf_port_free(unsigned *port, struct osci_err *err);

/*
 * With what the id of each request on the bus must begin, so that it is no other's: "", or with FOREIGN_STACK, where others
 * have requests, too, a text of this world.
 */
const char *cf_world_ids(const struct cf_world *w);

/* --- clock and silence --------------------------------------------------- */

int64_t cf_world_now(const struct cf_world *w);
/* Moves the clock of all processes on by @ms (>= 0) and returns at once. */
void cf_world_advance(struct cf_world *w, int64_t ms);
/*
 * Takes in what has come, waiting for the first thing up to @timeout_ms of real time.  0: something came;
 * OSCI_E_EMPTY: nothing.  Else a set-up error, such as a restart that did not succeed.
 */
int cf_world_poll(struct cf_world *w, int timeout_ms, struct osci_err *err);
/* Grows with all traffic on the bus, at the intermediary and at the partner that poll has seen. */
uint64_t cf_world_activity(const struct cf_world *w);
/*
 * For how long the process that waited most, and this thread, have been ready and got no processor.  Grows, but for a restart:
 * ceilings of real time are meant for processes that could work.
 */
int64_t cf_world_starved_ms(const struct cf_world *w);
/*
 * Polls until there was no traffic for @quiet_ms of real time, and the daemons were not busy either.  0: silence;
 * OSCI_E_MORE: none within @limit_ms.
 * With @until (may be NULL) also ends, with 0, as soon as that says true; it is asked after each thing that came.
 */
int cf_world_settle(struct cf_world *w, int quiet_ms, int limit_ms, bool (*until)(void *arg), void *arg,
		    struct osci_err *err);

/* --- what happened ------------------------------------------------------- */

#define CF_NO_OFFICE ((size_t)-1)

/*
 * OFFICE: a receipt (accepted-by-gateway, rejected-by-gateway) or a delivery.  A delivery offered again is an event of its
 *   own with the same @delivery and @redelivery true; @first is the place of the first offer.
 * PARTNER: a request the partner has taken from its mailbox, with what it read in it (names of section 11).
 * OPERATOR: incoming-rejected, incoming-unassigned, incoming-repeated, overdue.
 */
struct cf_event {
	enum cf_at at;
	int64_t time_ms;
	size_t office;       /* place in spec; operator and partner: of the mailbox or author; CF_NO_OFFICE = unknown */
	const char *message; /* number, "" if the event is none */
	const char *outcome; /* "" at the partner */
	const char *request; /* OFFICE, OPERATOR: bus id; "" if none */
	const char *uuid;    /* of the message, "" if none */
	const char *trigger; /* PARTNER: ausloeserUUID of a request, "" if none */
	const char *delivery;/* "" for receipts */
	const char *release; /* of the message, "" if none */
	bool redelivery;
	size_t first;        /* place of the first offer of this delivery; of others their own */
	unsigned acked;      /* how often the office acknowledged this delivery and the gateway confirmed it; kept at first */
	unsigned ack_on;     /* of this room: connection over which an acknowledgement is under way; 0 = none */
	bool refused;        /* PARTNER: the request was not processed (signature, schema, rejection) */
	json_t *body;        /* fields, nested as on the bus, block E included; borrowed */
	const char *xml;     /* the verified message as delivered, or NULL */
	size_t xml_len;
};

size_t cf_world_events(const struct cf_world *w);
const struct cf_event *cf_world_event(const struct cf_world *w, size_t place); /* borrowed until the next poll */

/* One delivery that lies, or lay, at the intermediary for the BAMF, opened with the BAMF's key. */
struct cf_sent {
	char message_id[256];
	int64_t time_ms;      /* stored */
	size_t office;        /* author of the message; CF_NO_OFFICE = unknown */
	char stray[64];       /* mailbox, if it is not the BAMF's though an office put it there; then nothing below is looked at */
	bool readable;        /* opened and well-formed; the fields below are "" else */
	char uuid[64], number[8], root_number[8], release[32], trigger[64];
	bool version_fits;    /* namespace and attribute version name the same release */
	bool is_signed;       /* content signature of the author's certificate holds */
	char content[65];     /* SHA-256 of what it says: without nachrichtenUUID, time of creation; hexadecimal */
	char *xml;            /* as sent, NUL behind it */
	size_t xml_len;
};

/* All of them in order of storing; *@ret is freed with cf_sent_free(). */
int cf_world_sent(struct cf_world *w, struct cf_sent **ret, size_t *n, struct osci_err *err);
void cf_sent_free(struct cf_sent *list, size_t n);
/* What the partner put into mailboxes, in order, borrowed: [{"time": ms of the case clock, "message", "uuid"}]. */
const json_t *cf_world_answers(const struct cf_world *w);
/* The last lines a process wrote, oldest first, free of paths of the run; malloc()ed.  OSCI_E_EMPTY: nothing, or not ours. */
int cf_world_last_lines(struct cf_world *w, enum cf_what what, size_t lines, char **ret, struct osci_err *err);
/*
 * What InGe holds, new reference: list of persons {"label" or null, "requests": [UUID ...] (that made or were decided for
 * this person), "surname", "information_block", "in_force": N, "records": [{keys of section 4 with "issuer": {...},
 * "in_force": BOOL, ...}]}.
 */
int cf_world_inge(struct cf_world *w, json_t **ret, struct osci_err *err);
/* State of a request in the gateway's journal. OSCI_E_EMPTY: it has none of this id. */
int cf_world_state(struct cf_world *w, size_t office, const char *bus_id, char ret[24], struct osci_err *err);
/*
 * Everything of the gateway that people or machines read who may not see personal data: log lines, file names, metrics;
 * new reference: [{"where": "log, line 12", "text": "..."}].
 */
int cf_world_traces(struct cf_world *w, json_t **ret, struct osci_err *err);
/*
 * Processes that ended by themselves, new reference: [{"what": "gateway", "how": "ended with status 1", "log": last line}].
 * Ends of restarts are none.
 */
json_t *cf_world_deaths(struct cf_world *w);

/*
 * The request of this UUID as it lies at the intermediary, in neutral names; new reference.  OSCI_E_EMPTY: nothing does.
 */
int cf_world_request(struct cf_world *w, const char *uuid, json_t **ret, struct osci_err *err);
/* FOREIGN_OFFICE: deliveries that wait in the gateway for an office to take and acknowledge them. */
size_t cf_world_owed(const struct cf_world *w);

/* --- the driver ------------------------------------------------------------ */

/* The foreign part would not even make this request, and said so: an event as if a gateway had refused it. */
int cf_world_refused(struct cf_world *w, size_t office, const char *request, const char *number, struct osci_err *err);
/* Says one line to the driver; without one, or when it is in trouble, nothing. */
void cf_world_tell(struct cf_world *w, const json_t *line);
/* What it said, in order; only grows. */
size_t cf_world_told(const struct cf_world *w);
const json_t *cf_world_told_at(const struct cf_world *w, size_t place);
/* Why nothing more is to be had from it: it ended, or said what cannot be understood; NULL: all is well. */
const char *cf_world_driver_trouble(const struct cf_world *w);

/* --- acting -------------------------------------------------------------- */

/*
 * The office puts a request on the bus; the receipt comes as an event.  @fields: object with "message" and all fields;
 * "office" and "id" are added.  Without answer (the gateway is restarted) it is sent again by itself, with the same id.
 */
int cf_world_submit(struct cf_world *w, size_t office, const char *bus_id, const json_t *fields, struct osci_err *err);
/* @withhold: deliveries are kept but not acknowledged; false: what waits is acknowledged now, and all that follows. */
int cf_world_acks(struct cf_world *w, size_t office, bool withhold, struct osci_err *err);

/* CF_NOW: returns when the process is ready again.  Else armed: carried out by poll when the point is next seen, once. */
int cf_world_restart(struct cf_world *w, enum cf_what what, enum cf_how how, enum cf_point at, struct osci_err *err);
/* Armed restarts whose point was not seen yet. */
size_t cf_world_armed(const struct cf_world *w);

/* A fault step as written, names resolved.  Unset: NULL, 0, CF_NO_OFFICE. */
struct cf_fault {
	bool intermediary;     /* else at the partner */
	const char *kind;      /* as in the case format: "duplicate_answer" ... */
	const char *message;   /* NULL = any */
	size_t office;         /* mailbox it applies to; wrong_mailbox: the wrong one */
	unsigned count;        /* 0 = not given; duplicate_answer: copies in all */
	bool new_envelope;     /* says nothing: each copy is a delivery of its own, else no mailbox would take it */
	int64_t by_ms;                            /* delay */
	int64_t from_ms, until_ms, lasts_ms;      /* outage; case clock */
	const char *release, *code, *form;
	unsigned line; /* of the step, for cf_world_idle_fault() */
};
int cf_world_fault(struct cf_world *w, const struct cf_fault *f, struct osci_err *err);
/* Line of the first fault so far that was never applied, for nothing came that it is for; 0: none.  An outage always counts. */
unsigned cf_world_idle_fault(const struct cf_world *w);

/* The clerk decides the request of this nachrichtenUUID: same_person, namesake, ignore, close_case; @person: label or NULL. */
int cf_world_clerk(struct cf_world *w, const char *uuid, const char *decision, const char *person, struct osci_err *err);
/* A record is ended by hand. */
int cf_world_withdraw(struct cf_world *w, const char *kennziffer, struct osci_err *err);
/* @event: a course event as in the case ("event", "date", data), captures resolved. */
int cf_world_provider(struct cf_world *w, const char *kennziffer, const json_t *event, struct osci_err *err);
/* @answers: [{"message", "fields": {nested}, "after_ms": N}]; for the next request of @message from @office. */
int cf_world_script(struct cf_world *w, const char *message, size_t office, const json_t *answers, unsigned line,
		    struct osci_err *err);
/* *@line: of the first script, as said to cf_world_script(), that no request has got; 0 = there is none. */
int cf_world_idle_script(struct cf_world *w, unsigned *line, struct osci_err *err);

#endif
