/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contexts - validation contexts of libxml2 that wait for the next check
 *
 * A context serves one check at a time and is cheap to use again, but dear to make.  Up to IDLE_MAX wait, for as many
 * threads; a check that finds none makes its own.  One that saw a failure of libxml2 itself is not used again.
 */
#include <pthread.h>
#include <stdlib.h>

#include "engine/check.h"

#define IDLE_MAX 16

struct xausl_contexts {
	pthread_mutex_t lock;
	xmlSchemaPtr schema;
	xmlSchemaValidCtxtPtr idle[IDLE_MAX];
	size_t n;
};

struct xausl_contexts *xausl_contexts_new(xmlSchemaPtr schema)
{
	struct xausl_contexts *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (pthread_mutex_init(&p->lock, NULL)) {
		free(p);
		return NULL;
	}
	p->schema = schema;
	return p;
}

void xausl_contexts_free(struct xausl_contexts *p)
{
	if (!p)
		return;
	while (p->n)
		xmlSchemaFreeValidCtxt(p->idle[--p->n]);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

xmlSchemaValidCtxtPtr xausl_context_take(struct xausl_contexts *p)
{
	xmlSchemaValidCtxtPtr c = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->n)
		c = p->idle[--p->n];
	pthread_mutex_unlock(&p->lock);
	if (c)
		return c;
	c = xmlSchemaNewValidCtxt(p->schema);
	/*
	 * Fixed attributes left out (listURI) are filled in, so that the code lists are looked up by what the
	 * schema says.  The tree belongs to one check alone: nothing signed or passed on is made from it.
	 */
	if (c)
		xmlSchemaSetValidOptions(c, XML_SCHEMA_VAL_VC_I_CREATE);
	return c;
}

void xausl_context_give(struct xausl_contexts *p, xmlSchemaValidCtxtPtr c, bool sound)
{
	if (c)
		xmlSchemaSetValidStructuredErrors(c, NULL, NULL);
	if (c && sound) {
		pthread_mutex_lock(&p->lock);
		if (p->n < IDLE_MAX) {
			p->idle[p->n++] = c;
			c = NULL;
		}
		pthread_mutex_unlock(&p->lock);
	}
	if (c)
		xmlSchemaFreeValidCtxt(c);
}
