/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-casefile - case files of the conformance runner: any octets are a book or problems, and what is a book can be sent */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "case/case.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct xausl *x;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	char schemas[4096], versions[4096];

	(void)argc;
	(void)argv;
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root ? root : ".");
	snprintf(versions, sizeof(versions), "%s/versions", root ? root : ".");
	if (xausl_open(&x, schemas, versions, NULL))
		abort();
	return 0;
}

static const json_t *captured(void *arg, const char *name)
{
	return arg;
}

static void send_all(const struct cf_steps *steps, json_t *value)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct cf_step *s = &steps->list[i];
		json_t *body = NULL;

		if (s->kind == CF_SEND && cf_send_data(&body, &s->send, captured, value, NULL) < 0)
			abort();
		json_decref(body);
		body = NULL;
		if (s->kind == CF_BULK && cf_bulk_data(&body, &s->bulk, s->bulk.requests, captured, value, NULL) < 0)
			abort();
		json_decref(body);
		for (size_t k = 0; s->kind == CF_EXPECT && k < s->expect.n_alternatives; k++)
			send_all(&s->expect.alternatives[k].then, value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cf_load_opts opts = { .x = x };
	struct cf_book *b = NULL;
	json_t *value = json_string("1");
	int e = cf_book_load_text(&b, "case", (const char *)data, size, &opts, NULL);

	if (!b || (e == 0) != (b->n_problems == 0))
		abort();
	for (size_t i = 0; i < b->n_cases; i++)
		send_all(&b->cases[i].steps, value);
	json_decref(value);
	cf_book_freep(&b);
	return 0;
}
