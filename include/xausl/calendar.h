/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl/calendar.h - which release is sent to whom and accepted from whom at a moment, and what is still missing
 * before the next change
 *
 * Functions of the calendar (struct xausl), of what a partner has announced, and of a moment: ms since 1970.  They
 * read no clock, change nothing and allocate nothing; only approvals are read from a file.  Days and hours of the
 * calendar are those of Europe/Berlin, summer time included.  Everything comes from versions/releases.csv and
 * versions/transitions.csv; no number of days and no hour of a change is built in.
 */
#ifndef XAUSL_CALENDAR_H
#define XAUSL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/err.h>
#include <xausl/schema.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * A partner's word that it accepts a release: from @from_ms (inclusive) until @until_ms (exclusive, 0 = open).  No
 * announcement at all = the partner follows the calendar.
 */
struct xausl_announcement {
	const char *version;
	int64_t from_ms, until_ms;
};
#define XAUSL_ANNOUNCEMENTS_MAX 16u

/* --- sending ---------------------------------------------------------- */

enum xausl_send_reason {
	/* with a release */
	XAUSL_SEND_CALENDAR,     /* the partner announced nothing: the release the calendar says */
	XAUSL_SEND_ANNOUNCED,    /* the newest that may be sent; the partner accepts it */
	XAUSL_SEND_PARTNER_LATE, /* an older one: the partner does not accept a newer one (or we have no module for it) */
	/* without one */
	XAUSL_SEND_NONE_IN_FORCE, /* before the first release of the calendar */
	XAUSL_SEND_NOT_CERTAIN,   /* the day of the release in force is not confirmed */
	XAUSL_SEND_NO_MODULE,     /* nothing here can write the release */
	XAUSL_SEND_NOT_ACCEPTED,  /* now the partner accepts none of those that may be sent */
};

/*
 * The release in which a message is to be sent to this partner now.  Never one that the calendar does not send yet,
 * whatever the partner announces; an older one as long as an announcement covers the moment.  @why may be NULL.
 */
const struct xausl_release *xausl_release_to_send(const struct xausl *x, const struct xausl_announcement *a, size_t n,
						  int64_t now_ms, enum xausl_send_reason *why);
/* Short text for logs and displays: "no module for the release". */
const char *xausl_send_reason_text(enum xausl_send_reason why);
/* Earliest moment behind @now_ms at which xausl_release_to_send() may say something else; 0 = none is known. */
int64_t xausl_send_changes(const struct xausl *x, const struct xausl_announcement *a, size_t n, int64_t now_ms);

/* --- accepting -------------------------------------------------------- */

enum xausl_acceptance {
	XAUSL_ACCEPT_IN_FORCE,
	XAUSL_ACCEPT_OLD,       /* older than the one in force, within its window or announced by the partner */
	XAUSL_ACCEPT_TOO_EARLY, /* not in force yet, even if announced */
	XAUSL_ACCEPT_TOO_LATE,  /* its window is over */
	XAUSL_ACCEPT_UNKNOWN,   /* @release is NULL, or the calendar cannot say: day unknown or not confirmed */
};

/* What a message in @release is worth that comes from this partner at @now_ms.  IN_FORCE and OLD are to be processed. */
enum xausl_acceptance xausl_release_acceptance(const struct xausl *x, const struct xausl_announcement *a, size_t n,
					       const struct xausl_release *release, int64_t now_ms);
const char *xausl_acceptance_text(enum xausl_acceptance a);

/* --- windows and changes ---------------------------------------------- */

struct xausl_window {
	int64_t in_force_ms;     /* 00:00 of its day */
	int64_t send_from_ms;    /* not before in_force_ms */
	int64_t send_until_ms;   /* send_from_ms of the next release with a day; 0 = none known */
	int64_t accept_until_ms; /* what the next one's rule says of this; 0 = none known */
	const char *certainty;   /* of the rule for the change to this release: "confirmed", "assumption" */
	const char *source;      /* of that rule */
};
/* False: the day of this release is not known, nor then its window. */
bool xausl_release_window(const struct xausl_release *r, struct xausl_window *ret);
const char *xausl_release_source(const struct xausl_release *r); /* of its day */

