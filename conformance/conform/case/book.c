/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book - files become cases; problems are collected and put in order
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "case/load.h"

#define TEXT_MAX 1000 /* octets of the text of a problem */

static const struct osci_yaml_limits limits = {CF_FILE_MAX, CF_NODES_MAX, CF_DEPTH_MAX};

/* --- memory --------------------------------------------------------------------------------------------- */

bool cf_failed(struct cf_load *l) { return l->error || l->mem->error; }

json_t *cf_keep(struct cf_load *l, json_t *j)
{
	if (j && json_array_append_new(l->keep, j) == 0)
		return j;
	if (!l->error)
		l->error = -ENOMEM;
	return NULL;
}

void cf_book_freep(struct cf_book **pb)
{
	struct cf_book *b = *pb;

	if (!b)
		return;
	struct cf_store *s = b->priv;
	if (s) {
		json_decref(s->keep);
		osci_pool_free(&s->mem);
		free(s);
	}
	free(b);
	*pb = NULL;
}

/* --- problems --------------------------------------------------------------------------------------------
 */

struct cf_place cf_place_of(const struct cf_load *l, cf_node *n)
{
	return (struct cf_place){l->file, n->line, n->column};
}

struct cf_place cf_place_of_key(const struct cf_load *l, cf_node *n)
{
	return n->key ? (struct cf_place){l->file, n->key_line, n->key_column} : cf_place_of(l, n);
}

static void __attribute__((format(printf, 3, 0)))
vproblem(struct cf_load *l, const struct cf_place *at, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* Names of the file are quoted: no control characters, no half of a character at the cut. */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	for (size_t len = strlen(text); len && !osci_utf8_ok(text, len);)
		text[--len] = '\0';
	if (l->n_found == CF_PROBLEMS_MAX) {
		l->n_dropped++;
		return;
	}
	const char *key = osci_pool_text(l->mem, "%zu:%u:%u:%s", l->file_no, at->line, at->column, text);
	if (!key || json_object_get(l->seen, key)) {
		l->n_again++;
		return;
	}
	struct cf_found *f = osci_pool_new(l->mem, struct cf_found);
	if (!f || json_object_set_new(l->seen, key, json_true())) {
		cf_keep(l, NULL);
		return;
	}
	f->p = (struct cf_problem){*at, l->case_id, osci_pool_dup(l->mem, text, strlen(text))};
	f->file = l->file_no;
	f->order = l->n_found++;
	*l->found_end = f;
	l->found_end = &f->next;
}

void cf_problem_at(struct cf_load *l, const struct cf_place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vproblem(l, at, fmt, ap);
	va_end(ap);
}

void cf_problem(struct cf_load *l, cf_node *at, const char *fmt, ...)
{
	const struct cf_place place = cf_place_of(l, at);
	va_list ap;

	va_start(ap, fmt);
	vproblem(l, &place, fmt, ap);
	va_end(ap);
}

static void yaml_problem(void *arg, unsigned line, unsigned column, const char *text)
{
	struct cf_load *l = arg;
	const struct cf_place at = {l->file, line, column};

	cf_problem_at(l, &at, "%s", text);
}

static int by_place(const void *a, const void *b)
{
	const struct cf_found *x = *(struct cf_found *const *)a, *y = *(struct cf_found *const *)b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->p.place.line != y->p.place.line)
		return x->p.place.line < y->p.place.line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void hand_over_problems(struct cf_load *l)
{
	struct cf_found **sorted = cf_new(l, l->n_found, struct cf_found *);
	struct cf_problem *list = cf_new(l, l->n_found, struct cf_problem);
	size_t n = 0;

	if (!sorted || !list)
		return;
	for (struct cf_found *f = l->found; f; f = f->next)
		sorted[n++] = f;
	qsort(sorted, n, sizeof(struct cf_found *), by_place);
	for (size_t i = 0; i < n; i++)
		list[i] = sorted[i]->p;
	l->book->problems = list;
	l->book->n_problems = n;
	l->book->n_dropped = l->n_dropped;
}

void cf_book_print_problems(const struct cf_book *b, FILE *out)
{
	for (size_t i = 0; i < b->n_problems; i++) {
		const struct cf_problem *p = &b->problems[i];

		fprintf(out, "%s:%u:%u: %s%s%s%s\n", p->place.file, p->place.line, p->place.column,
			p->case_id ? "case " : "", p->case_id ? p->case_id : "", p->case_id ? ": " : "",
			p->text);
	}
	if (b->n_dropped)
		fprintf(out, "%zu more problems are not shown\n", b->n_dropped);
}

/* --- files -------------------------------------------------------------------------------------------------
 */

