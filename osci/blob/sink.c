/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink - a blob in the making, whatever it is made of
 *
 * The ceiling is held here, once for every kind.  A sink that has failed stays failed.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "blob/blob.h"

struct osci_sink {
	const struct osci_sink_ops *ops;
	void *self;
	uint64_t max, len;
	int error;
	struct osci_err why;
};

int osci_sink_of(struct osci_sink **ret, const struct osci_sink_ops *ops, void *self, uint64_t max)
{
	struct osci_sink *s = malloc(sizeof(*s));

	if (!s) {
		ops->free(self);
		return -ENOMEM;
	}
	*s = (struct osci_sink){ .ops = ops, .self = self, .max = max };
	*ret = s;
	return 0;
}

void osci_sink_freep(struct osci_sink **sink)
{
	struct osci_sink *s = *sink;

	*sink = NULL;
	if (!s)
		return;
	s->ops->free(s->self);
	free(s);
}

uint64_t osci_sink_len(const struct osci_sink *s)
{
	return s->len;
}

static int failed(const struct osci_sink *s, struct osci_err *err)
{
	if (err)
		*err = s->why;
	return s->error;
}

int osci_sink_add(struct osci_sink *s, const void *data, size_t len, struct osci_err *err)
{
	if (s->error)
		return failed(s, err);
	if (len > s->max - s->len)
		s->error = osci_fail(&s->why, OSCI_E_LIMIT, NULL, "spool", "more than %llu octets",
				     (unsigned long long)s->max);
	else if (len > 0)
		s->error = s->ops->add(s->self, data, len, &s->why);
	if (s->error)
		return failed(s, err);
	s->len += len;
	return 0;
}

int osci_sink_done(struct osci_sink **sink, struct osci_blob **ret, struct osci_err *err)
{
	_cleanup_(osci_sink_freep) struct osci_sink *s = *sink;

	*sink = NULL;
	return s->error ? failed(s, err) : s->ops->done(s->self, ret, err);
}
