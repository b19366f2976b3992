/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build - a message to the BAMF from fields, and the check of what is sent, whoever made it
 *
 * Every problem is reported, all at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gateway.h"

static int take_findings(const struct xausl_report *report, json_t *errors)
{
	for (size_t i = 0; i < report->n_errors; i++) {
		const struct xausl_finding *f = &report->findings[i];
		const char *element = f->path ? strrchr(f->path, '/') : NULL;
		char text[512];
		json_t *e;

		snprintf(text, sizeof(text), "%s%s%s", f->what, f->expected && f->expected[0] ? "; expected: " : "",
			 f->expected ? f->expected : "");
		e = json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:i, s:s*}", "code",
			      f->layer && !strcmp(f->layer, "code") ? "unknown_code" : "invalid", "rule", f->id,
			      "standard_code", f->standard_code && f->standard_code[0] ? f->standard_code : NULL, "text", text,
			      "path", f->path && f->path[0] ? f->path : NULL, "line", (int)f->line, "element",
			      element && element[1] ? element + 1 : NULL);
		if (!e || json_array_append_new(errors, e))
			return -ENOMEM;
	}
	return 0;
}

int xgw_check_xml(const struct xgw *g, const struct xausl_release *release, bool imported, const void *xml, size_t len,
		  json_t *errors, char **message, struct osci_err *err)
{
	const struct xausl_check_opts opts = { .release = release, .limits = &g->limits, .imported = imported };
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	char *number;
	int r;

	r = xausl_validate(&report, g->conf->schemas, &opts, xml, len, err);
	if (r)
		return r < 0 ? r : xgw_add_error(errors, NULL, "invalid", "X001", "the message cannot be checked");
	if (report->verdict == XAUSL_VALID) {
		number = strdup(report->number);
		if (!number)
			return -ENOMEM;
		free(*message);
		*message = number;
		return 0;
	}
	if (report->verdict == XAUSL_NOT_CHECKED && !report->n_errors)
		return osci_fail(err, -EAGAIN, NULL, "check", "not every check of the message could run");
	return take_findings(report, errors);
}

int xgw_build_xml(const struct xgw *g, const struct xgw_office *o, const struct xgw_content *c, int64_t now,
		  unsigned char **xml, size_t *len, json_t *errors, struct osci_err *err)
{
	const struct xgw_config *conf = g->conf;
	const struct xausl_frame frame = {
		.uuid = c->uuid,
		.created_ms = now,
		.trigger_uuid = c->trigger && c->trigger[0] ? c->trigger : NULL,
		.author = o->party,
		.reader = c->partner->party,
		.product = conf->product,
		.vendor = conf->vendor,
		.product_version = XGW_VERSION,
		.test = c->test,
	};
	json_t *found = NULL;
	char *out = NULL;
	int r;

	r = xausl_build(&out, len, c->release, c->number, c->fields, &frame, &found, err);
	*xml = (unsigned char *)out;
	if (r == OSCI_E_MALFORMED && json_array_size(found))
		r = json_array_extend(errors, found) ? -ENOMEM : 0;
	else if (r > 0)
		r = xgw_add_error(errors, NULL, "invalid", "X001", "the message cannot be built");
	json_decref(found);
	return r;
}
