/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare - two models side by side: each difference once, with all messages it concerns
 *
 * What is new or gone is named at its top: not what is inside it, nor the parts of a message that is new or gone as a
 * whole.  An element that left one place and stands with everything it holds at one other place of the message has moved.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/model.h"

struct found {
	struct xausl_difference d;
	const char *message;
	const char *all; /* the messages of d, in one text: what differences are grouped by */
	bool dropped;
};

struct comparing {
	struct diff_model a, b;
	struct found *found;
	size_t n, cap;
	struct xausl_difference *list; /* the outcome */
	const char **numbers;          /* messages of the outcome */
	struct xausl_diff pub;
};

static struct found *note(struct comparing *c, const struct diff_row *row, enum xausl_diff_change change, const char *property,
			  const char *from, const char *to)
{
	struct found *f;

	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 256;

		f = reallocarray(c->found, cap, sizeof(*f));
		if (!f) {
			diff_fail(&c->b, -ENOMEM, NULL);
			return NULL;
		}
		c->found = f;
		c->cap = cap;
	}
	f = &c->found[c->n++];
	*f = (struct found){ .message = row->kind == XAUSL_DIFF_MESSAGE ? "" : row->message, .all = "" };
	f->d = (struct xausl_difference){ .kind = row->kind, .change = change, .owner = row->owner, .place = row->place,
					  .property = property, .from = from, .to = to };
	return f;
}

/* --- new and gone ------------------------------------------------------------ */

static bool there(const struct diff_model *m, enum xausl_diff_kind kind, const char *message, const char *place)
{
	const struct diff_row like = { kind, message, "", place, "", "" };

	return diff_find(m, &like) != NULL;
}

/* Is what holds the thing missing from the other release, too?  Then that is the difference. */
static bool within_other_difference(struct comparing *c, const struct diff_row *row, const struct diff_model *own,
				    const struct diff_model *other)
{
	const char *cut = NULL, *outer;

	if (row->kind == XAUSL_DIFF_CODE)
		return !there(other, XAUSL_DIFF_LIST, "", row->owner);
	if (row->kind != XAUSL_DIFF_ELEMENT && row->kind != XAUSL_DIFF_FIELD)
		return false;
	if (!there(other, XAUSL_DIFF_MESSAGE, row->message, row->message))
		return true;
	if (row->kind == XAUSL_DIFF_ELEMENT) {
		cut = strrchr(row->place, '/');
		return cut && !there(other, row->kind, row->message, diff_keep(&c->b, row->place, (size_t)(cut - row->place)));
	}
	for (const char *p = row->place; (p = strstr(p, "[].")); p += 3) {
		outer = diff_keep(&c->b, row->place, (size_t)(p + 2 - row->place));
		if (there(own, row->kind, row->message, outer) && !there(other, row->kind, row->message, outer))
			return true;
	}
	return false;
}

/* --- properties ----------------------------------------------------------------- */

static size_t member_len(const char *s)
{
	return strcspn(s, "\n");
}

static void compare_sets(struct comparing *c, const struct diff_row *row, const char *from, const char *to)
{
	while ((*from || *to) && !c->b.error) {
		size_t n = member_len(from), k = member_len(to), less = n < k ? n : k;
		int d = !*from ? 1 : !*to ? -1 : memcmp(from, to, less);

		d = d ? d : (n > k) - (n < k);
		if (d < 0)
			note(c, row, XAUSL_DIFF_CHANGED, row->property, diff_keep(&c->b, from, n), "");
		if (d > 0)
			note(c, row, XAUSL_DIFF_CHANGED, row->property, "", diff_keep(&c->b, to, k));
		if (d <= 0)
			from += n + (from[n] != '\0');
		if (d >= 0)
			to += k + (to[k] != '\0');
	}
}

struct common {
	struct comparing *c;
	const struct diff_row *row;
};

