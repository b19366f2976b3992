/* SPDX-License-Identifier: Apache-2.0 */
/*
 * others - see the header
 *
 * A vendor sets up once for all cases.  So ports are chosen once, and keys belong to an office in the order in which the files
 * name the offices of all cases that can be carried out: the same for every choice of cases of the same files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "others.h"

static void prompt(void *arg, const char *text)
{
	fprintf(arg, "%s\n", text);
	fflush(arg);
}

static int ports(struct cf_drive *d, struct osci_err *err)
{
	struct osci_err why = { 0 };

	if (cf_port_free(&d->intermediary_port, &why))
		return osci_fail(err, OSCI_E_STATE, NULL, "--intermediary-port", "%s", why.what);
	if (d->what == CF_FOREIGN_OFFICE && cf_port_free(&d->bus_port, &why))
		return osci_fail(err, OSCI_E_STATE, NULL, "--bus-port", "%s", why.what);
	return 0;
}

static int add_offices(struct cf_others *t, const struct cf_case *c, struct osci_err *err)
{
	for (size_t k = 0; k < c->n_offices; k++) {
		size_t at = 0;

		while (at < t->drive.n_offices && strcmp(t->offices[at], c->offices[k].key) != 0)
			at++;
		if (at < t->drive.n_offices)
			continue;
		if (at == CF_OFFICES_MAX)
			return osci_fail(err, OSCI_E_LIMIT, NULL, "--drive",
					 "the files name more than %d offices; give fewer of them at once", CF_OFFICES_MAX);
		t->offices[at] = c->offices[k].key;
		t->names[at] = c->offices[k].name;
		t->drive.n_offices++;
	}
	return 0;
}

static int collect(struct cf_others *t, const struct cf_book *book, struct osci_err *err)
{
	char why[256];
	int r = 0;

	for (size_t i = 0; i < book->n_cases && !r; i++)
		if (!book->cases[i].not_runnable && !cf_drive_skips(&t->drive, &book->cases[i], why))
			r = add_offices(t, &book->cases[i], err);
	if (!r && !t->drive.n_offices)
		r = osci_fail(err, OSCI_E_CONFIG, NULL, "--drive", "no case of these files can be carried out in this mode");
	t->drive.offices = t->offices;
	return r;
}

static int write_access(const struct cf_others *t, const char *path, struct cf_site *site, struct osci_err *err)
{
	struct cf_office_spec offices[CF_OFFICES_MAX] = { 0 };
	const struct cf_world_spec spec = { .foreign = t->drive.what,
					    .offices = offices,
					    .n_offices = t->drive.n_offices,
					    .bus_port = t->drive.bus_port,
					    .intermediary_port = t->drive.intermediary_port };
	json_t *access = NULL;
	int r;

	for (size_t i = 0; i < t->drive.n_offices; i++)
		offices[i] = (struct cf_office_spec){ .label = "", .key = t->offices[i], .name = t->names[i] };
	r = cf_site_access(&access, site, &spec, err);
	if (!r && path && json_dump_file(access, path, JSON_INDENT(2)) < 0)
		r = osci_fail(err, -EIO, NULL, path, "--access: the file cannot be written");
	json_decref(access);
	return r;
}

int cf_others_set_up(struct cf_others *t, const struct cf_options *o, const struct cf_book *book, struct cf_site *site,
		     struct osci_err *err)
{
	bool office = o->drive == CF_FOREIGN_OFFICE;
	int r;

	if (!o->drive)
		return 0;
	if (o->drive == CF_FOREIGN_STACK)
		return cf_connected_set_up(t, o, err);
	t->drive = (struct cf_drive){ .what = o->drive,
				      .driver = o->driver,
				      .bus_port = o->bus_port,
				      .intermediary_port = o->intermediary_port,
				      .patience_ms = (int)(o->patience * 1000),
				      .prompt = prompt,
				      .arg = stdout };
	r = ports(&t->drive, err);
	if (!r)
		r = collect(t, book, err);
	if (!r)
		r = write_access(t, o->access, site, err);
	if (r)
		return r;
	printf("While a case runs, the %s reaches our %s at ", office ? "office software" : "vendor's gateway",
	       office ? "gateway" : "intermediary");
	if (office)
		printf("tcp://127.0.0.1:%u; ", t->drive.bus_port);
	else
		printf("http://127.0.0.1:%u/osci; ", t->drive.intermediary_port);
	if (o->access)
		printf("keys and certificates: see %s\n", o->access);
	else
		printf("--access FILE tells the rest\n");
	fflush(stdout);
	return 0;
}

const char *cf_others_mode(const struct cf_options *o)
{
	static const char *const modes[] = { [CF_FOREIGN_NONE] = "own stack",
					     [CF_FOREIGN_OFFICE] = "vendor's office software",
					     [CF_FOREIGN_GATEWAY] = "vendor's gateway",
					     [CF_FOREIGN_STACK] = "a gateway that runs already" };

	return modes[o->drive];
}

/* Who did what, and by what it was seen. */
int cf_others_head(const struct cf_options *o, struct cf_result *r)
{
	const char *driver = o->driver ? strrchr(o->driver, '/') + 1 : NULL;
	const char *seen = o->drive == CF_FOREIGN_STACK ? "as the gateway delivers them to the offices"
			   : o->drive == CF_FOREIGN_GATEWAY
				   ? "as taken from the mailboxes; what the gateway does with them is not seen"
			   : driver ? "as acknowledged in the gateway's journal, and as the driver reports them"
				    : "as acknowledged in the gateway's journal; what the software shows is not seen";
	char text[32];

	if (!o->drive)
		return 0;
	snprintf(text, sizeof(text), "%u s", o->patience);
	if (o->drive == CF_FOREIGN_STACK)
		return cf_result_add_setting(r, "partner", o->prepared ? "others', with what the cases prepare" : "others'") |
		       cf_result_add_setting(r, "patience", text) | cf_result_add_setting(r, "answers seen", seen);
	return cf_result_add_setting(r, "requests entered by", driver ? driver : "a person, as told by the runner") |
	       cf_result_add_setting(r, "patience", text) |
	       cf_result_add_setting(r, "requests compared", "as they lie at the intermediary, opened with the BAMF's key") |
	       cf_result_add_setting(r, "answers seen", seen);
}
