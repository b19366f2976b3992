/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - the one source of time of a program
 *
 * Protocol cores never read a clock; main programs read this one and pass the
 * value on.  With --now TIME the clock starts there and runs with real time.
 * --clock-file FILE (tests only) adds the offset that FILE holds at each read:
 * 8 octets, native int64, milliseconds, mapped; several processes share it.  It stands for time that passes.
 * 8 octets more, if there, move the wall clock alone: somebody sets it.
 */
#ifndef OSCI_BASE_CLOCK_H
#define OSCI_BASE_CLOCK_H

#include <stdint.h>

#include <osci/err.h>

struct osci_clock {
	int64_t offset_ms;
	const volatile int64_t *shared; /* time that has passed beside; NULL = none */
	const volatile int64_t *set;    /* by how much the wall clock was set; NULL = not */
};

void osci_clock_init(struct osci_clock *c);
/* "2026-11-16T09:00:00" = Europe/Berlin, or with zone; OSCI_E_USAGE otherwise. */
int osci_clock_set(struct osci_clock *c, const char *now, struct osci_err *err);
int osci_clock_parse(const char *text, int64_t *ret_ms); /* the same text; OSCI_E_MALFORMED */
int osci_clock_map(struct osci_clock *c, const char *path, struct osci_err *err);
int64_t osci_clock_ms(const struct osci_clock *c);  /* wall time, ms since 1970 */
int64_t osci_clock_mono_ms(void);                   /* time-outs and back-off only */

#endif