static bool in_both(void *ud, const char *name, size_t len)
{
	const struct common *common = ud;
	const struct diff_row *row = common->row;
	_cleanup_buf_ struct osci_buf place = OSCI_BUF_INIT(1u << 16);
	const char *s;

	osci_buf_addf(&place, "%s%s%.*s", row->place, row->place[0] ? "/" : "", (int)len, name);
	s = place.data ? (const char *)place.data : "";
	return there(&common->c->a, row->kind, row->message, s) && there(&common->c->b, row->kind, row->message, s);
}

/* Same groups around other names? */
static bool same_shape(const char *a, const char *b)
{
	static const char names_end[] = "(){},|& ";

	for (;;) {
		a += strcspn(a, names_end);
		b += strcspn(b, names_end);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static void compare_content(struct comparing *c, const struct diff_row *row, const char *from, const char *to)
{
	_cleanup_buf_ struct osci_buf x = OSCI_BUF_INIT(1u << 20), y = OSCI_BUF_INIT(1u << 20);
	struct common common = { c, row };
	const char *p, *q;

	diff_content_reduce(&x, from, in_both, &common);
	diff_content_reduce(&y, to, in_both, &common);
	if (osci_buf_error(&x) || osci_buf_error(&y)) {
		diff_fail(&c->b, osci_buf_error(&x) ? osci_buf_error(&x) : osci_buf_error(&y), NULL);
		return;
	}
	p = diff_keep(&c->b, x.data ? (const char *)x.data : "", x.len);
	q = diff_keep(&c->b, y.data ? (const char *)y.data : "", y.len);
	if (*p && *q && strcmp(p, q) != 0)
		note(c, row, same_shape(p, q) ? XAUSL_DIFF_MOVED : XAUSL_DIFF_CHANGED, "order", p, q);
}

static void compare_property(struct comparing *c, const struct diff_row *row, const char *from, const char *to)
{
	if (!row->property[0] || (from && to && !strcmp(from, to)))
		return;
	if (!strcmp(row->property, "content"))
		compare_content(c, row, from ? from : "", to ? to : "");
	else if (from && to && diff_is_set(row->property))
		compare_sets(c, row, from, to);
	else
		note(c, row, XAUSL_DIFF_CHANGED, row->property, from ? from : "", to ? to : "");
}

/* Rows [i, ie) and [k, ke) are about the same thing. */
static void compare_things(struct comparing *c, size_t i, size_t ie, size_t k, size_t ke)
{
	while (i < ie || k < ke) {
		const struct diff_row *x = i < ie ? &c->a.rows[i] : NULL, *y = k < ke ? &c->b.rows[k] : NULL;
		int d = !x ? 1 : !y ? -1 : strcmp(x->property, y->property);

		compare_property(c, d <= 0 ? x : y, d <= 0 ? x->value : NULL, d >= 0 ? y->value : NULL);
		i += d <= 0;
		k += d >= 0;
	}
}

static size_t thing_end(const struct diff_model *m, size_t i)
{
	size_t e = i;

	while (e < m->n && !diff_thing_compare(&m->rows[i], &m->rows[e]))
		e++;
	return e;
}

static void compare_models(struct comparing *c)
{
	for (size_t i = 0, k = 0, ie, ke; (i < c->a.n || k < c->b.n) && !c->b.error; i = ie, k = ke) {
		const struct diff_row *x = i < c->a.n ? &c->a.rows[i] : NULL, *y = k < c->b.n ? &c->b.rows[k] : NULL;
		int d = !x ? 1 : !y ? -1 : diff_thing_compare(x, y);

		ie = d <= 0 ? thing_end(&c->a, i) : i;
		ke = d >= 0 ? thing_end(&c->b, k) : k;
		if (!d)
			compare_things(c, i, ie, k, ke);
		else if (d < 0 && !within_other_difference(c, x, &c->a, &c->b))
			note(c, x, XAUSL_DIFF_GONE, "", x->value, "");
		else if (d > 0 && !within_other_difference(c, y, &c->b, &c->a))
			note(c, y, XAUSL_DIFF_NEW, "", "", y->value);
	}
}

/* --- moved ------------------------------------------------------------------------- */

/* FNV-1a over everything below the place, the place itself left out. */
static uint64_t signature(const struct diff_model *m, const struct found *f)
{
	const struct diff_row like = { f->d.kind, f->message, "", f->d.place, "", "" }, *row = diff_find(m, &like);
	size_t len = strlen(f->d.place);
	uint64_t h = 14695981039346656037u;

	for (; row && row < m->rows + m->n && row->kind == f->d.kind && !strcmp(row->message, f->message) &&
	       !strncmp(row->place, f->d.place, len);
	     row++) {
		const char *texts[] = { row->place + len, row->property, row->value };

		if (row->place[len] && row->place[len] != '/')
			continue;
		for (size_t i = 0; i < 3; i++)
			for (const char *s = texts[i];; s++) {
				h = (h ^ (unsigned char)*s) * 1099511628211u;
				if (!*s)
					break;
			}
	}
	return h;
}

static const char *last_name(const char *place)
{
	const char *cut = strrchr(place, '/');

	return cut ? cut + 1 : place;
}

/* The one new element of the message that is what the gone one was; NULL if there is none, or several. */
static struct found *moved_to(struct comparing *c, const struct found *gone)
{
	uint64_t h = signature(&c->a, gone);
	struct found *f = (struct found *)gone, *only = NULL;

	/* Found in the order of messages: those of one message lie side by side. */
	while (f > c->found && f[-1].d.kind == gone->d.kind && !strcmp(f[-1].message, gone->message))
		f--;
	for (; f < c->found + c->n && f->d.kind == gone->d.kind && !strcmp(f->message, gone->message); f++) {
		if (f->d.change != XAUSL_DIFF_NEW || strcmp(last_name(f->d.place), last_name(gone->d.place)) != 0 ||
		    signature(&c->b, f) != h)
			continue;
		if (only)
			return NULL;
		only = f;
	}
	return only;
}

static void find_moved(struct comparing *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct found *gone = &c->found[i], *only;

		if (gone->d.kind != XAUSL_DIFF_ELEMENT || gone->d.change != XAUSL_DIFF_GONE)
			continue;
		only = moved_to(c, gone);
		if (!only)
			continue;
		only->d.change = XAUSL_DIFF_MOVED;
		only->d.from = gone->d.place;
		only->d.to = only->d.place;
		gone->dropped = true;
	}
}

/* --- one difference of several messages ------------------------------------------------- */

static int by_difference(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int d = (x->dropped > y->dropped) - (x->dropped < y->dropped);

	d = d ? d : (x->d.kind > y->d.kind) - (x->d.kind < y->d.kind);
	d = d ? d : strcmp(x->d.owner, y->d.owner);
	d = d ? d : strcmp(x->d.place, y->d.place);
	d = d ? d : strcmp(x->d.property, y->d.property);
	d = d ? d : (x->d.change > y->d.change) - (x->d.change < y->d.change);
	d = d ? d : strcmp(x->d.from, y->d.from);
	d = d ? d : strcmp(x->d.to, y->d.to);
	return d ? d : strcmp(x->message, y->message);
}

static bool same_difference(const struct found *a, const struct found *b)
{
	return a->d.kind == b->d.kind && a->d.change == b->d.change && !strcmp(a->d.owner, b->d.owner) &&
	       !strcmp(a->d.place, b->d.place) && !strcmp(a->d.property, b->d.property) && !strcmp(a->d.from, b->d.from) &&
	       !strcmp(a->d.to, b->d.to) && a->dropped == b->dropped;
}

/* Parts of messages by the messages, lists with their codes; the rest by kind. */
static int section(const struct xausl_difference *d)
{
	return d->kind == XAUSL_DIFF_FIELD ? XAUSL_DIFF_ELEMENT : d->kind == XAUSL_DIFF_CODE ? XAUSL_DIFF_LIST : (int)d->kind;
}

static int by_section(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int d = section(&x->d) - section(&y->d);

	d = d ? d : strcmp(x->all, y->all);
	if (!d && section(&x->d) == XAUSL_DIFF_LIST)
		d = strcmp(x->d.owner[0] ? x->d.owner : x->d.place, y->d.owner[0] ? y->d.owner : y->d.place);
	return d ? d : by_difference(a, b);
}

static int finish(struct comparing *c)
{
	size_t used = 0, n = 0;

	if (c->n)
		qsort(c->found, c->n, sizeof(*c->found), by_difference);
	c->numbers = calloc(c->n + 1, sizeof(*c->numbers));
	c->list = calloc(c->n + 1, sizeof(*c->list));
	if (!c->numbers || !c->list)
		return -ENOMEM;
	for (size_t i = 0, e; i < c->n && !c->found[i].dropped; i = e) {
		_cleanup_buf_ struct osci_buf all = OSCI_BUF_INIT(1u << 20);
		struct found f = c->found[i];

		f.d.messages = &c->numbers[used];
		for (e = i; e < c->n && same_difference(&f, &c->found[e]); e++) {
			if (!c->found[e].message[0])
				continue;
			c->numbers[used++] = c->found[e].message;
			osci_buf_addf(&all, "%s ", c->found[e].message);
		}
		f.d.n_messages = (size_t)(&c->numbers[used] - f.d.messages);
		if (osci_buf_error(&all))
			return osci_buf_error(&all);
		f.all = diff_keep(&c->b, all.data ? (const char *)all.data : "", all.len);
		c->found[n++] = f;
	}
	if (n)
		qsort(c->found, n, sizeof(*c->found), by_section);
	for (size_t i = 0; i < n; i++)
		c->list[i] = c->found[i].d;
	c->pub.list = c->list;
	c->pub.n = n;
	return c->b.error;
}

static const struct xausl_release *with_schema(const struct xausl_release *r)
{
	if (xausl_release_has_module(r))
		return r;
	return r->imported ? xausl_package_module(r->imported) : NULL;
}

static void clear(struct comparing *c)
{
	diff_model_clear(&c->a);
	diff_model_clear(&c->b);
	free(c->found);
	free(c->list);
	free(c->numbers);
	free(c);
}

int xausl_diff(struct xausl_diff **ret, const struct xausl_release *from, const struct xausl_release *to, struct osci_err *err)
{
	const struct xausl_release *a = with_schema(from), *b = with_schema(to);
	struct comparing *c;
	bool schema_only;
	int r;

	if (!a || !b)
		return osci_fail(err, OSCI_E_CONFIG, NULL, xausl_release_version(a ? to : from), "no module for this release here");
	c = calloc(1, sizeof(*c));
	if (!c)
		return osci_fail(err, -ENOMEM, NULL, "diff", "out of memory");
	schema_only = a->is_package || b->is_package;
	c->pub = (struct xausl_diff){ .from = xausl_release_version(from), .to = xausl_release_version(to),
				      .schema_only = schema_only, .priv = c };
	r = diff_model_make(&c->a, a, schema_only, err);
	r = r ? r : diff_model_make(&c->b, b, schema_only, err);
	if (!r) {
		compare_models(c);
		find_moved(c);
		r = c->b.error ? c->b.error : finish(c);
		if (r)
			osci_fail(err, r, NULL, "diff", "the differences are too many, or memory is short");
	}
	if (r) {
		clear(c);
		return r;
	}
	*ret = &c->pub;
	return 0;
}

void xausl_diff_freep(struct xausl_diff **d)
{
	if (*d)
		clear((*d)->priv);
	*d = NULL;
}
