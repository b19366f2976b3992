/* SPDX-License-Identifier: Apache-2.0 */
/* ordered - see the header; recursion ends at CF_ORDERED_DEPTH_MAX */
#include <stdio.h>
#include <string.h>

#include <osci/err.h>

#include "case/case.h"
#include "run/ordered.h"

/* Of the message, not of the request: the software fills them in, and other checks look at them. */
static const char *const frame[] = { "message", "uuid", "created", "release", "author", "reader", "trigger" };
static const char *const own[] = { "contact", "file_reference" };

struct walk {
	char name[CF_ORDERED_NAME_MAX];
	size_t len;
	int (*leaf)(void *arg, const char *name, const json_t *value);
	void *arg;
};

static int step(struct walk *w, const json_t *value, unsigned depth);

/* One further down: @n characters were added to the name of @len. */
static int below(struct walk *w, size_t len, int n, const json_t *down, unsigned depth)
{
	if (n < 0 || len + (size_t)n >= sizeof(w->name))
		return OSCI_E_LIMIT;
	w->len = len + (size_t)n;
	return step(w, down, depth + 1);
}

static int step(struct walk *w, const json_t *value, unsigned depth)
{
	size_t len = w->len, i;
	const char *key;
	json_t *down;
	int r = 0;

	if (depth >= CF_ORDERED_DEPTH_MAX)
		return OSCI_E_LIMIT;
	if (!json_is_object(value) && !json_is_array(value))
		return w->leaf(w->arg, w->name, value);
	json_object_foreach ((json_t *)value, key, down) {
		r = below(w, len, snprintf(w->name + len, sizeof(w->name) - len, "%s%s", len ? "." : "", key), down, depth);
		if (r)
			return r;
	}
	json_array_foreach ((json_t *)value, i, down) {
		r = below(w, len, snprintf(w->name + len, sizeof(w->name) - len, "[%zu]", i + 1), down, depth);
		if (r)
			return r;
	}
	w->len = len;
	w->name[len] = '\0';
	return 0;
}

int cf_leaves(const json_t *value, int (*leaf)(void *arg, const char *name, const json_t *value), void *arg)
{
	struct walk w = { .leaf = leaf, .arg = arg };

	return step(&w, value, 0);
}

struct comparison {
	const json_t *ordered, *seen;
	cf_difference_fn *tell;
	void *arg;
};

static int in_order(void *arg, const char *name, const json_t *value)
{
	struct comparison *c = arg;
	const json_t *seen = cf_path_get(c->seen, name);

	if (!strcmp(name, "message") || (seen && json_equal(value, seen)))
		return 0;
	return c->tell(c->arg, name, value, seen);
}

static bool begins(const char *name, const char *with)
{
	size_t n = strlen(with);

	return !strncmp(name, with, n) && (!name[n] || name[n] == '.' || name[n] == '[');
}

/* "type_name" beside "type" is the text of the code, which the reader adds. */
static bool is_text_of_code(const json_t *seen, const char *name)
{
	static const char ending[] = "_name";
	size_t len = strlen(name), n = sizeof(ending) - 1;
	char code[CF_ORDERED_NAME_MAX];

	if (len <= n || strcmp(name + len - n, ending) != 0)
		return false;
	snprintf(code, sizeof(code), "%.*s", (int)(len - n), name);
	return cf_path_get(seen, code) != NULL;
}

static int not_ordered(void *arg, const char *name, const json_t *value)
{
	struct comparison *c = arg;

	if (cf_path_get(c->ordered, name) || is_text_of_code(c->seen, name))
		return 0;
	for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++)
		if (begins(name, frame[i]))
			return 0;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (begins(name, own[i]) && !json_object_get(c->ordered, own[i]))
			return 0;
	return c->tell(c->arg, name, NULL, value);
}

int cf_ordered(const json_t *ordered, const json_t *seen, cf_difference_fn *tell, void *arg)
{
	struct comparison c = { ordered, seen, tell, arg };
	int r = cf_leaves(ordered, in_order, &c);

	return r ? r : cf_leaves(seen, not_ordered, &c);
}
