/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory - checks the file of providers and stores it
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "course/directory.h"
#include "fit.h"
#include "yamljson.h"

#define PROVIDERS_MAX 1000
#define ASSETS_MAX    1000 /* of one provider and kind */
#define TEXT_MAX      200

struct loading {
	struct sim_store *st;
	const struct xausl *x;
	struct yj *y;
	struct osci_err *err;
};

#define FAIL(l, parent, key, ...) yj_fail((l)->y, parent, key, (l)->err, __VA_ARGS__)

static int check_keys(struct loading *l, const json_t *o, const char *const *keys)
{
	if (!json_is_object(o))
		return FAIL(l, o, NULL, "mapping expected");
	for (void *it = json_object_iter((json_t *)o); it; it = json_object_iter_next((json_t *)o, it)) {
		const char *const *k = keys;

		while (*k && strcmp(*k, json_object_iter_key(it)) != 0)
			k++;
		if (!*k)
			return FAIL(l, o, json_object_iter_key(it), "unknown key");
	}
	return 0;
}

/* @field: where it stands in 070015, which an office could not be sent with a text that does not fit; NULL: not in it. */
static int get_text(struct loading *l, const json_t *o, const char *key, const char *field, bool required,
		    const char **ret)
{
	const json_t *v = json_object_get(o, key);
	const char *problem;

	*ret = json_string_value(v);
	if (!v)
		return required ? FAIL(l, o, NULL, "%s is missing", key) : 0;
	if (!*ret || json_string_length(v) == 0 || json_string_length(v) > TEXT_MAX)
		return FAIL(l, o, key, "%s: text of 1 to %d octets expected", key, TEXT_MAX);
	problem = field ? sim_fit(l->x, "070015", field, v) : NULL;
	return problem ? FAIL(l, o, key, "%s: %s", key, problem) : 0;
}

/* Text of the address for the store, malloc()ed. */
static int get_address(struct loading *l, const json_t *o, char **ret)
{
	static const char *const keys[] = {"street", "house_number", "postcode", "town", "country", NULL};
	const json_t *a = json_object_get(o, "address");
	char field[SIM_FIELD_SIZE];
	const char *text;
	int r = a ? check_keys(l, a, keys) : FAIL(l, o, NULL, "address is missing");

	for (size_t i = 0; keys[i] && r == 0; i++) {
		snprintf(field, sizeof(field), "registration.provider.address.%s", keys[i]);
		r = get_text(l, a, keys[i], i == 4 ? NULL : field, i != 1 && i != 4, &text);
	}
	if (r)
		return r;
	*ret = json_dumps(a, JSON_COMPACT);
	return *ret ? 0 : -ENOMEM;
}

static int store_asset(struct loading *l, const json_t *o, const char *kind, const char *party,
		       const char *key, const char *name, const char *address)
{
	int r = db_exec(&l->st->db, l->err,
			"INSERT INTO course_asset (key, kind, party, name, address) VALUES (?,?,?,?,?) ON "
			"CONFLICT (key) DO UPDATE"
			" SET name = excluded.name, address = excluded.address WHERE kind = excluded.kind "
			"AND party = excluded.party",
			"ttttt", key, kind, party, name, address);

	if (r == 0 && db_changes(&l->st->db) != 1)
		return FAIL(l, o, "key", "key: in use by another provider or for another purpose");
	return r;
}

/* Sites (with an address of their own or the provider's) and teachers. */
static int load_assets(struct loading *l, const json_t *p, const char *list_key, const char *kind,
		       const char *party, const char *address)
{
	static const char *const site_keys[] = {"key", "name", "address", NULL}, *const teacher_keys[] = {
										     "key", "name", NULL};
	const json_t *list = json_object_get(p, list_key), *v;
	bool site = strcmp(kind, "site") == 0;
	size_t i;

	if (list && (!json_is_array(list) || json_array_size(list) > ASSETS_MAX))
		return FAIL(l, p, list_key, "%s: list of at most %d expected", list_key, ASSETS_MAX);
	json_array_foreach(list, i, v)
	{
		_cleanup_(osci_freep) char *own = NULL;
		const char *key, *name;
		int r = check_keys(l, v, site ? site_keys : teacher_keys);

		r = r ? r : get_text(l, v, "key", site ? "sections[].site.key" : NULL, true, &key);
		r = r ? r : get_text(l, v, "name", NULL, !site, &name);
		if (r == 0 && json_object_get(v, "address"))
			r = get_address(l, v, &own);
		r = r ? r : store_asset(l, v, kind, party, key, name ? name : "", own ? own : address);
		if (r)
			return r;
	}
	return 0;
}

static int load_provider(struct loading *l, const json_t *p)
{
	static const char *const keys[] = {"key", "kind", "name", "address", "sites", "teachers", NULL};
	_cleanup_(osci_freep) char *address = NULL;
	const char *key, *kind, *name;
	int r = check_keys(l, p, keys);

	r = r ? r : get_text(l, p, "key", "registration.provider.key", true, &key);
	r = r ? r : get_text(l, p, "name", "registration.provider.name", true, &name);
	r = r ? r : get_text(l, p, "kind", NULL, false, &kind);
	r = r ? r : get_address(l, p, &address);
	if (r)
		return r;
	if (kind && strcmp(kind, "school") != 0 && strcmp(kind, "institute") != 0)
		return FAIL(l, p, "kind", "kind: school or institute expected");
	r = db_exec(
	    &l->st->db, l->err,
	    "INSERT INTO course_party (key, kind, name, address) VALUES (?,?,?,?) ON CONFLICT (key) DO UPDATE"
	    " SET kind = excluded.kind, name = excluded.name, address = excluded.address",
	    "tttt", key, kind ? kind : "school", name, address);
	r = r ? r : load_assets(l, p, "sites", "site", key, address);
	return r ? r : load_assets(l, p, "teachers", "teacher", key, address);
}

static int load_all(struct loading *l)
{
	static const char *const keys[] = {"providers", NULL};
	const json_t *root = yj_root(l->y), *list = json_object_get(root, "providers"), *v;
	size_t i;
	int r = check_keys(l, root, keys);

	if (r)
		return r;
	if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > PROVIDERS_MAX)
		return FAIL(l, root, list ? "providers" : NULL, "providers: list of 1 to %d expected",
			    PROVIDERS_MAX);
	json_array_foreach(list, i, v) if ((r = load_provider(l, v))) return r;
	return 0;
}

int course_directory_load(struct sim_store *st, const struct xausl *x, const char *path, struct osci_err *err)
{
	static const char *const no_integers[] = {NULL};
	struct loading l = {.st = st, .x = x, .err = err};
	int r = yj_read(&l.y, path, no_integers, err);

	if (r)
		return r;
	r = db_begin(&st->db, err);
	r = r ? r : load_all(&l);
	r = r ? r : db_commit(&st->db, err);
	if (r)
		db_rollback(&st->db);
	yj_freep(&l.y);
	return r;
}