struct xausl_change {
	const struct xausl_release *release; /* the one that comes */
	int64_t at_ms;                       /* when it is in force */
	const char *certainty;               /* of the day */
};
/* The next release of the calendar that comes into force behind @now_ms; false if none is known. */
bool xausl_next_change(const struct xausl *x, int64_t now_ms, struct xausl_change *ret);
/* 00:00 of the next 1 May or 1 November behind @now_ms: the days on which releases change since 2017. */
int64_t xausl_next_series_day(int64_t now_ms);

/* --- what is wrong with the calendar ---------------------------------- */

enum xausl_calendar_problem {
	XAUSL_CAL_GAP,       /* a time for which no release is known */
	XAUSL_CAL_OVERLAP,   /* more than two releases accepted at a time, which no rule of a change explains */
	XAUSL_CAL_ORDER,     /* a release is to be sent only when the next one is in force already */
	XAUSL_CAL_MODULE,    /* no module for a release that is or will be in force */
	XAUSL_CAL_CERTAINTY, /* its day is not confirmed, or not known */
	XAUSL_CAL_NEXT,      /* no release is known for the next 1 May or 1 November */
};

struct xausl_calendar_finding {
	enum xausl_calendar_problem problem;
	const char *id;         /* "calendar.gap" ... */
	const char *release;    /* version, or "" */
	const char *table;      /* "releases.csv" or "transitions.csv" */
	unsigned line;          /* there; 0 = the whole table */
	char text[160];
};
#define XAUSL_CALENDAR_FINDINGS_MAX 64u

/*
 * Looks at the release in force and at everything behind it; what is over is not judged.  (What is wrong with a row
 * by itself, refuses xausl_open() already.)  Writes at most @max findings, returns how many there are.
 */
size_t xausl_calendar_check(const struct xausl *x, int64_t now_ms, struct xausl_calendar_finding *out, size_t max);

/* --- approvals: reports of acceptance tests with the BAMF --------------- */

struct xausl_approval {
	const char *release, *day, *who, *file, *sha256;
};
struct xausl_approvals;

/*
 * Reads the operator's table (format: versions/README.md).  OSCI_E_CONFIG with file and line on any defect; a report
 * that is not there or is not the one of the checksum is a defect.
 */
int xausl_approvals_load(struct xausl_approvals **ret, const char *path, struct osci_err *err);
void xausl_approvals_freep(struct xausl_approvals **a);
/* The last row of the release; NULL if there is none, or @a is NULL. */
const struct xausl_approval *xausl_approval_find(const struct xausl_approvals *a, const char *version);

/* --- warnings before a change ------------------------------------------ */

struct xausl_partner {
	const char *name; /* for texts: its directory key */
	const struct xausl_announcement *announced;
	size_t n_announced;
};

enum xausl_missing {
	XAUSL_MISSING_RELEASE,  /* the next day of the series comes and no release is known for it */
	XAUSL_MISSING_DAY,      /* the day of the coming release is not confirmed */
	XAUSL_MISSING_MODULE,
	XAUSL_MISSING_PARTNER,  /* announces other releases, not the coming one; or accepts nothing at the change */
	XAUSL_MISSING_APPROVAL,
};

struct xausl_warning {
	enum xausl_missing missing;
	const char *id;      /* "missing.module" ... */
	const char *release; /* the coming one, or "" */
	const char *partner; /* or "" */
	unsigned days;       /* left, in days of the calendar in Berlin */
	char text[160];
};
#define XAUSL_WARNINGS_MAX 64u

/* A step of warning: 60, 30 or 7 days before the change to a release (or to the day, if none is known). */
struct xausl_step {
	char change[32];
	unsigned days; /* 60, 30, 7; 0 = no step yet */
};

/*
 * What is missing for the next change, from 60 days before it.  @step is what the caller remembers of the last call,
 * zeroed at first; the warnings of a step come once: on its first call at that step or behind it.  NULL: always.
 * Writes at most @max warnings, returns how many there are; *@step is the step they belong to.
 */
size_t xausl_calendar_warnings(const struct xausl *x, const struct xausl_partner *partners, size_t n_partners,
			       const struct xausl_approvals *approvals, int64_t now_ms, struct xausl_step *step,
			       struct xausl_warning *out, size_t max);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