static void read_root(struct cf_load *l, cf_node *n, struct cf_file *f)
{
	enum { FORMAT, CASES };
	static const struct cf_key keys[] = {{"format", true}, {"cases", true}};
	cf_node *v[2];

	if (!CF_KEYS(l, n, "a case file", keys, v))
		return;
	if (v[FORMAT] &&
	    (v[FORMAT]->kind != OSCI_YAML_SCALAR || !v[FORMAT]->plain || strcmp(v[FORMAT]->text, "2") != 0))
		cf_problem(l, v[FORMAT], "format: 2 is expected; files of other formats are not understood");
	if (!v[CASES])
		return;
	if (v[CASES]->kind == OSCI_YAML_LIST && v[CASES]->n > CF_RUNS_MAX) {
		cf_problem(l, v[CASES], "cases: more than %u", CF_RUNS_MAX);
		return;
	}
	if (v[CASES]->kind != OSCI_YAML_LIST) {
		cf_is_list(l, v[CASES], "cases");
		return;
	}
	f->n_cases = v[CASES]->n;
	l->book->n_written += f->n_cases;
	for (cf_node *e = v[CASES]->first; e && !cf_failed(l); e = e->next)
		cf_read_case(l, e);
}

static int sha256(const void *data, size_t len, char ret[65])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(data, len, sum, &n, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	osci_hex(ret, sum, n);
	return 0;
}

static void read_text(struct cf_load *l, struct cf_file *f, const char *text, size_t len)
{
	_cleanup_(osci_yaml_freep) struct osci_yaml *y = NULL;

	f->path = l->file;
	int e = sha256(text, len, f->sha256);
	if (e == 0)
		e = osci_yaml_parse(&y, text, len, &limits, yaml_problem, l);
	if (e < 0)
		l->error = e;
	if (y && !cf_failed(l))
		read_root(l, osci_yaml_root(y), f);
}

/* --- start and end
 * --------------------------------------------------------------------------------------------- */

static int begin(struct cf_load *l, size_t n_files, const struct cf_load_opts *opts, struct osci_err *err)
{
	struct cf_store *s = calloc(1, sizeof(*s));

	l->book = calloc(1, sizeof(*l->book));
	if (!s || !l->book) {
		free(s);
		return -ENOMEM;
	}
	l->book->priv = s;
	s->mem.max = CF_MEMORY_MAX;
	l->mem = &s->mem;
	l->keep = s->keep = json_array();
	l->seen = json_object();
	l->ids = json_object();
	l->kennziffern = json_object();
	l->azr_numbers = json_object();
	l->people = json_object();
	l->found_end = &l->found;
	l->labels = cf_new(l, CF_LABELS_MAX, struct cf_label);
	l->book->files = cf_new(l, n_files, struct cf_file);
	l->book->n_files = n_files;
	if (!l->keep || !l->seen || !l->ids || !l->kennziffern || !l->azr_numbers || !l->people ||
	    cf_failed(l))
		return -ENOMEM;
	l->opts = opts;
	l->x = opts->x;
	l->release = xausl_release_find(opts->x, "26.11");
	if (!l->release || !xausl_release_has_module(l->release))
		return osci_fail(err, OSCI_E_USAGE, NULL, "26.11",
				 "there is no module of the release cases are written for");
	return 0;
}

static int finish(struct cf_load *l, int e, struct cf_book **ret)
{
	struct cf_case *cases = NULL;

	if (e == 0 && !cf_failed(l)) {
		cases = cf_new(l, l->n_cases, struct cf_case);
		if (cases && l->n_cases)
			memcpy(cases, l->cases, l->n_cases * sizeof(*cases));
		l->book->cases = cases;
		l->book->n_cases = l->n_cases;
		hand_over_problems(l);
	}
	if (e == 0)
		e = l->error ? l->error : l->mem ? l->mem->error : -ENOMEM;
	free(l->cases);
	json_decref(l->seen);
	json_decref(l->ids);
	json_decref(l->kennziffern);
	json_decref(l->azr_numbers);
	json_decref(l->people);
	if (e) {
		cf_book_freep(&l->book);
		return e;
	}
	*ret = l->book;
	return l->book->n_problems || l->book->n_dropped ? OSCI_E_CONFIG : 0;
}

int cf_book_load_text(struct cf_book **ret, const char *name, const char *text, size_t len,
		      const struct cf_load_opts *opts, struct osci_err *err)
{
	struct cf_load l = {0};
	int e = begin(&l, 1, opts, err);

	*ret = NULL;
	if (e == 0) {
		l.file = osci_pool_dup(l.mem, name, strlen(name));
		if (l.file)
			read_text(&l, (struct cf_file *)l.book->files, text, len);
	}
	return finish(&l, e, ret);
}

int cf_book_load(struct cf_book **ret, const char *const *paths, size_t n, const struct cf_load_opts *opts,
		 struct osci_err *err)
{
	struct cf_load l = {0};
	int e;

	*ret = NULL;
	if (n > CF_FILES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "more than %u case files", CF_FILES_MAX);
	e = begin(&l, n, opts, err);
	for (size_t i = 0; e == 0 && i < n && !cf_failed(&l); i++) {
		struct osci_buf text = OSCI_BUF_INIT(CF_FILE_MAX + 1);

		l.file_no = i;
		l.file = osci_pool_dup(l.mem, paths[i], strlen(paths[i]));
		if (!l.file)
			break;
		e = osci_file_read(paths[i], CF_FILE_MAX, false, &text, err);
		if (e == 0)
			read_text(&l, (struct cf_file *)&l.book->files[i], (const char *)text.data, text.len);
		osci_buf_free(&text);
	}
	return finish(&l, e, ret);
}
