/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told - a data folder whose calendar has one release in force, whatever its day
 *
 * The cases of the book name days, and these stay as they are: it is the calendar that gives way.  The release is in force
 * from the day of the first case at the latest; those before it keep their order and come a day earlier where they are
 * in its way; those behind it are not known.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "world/site.h"

#define TABLE_MAX (1u << 20) /* octets of the calendar */
#define ROWS_MAX 1000
#define DAY_MS 86400000
#define DAY_SIZE 11 /* "2026-11-01" */

enum { VERSION, NAMESPACE, EFFECTIVE, CERTAINTY, SOURCE, FOLDER, FIELDS };

struct row {
	char *field[FIELDS];
	char day[DAY_SIZE]; /* "" = not known */
};

static void day_of(char out[DAY_SIZE], int64_t ms)
{
	char text[40];

	osci_format_datetime_berlin(text, sizeof(text), ms);
	snprintf(out, DAY_SIZE, "%.10s", text);
}

/* The day before; noon is far from every change of the clocks. */
static void day_before(char day[DAY_SIZE])
{
	char text[32];
	int64_t ms;

	snprintf(text, sizeof(text), "%.10sT12:00:00Z", day);
	if (!osci_parse_datetime(text, strlen(text), &ms))
		day_of(day, ms - DAY_MS);
}

/* Rows up to and with @release; 0: it has none.  The table was read by libxausl before, so its form is right. */
static size_t take_rows(struct row *rows, char *text, const char *release)
{
	size_t n = 0;
	char *line;

	while (n < ROWS_MAX && (line = strsep(&text, "\n"))) {
		struct row *r = &rows[n];

		if (!*line || *line == '#')
			continue;
		for (size_t i = 0; i < FIELDS; i++) {
			r->field[i] = strsep(&line, ";");
			if (!r->field[i])
				return 0;
		}
		snprintf(r->day, sizeof(r->day), "%s", r->field[EFFECTIVE]);
		n++;
		if (!strcmp(r->field[VERSION], release))
			return n;
	}
	return 0;
}

/* The last of @rows is in force on @day; whoever is in its way comes the day before that. */
static void make_room(struct row *rows, size_t n, char day[DAY_SIZE])
{
	struct row *last = &rows[n - 1];

	if (!*last->day || strcmp(last->day, day) > 0)
		memcpy(last->day, day, DAY_SIZE);
	memcpy(day, last->day, DAY_SIZE);
	for (size_t i = n - 1; i-- > 0;) {
		if (!*rows[i].day)
			continue;
		if (strcmp(rows[i].day, day) < 0)
			return;
		day_before(day);
		memcpy(rows[i].day, day, DAY_SIZE);
	}
}

static int write_table(const char *path, const struct row *rows, size_t n, struct osci_err *err)
{
	FILE *f = fopen(path, "we");
	bool ok = f;

	for (size_t i = 0; ok && i < n; i++)
		ok = fprintf(f, "%s;%s;%s;%s;%s;%s\n", rows[i].field[VERSION], rows[i].field[NAMESPACE], rows[i].day,
			     i + 1 < n ? rows[i].field[CERTAINTY] : "confirmed", rows[i].field[SOURCE],
			     rows[i].field[FOLDER]) > 0;
	if (f && fclose(f))
		ok = false;
	return ok ? 0 : osci_fail(err, errno ? -errno : -EIO, NULL, path, "cannot be written");
}

/* A run before may have left its own: a folder of runs is used again. */
static int folder(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -1 : 0;
}

static int leads_to(const char *link, const char *target)
{
	return (unlink(link) && errno != ENOENT) || symlink(target, link) ? -1 : 0;
}

/* What a calendar must have beside; the world of a case writes rules of its own. */
static int add_rest(const char *to, const char *versions, struct osci_err *err)
{
	_cleanup_(osci_freep) char *algorithms = NULL, *link = NULL, *rules = NULL;
	FILE *f;
	bool ok;

	if (asprintf(&algorithms, "%s/algorithms.csv", versions) < 0 || asprintf(&link, "%s/algorithms.csv", to) < 0 ||
	    asprintf(&rules, "%s/transitions.csv", to) < 0)
		return -ENOMEM;
	f = fopen(rules, "we");
	ok = f && fputs("*;00:00;0d;confirmed;release of the run\n", f) >= 0;
	if (f && fclose(f))
		ok = false;
	return ok && !leads_to(link, algorithms) ? 0 :
		osci_fail(err, errno ? -errno : -EIO, NULL, to, "the calendar of the run cannot be written");
}

static int make_folders(const struct cf_site *s, const char *data, const char *versions, struct osci_err *err)
{
	_cleanup_(osci_freep) char *link = NULL;

	if (asprintf(&link, "%s/xausl-schemas", data) < 0)
		return -ENOMEM;
	if (folder(data) || folder(versions) || leads_to(link, s->schemas))
		return osci_fail(err, -errno, NULL, data, "folder cannot be made: %s", strerrordesc_np(errno));
	return 0;
}

int cf_told_make(const struct cf_site *s, const char *data, const char *release, int64_t from_ms, struct osci_err *err)
{
	_cleanup_(osci_freep) char *from = NULL, *versions = NULL, *table = NULL;
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(TABLE_MAX + 1);
	struct row rows[ROWS_MAX];
	char day[DAY_SIZE];
	size_t n;
	int r;

	if (asprintf(&from, "%s/releases.csv", s->versions) < 0 || asprintf(&versions, "%s/versions", data) < 0 ||
	    asprintf(&table, "%s/releases.csv", versions) < 0)
		return -ENOMEM;
	r = osci_file_read(from, TABLE_MAX, false, &text, err);
	osci_buf_addc(&text, '\0');
	if (r || osci_buf_error(&text))
		return r ? r : osci_buf_error(&text);
	n = take_rows(rows, (char *)text.data, release);
	if (!n)
		return osci_fail(err, OSCI_E_CONFIG, NULL, from, "the calendar has no release %s", release);
	day_of(day, from_ms);
	make_room(rows, n, day);
	r = make_folders(s, data, versions, err);
	r = r ? r : write_table(table, rows, n, err);
	return r ? r : add_rest(versions, s->versions, err);
}
