/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver - the program that works a vendor's software for the runner: JSON, a line each, over its standard input and output
 *
 * It is of another make, so nothing it does may stop the runner: it is written to without waiting for long, a line has a
 * bound, and whatever is no line of the protocol is trouble, told once and in words.  Its standard error is the runner's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "world/priv.h"

#define LINE_MAX_OCTETS ((size_t)4 << 20)
#define BLOCK 65536
#define WRITE_MS 5000 /* a line is taken by then */
#define END_MS 5000   /* it ends by then, its standard input closed */
#define SHOWN 80      /* octets of a line that is not understood */

struct cf_driver {
	pid_t pid; /* 0 = ended */
	int to, from; /* -1 = closed */
	struct osci_buf rest; /* a line not ended yet */
	json_t *said;
	char trouble[256];
};

int cf_driver_start(struct cf_world *w, const char *program, struct osci_err *err)
{
	const char *const argv[] = { program, NULL };
	struct cf_driver *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	w->driver = d;
	d->to = d->from = -1;
	osci_buf_init(&d->rest, LINE_MAX_OCTETS);
	d->said = json_array();
	r = d->said ? cf_pipe_start(argv, w->site->env, &d->pid, &d->to, &d->from, err) : -ENOMEM;
	if (!r && (fcntl(d->to, F_SETFL, O_NONBLOCK) < 0 || fcntl(d->from, F_SETFL, O_NONBLOCK) < 0))
		r = osci_fail(err, -errno, NULL, program, "its pipes cannot be set up");
	return r;
}

static void closed(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void __attribute__((format(printf, 2, 3))) trouble(struct cf_driver *d, const char *fmt, ...)
{
	va_list ap;

	if (d->trouble[0])
		return;
	va_start(ap, fmt);
	vsnprintf(d->trouble, sizeof(d->trouble), fmt, ap);
	va_end(ap);
}

/* --- to it --------------------------------------------------------------- */

void cf_world_tell(struct cf_world *w, const json_t *line)
{
	struct cf_driver *d = w->driver;
	_cleanup_(osci_freep) char *text = d ? json_dumps(line, JSON_COMPACT) : NULL;
	int64_t end = osci_clock_mono_ms() + WRITE_MS;
	size_t len, done = 0;

	if (!text || d->trouble[0])
		return;
	len = strlen(text);
	text[len++] = '\n'; /* in the place of the NUL: its length is known */
	while (done < len) {
		struct pollfd item = { d->to, POLLOUT, 0 };
		int64_t left = end - osci_clock_mono_ms();
		ssize_t n;

		if (left <= 0) {
			trouble(d, "the driver does not read what it is told");
			return;
		}
		if (poll(&item, 1, (int)left) <= 0)
			continue;
		n = write(d->to, text + done, len - done);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return; /* it has ended: reading will tell */
		done += n > 0 ? (size_t)n : 0;
	}
}

/* --- from it ------------------------------------------------------------- */

static bool only(const json_t *line, const char *first, const char *second)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)line, name, value)
		if (strcmp(name, first) != 0 && (!second || strcmp(name, second) != 0))
			return false;
	return true;
}

static bool understood(const json_t *line)
{
	const json_t *more;

	if (json_is_true(json_object_get(line, "ready"))) {
		more = json_object_get(line, "deliveries");
		return only(line, "ready", "deliveries") && (!more || json_is_boolean(more));
	}
	if (json_is_string(json_object_get(line, "refused"))) {
		more = json_object_get(line, "text");
		return only(line, "refused", "text") && (!more || json_is_string(more));
	}
	if (json_is_object(json_object_get(line, "delivery")))
		return only(line, "delivery", NULL) && *cf_text(json_object_get(line, "delivery"), "uuid");
	return json_is_string(json_object_get(line, "failed")) && only(line, "failed", NULL);
}

static int take_line(struct cf_driver *d, const char *text, size_t len)
{
	_cleanup_buf_ struct osci_buf shown = OSCI_BUF_INIT(16 * SHOWN);
	json_t *line;

	if (strspn(text, " \t\r") == len)
		return 0;
	line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(line) && understood(line)) {
		if (json_object_get(line, "failed"))
			trouble(d, "the driver gave up: %.200s", cf_text(line, "failed"));
		return json_array_append_new(d->said, line) ? -ENOMEM : 0;
	}
	osci_escape_line(&shown, text, len < SHOWN ? len : SHOWN);
	trouble(d, "the driver wrote %s: %s",
		json_is_object(line) ? "a line that is not in the protocol" : "what is no JSON object",
		shown.data ? (const char *)shown.data : "");
	json_decref(line);
	return 0;
}

static int take_lines(struct cf_driver *d)
{
	char *at = (char *)d->rest.data, *end;
	size_t left = d->rest.len;
	int r = 0;

	while (!r && left && !d->trouble[0] && (end = memchr(at, '\n', left))) {
		*end = '\0';
		r = take_line(d, at, (size_t)(end - at));
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	if (left && at != (char *)d->rest.data)
		memmove(d->rest.data, at, left);
	d->rest.len = left;
	return r;
}

static void has_ended(struct cf_driver *d)
{
	char how[64];
	int status = 0;

	closed(&d->from);
	if (waitpid(d->pid, &status, WNOHANG) == 0) {
		trouble(d, "the driver closed its standard output");
		return;
	}
	d->pid = 0;
	cf_process_status(status, how, sizeof(how));
	trouble(d, "the driver %s", how);
}

int cf_driver_poll(struct cf_world *w, struct osci_err *err)
{
	struct cf_driver *d = w->driver;
	int r = 0;

	while (!r && d && d->from >= 0 && !d->trouble[0]) {
		unsigned char *room = osci_buf_room(&d->rest, BLOCK);
		ssize_t n = room ? read(d->from, room, BLOCK) : 0;

		if (!room) {
			trouble(d, "the driver wrote a line of more than %zu octets", LINE_MAX_OCTETS - BLOCK);
			return 0;
		}
		if (n < 0)
			return 0; /* nothing there */
		cf_active(w);
		if (n == 0) {
			const struct timespec moment = { 0, 20000000 }; /* between its end and the end of its pipes */

			nanosleep(&moment, NULL);
			has_ended(d);
			return 0;
		}
		osci_buf_grow(&d->rest, (size_t)n);
		r = take_lines(d);
	}
	return r ? osci_fail(err, r, NULL, "driver", "no memory") : 0;
}

size_t cf_world_told(const struct cf_world *w)
{
	return w->driver ? json_array_size(w->driver->said) : 0;
}

const json_t *cf_world_told_at(const struct cf_world *w, size_t place)
{
	return w->driver ? json_array_get(w->driver->said, place) : NULL;
}

const char *cf_world_driver_trouble(const struct cf_world *w)
{
	return w->driver && w->driver->trouble[0] ? w->driver->trouble : NULL;
}

/* --- its end ------------------------------------------------------------- */

void cf_driver_end(struct cf_world *w)
{
	int64_t end = osci_clock_mono_ms() + END_MS;
	struct cf_driver *d = w->driver;
	const struct timespec nap = { 0, 2000000 };

	w->driver = NULL;
	if (!d)
		return;
	closed(&d->to);
	closed(&d->from);
	while (d->pid && waitpid(d->pid, NULL, WNOHANG) == 0 && osci_clock_mono_ms() < end)
		nanosleep(&nap, NULL);
	if (d->pid && osci_clock_mono_ms() >= end) {
		kill(-d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	osci_buf_free(&d->rest);
	json_decref(d->said);
	free(d);
}
