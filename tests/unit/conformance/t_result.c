/* SPDX-License-Identifier: Apache-2.0 */
/* t_result - a run made up for tests of reports */
#include <stdio.h>
#include <stdlib.h>

#include "t_result.h"

#define MUST(x)                                                       \
	do {                                                          \
		if (x) {                                              \
			fprintf(stderr, "t_result: %s failed\n", #x); \
			abort();                                      \
		}                                                     \
	} while (0)

struct cf_result_case *t_result_case(struct cf_result *r, const char *id, const char *variant, enum cf_verdict verdict)
{
	struct cf_result_case *c = cf_result_case_new(id, variant), *kept = c;

	MUST(!c);
	c->verdict = verdict;
	c->line = 12;
	c->real_ms = 1234;
	c->clock_ms = T_START;
	c->clock_end_ms = T_START + 900000;
	MUST(cf_result_set(&c->title, "Obligation for want of sufficient German"));
	MUST(cf_result_set(&c->requirement, "FLOW-070009"));
	MUST(cf_result_set(&c->source, "derived"));
	MUST(cf_result_set(&c->file, "cases/flows.yaml"));
	MUST(cf_result_set(&c->release, "26.11"));
	MUST(cf_result_take(r, r->n_cases, &c, NULL));
	return kept;
}

void t_result_message(struct cf_result_case *c, const char *from, const char *to, const char *what, const char *label)
{
	MUST(cf_result_add_message(c, &(struct cf_result_message){
		.case_ms = T_START + 1000 * (int64_t)c->n_messages, .from = (char *)from, .to = (char *)to, .what = (char *)what,
		.label = (char *)label, .uuid = (char *)"0f0e0d0c-0b0a-4908-8706-050403020100", .release = (char *)"26.11" }));
}

static void requirement(struct cf_result *r, const char *id, const char *what)
{
	MUST(cf_result_add_requirement(r, &(struct cf_result_requirement){ .id = (char *)id, .what = (char *)what,
		.source = (char *)"FACTS", .section = (char *)"1, 2", .group = (char *)"flow" }));
}

struct cf_result *t_result_passed(void)
{
	struct cf_result *r = cf_result_new();
	struct cf_result_case *c;

	MUST(!r);
	MUST(cf_result_set(&r->runner_version, "xausl-conform 0.1.0"));
	MUST(cf_result_set(&r->release, "26.11"));
	MUST(cf_result_set(&r->mode, "own stack"));
	MUST(cf_result_set(&r->subject, "xausl-gatewayd 0.1.0"));
	MUST(cf_result_set(&r->host_class, "Linux x86_64, 2 processors"));
	r->started_ms = T_START;
	r->ended_ms = T_START + 200000;
	MUST(cf_result_add_setting(r, "jobs", "2"));
	MUST(cf_result_add_artifact(r, &(struct cf_result_artifact){ .kind = CF_ART_PROGRAM, .name = (char *)"xausl-gatewayd",
		.version = (char *)"0.1.0",
		.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }));
	requirement(r, "FLOW-070009", "an obligation for want of sufficient German is answered as defined");
	requirement(r, "CODE-17109", "the reason reaches the office");
	c = t_result_case(r, "FLOW-01", NULL, CF_PASS);
	t_result_message(c, "office A", "gateway", "070009", "q1");
	t_result_message(c, "gateway", "office A", "accepted-by-gateway", NULL);
	t_result_message(c, "gateway", "partner", "070009", "q1");
	t_result_message(c, "partner", "gateway", "070003", "a1");
	t_result_message(c, "gateway", "office A", "070003", "a1");
	MUST(cf_result_add_step(c, &(struct cf_result_step){ .path = (char *)"1", .line = 20, .kind = (char *)"send",
		.what = (char *)"070009 by A as q1", .state = CF_STEP_DONE, .case_ms = T_START }));
	MUST(cf_result_add_check(c, &(struct cf_result_check){ .number = 2, .what = (char *)"nothing was sent twice",
		.verdict = CF_PASS }));
	return r;
}

struct cf_result *t_result_mixed(void)
{
	struct cf_result *r = t_result_passed();
	struct cf_result_case *c;

	MUST(cf_result_set(&r->operator_name, T_HOSTILE));
	c = t_result_case(r, "CODE-02", "own_record=repeat", CF_FAIL);
	MUST(cf_result_set(&c->title, "Another office's obligation " T_HOSTILE));
	MUST(cf_result_set(&c->requirement, "CODE-17109"));
	MUST(cf_result_set(&c->reason, "step 2: reason.code is not what was expected"));
	MUST(cf_result_set(&c->open, "which reason comes " T_HOSTILE));
	MUST(cf_result_add_switch(c, "partner.own_record", "repeat"));
	t_result_message(c, "office A", "gateway", "070009", "q1");
	t_result_message(c, "gateway", "partner", "070009", "q1");
	t_result_message(c, "partner", "gateway", "070005", NULL);
	t_result_message(c, "gateway", "office A", T_HOSTILE, T_HOSTILE);
	MUST(cf_result_add_step(c, &(struct cf_result_step){ .path = (char *)"1", .line = 41, .kind = (char *)"send",
		.what = (char *)"070009 by A as q1", .state = CF_STEP_DONE, .case_ms = T_START }));
	MUST(cf_result_add_step(c, &(struct cf_result_step){ .path = (char *)"2", .line = 47, .kind = (char *)"expect",
		.what = (char *)"070005 at A for q1", .state = CF_STEP_FAILED, .case_ms = T_START + 4000 }));
	MUST(cf_result_add_step(c, &(struct cf_result_step){ .path = (char *)"after", .line = 52, .kind = (char *)"after" }));
	MUST(cf_result_add_failure(c, &(struct cf_result_failure){ .path = (char *)"2", .line = 47,
		.field = (char *)"reason.code", .expected = (char *)"\"17109\"", .seen = (char *)"\"17107\"",
		.text = (char *)"the field has another value", .case_ms = T_START + 4000 }));
	MUST(cf_result_add_failure(c, &(struct cf_result_failure){ .path = (char *)"2", .line = 48, .field = (char *)T_HOSTILE,
		.expected = (char *)T_HOSTILE, .text = (char *)T_HOSTILE, .case_ms = T_START + 4000 }));
	MUST(cf_result_add_check(c, &(struct cf_result_check){ .number = 3, .what = (char *)"nothing came unexpected",
		.verdict = CF_FAIL, .text = (char *)T_HOSTILE }));
	MUST(cf_result_add_log(c, "gateway", "{\"level\":\"info\"}\n" T_HOSTILE "\n</pre>"));
	c = t_result_case(r, "REL-03", NULL, CF_SETUP_ERROR);
	MUST(cf_result_set(&c->reason, "the partner did not become ready within 20 s"));
	c = t_result_case(r, "OFF-04", NULL, CF_SKIPPED);
	MUST(cf_result_set(&c->requirement, "NO-SUCH"));
	MUST(cf_result_set(&c->reason, "not runnable: only the id is public"));
	return r;
}
