/* SPDX-License-Identifier: Apache-2.0 */
/* faults - rules of the fault switches: reading, matching, counting, telling; meaning in faults.h */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uses.h"
#include "intermediary/faults.h"
#include "intermediary/service.h"
#include "wire/write_priv.h"

#define BLANKS " \t\r\n"
#define NAME_MAX_OCTETS IM_HASH_CHARS /* of a participant without an id: its SHA-256 */

enum action { REFUSE, FAULT, DELAY, DROP, CUT_BODY, UNSIGNED, BAD_SIGNATURE, CHALLENGE, CONVERSATION, DUPLICATE, LOSE,
	      OUT_OF_ORDER, RESTART, ACTIONS };

static const struct {
	const char *name;
	bool argument;
} actions[ACTIONS] = {
	[REFUSE] = { "refuse", false },
	[FAULT] = { "fault", true },
	[DELAY] = { "delay", true },
	[DROP] = { "drop", false },
	[CUT_BODY] = { "cut-body", false },
	[UNSIGNED] = { "unsigned", false },
	[BAD_SIGNATURE] = { "bad-signature", false },
	[CHALLENGE] = { "challenge-wrong", false },
	[CONVERSATION] = { "conversation-foreign", false },
	[DUPLICATE] = { "duplicate", false },
	[LOSE] = { "lose", false },
	[OUT_OF_ORDER] = { "out-of-order", false },
	[RESTART] = { "restart", false },
};

static const struct {
	const char *name;
	enum osci_type type;
} targets[] = {
	{ "init", OSCI_INIT_DIALOG },	    { "exit", OSCI_EXIT_DIALOG },   { "id", OSCI_GET_MESSAGE_ID },
	{ "store", OSCI_STORE_DELIVERY },   { "fetch", OSCI_FETCH_DELIVERY }, { "card", OSCI_FETCH_PROCESS_CARD },
	{ "forward", OSCI_FORWARD_DELIVERY }, { "mediate", OSCI_MEDIATE_DELIVERY },
	{ "partial-store", OSCI_PARTIAL_STORE_DELIVERY }, { "partial-fetch", OSCI_PARTIAL_FETCH_DELIVERY },
	{ "*", OSCI_TYPE_COUNT },
};

struct rule {
	enum osci_type target; /* OSCI_TYPE_COUNT = every order */
	enum action action;
	uint64_t argument;
	uint64_t count;                                          /* 0 = every one */
	char client[NAME_MAX_OCTETS + 1], mailbox[NAME_MAX_OCTETS + 1]; /* "" = any */
	int64_t from, until, lasts;                              /* 0 = not given */
};

struct im_faults {
	pthread_mutex_t lock;
	char *path;
	struct stat seen;
	struct rule rules[IM_FAULT_RULES_MAX];
	struct osci_use uses[IM_FAULT_RULES_MAX]; /* of the rule of the same place */
	size_t n;
};

static int read_target(char *word, struct rule *r)
{
	char *dot = strchr(word, '.');

	if (dot) {
		if (strcmp(dot, ".reply") && strcmp(dot, ".answer"))
			return OSCI_E_CONFIG;
		*dot = '\0';
	}
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!strcmp(targets[i].name, word)) {
			r->target = targets[i].type;
			return 0;
		}
	return OSCI_E_CONFIG;
}

static bool read_duration(const char *s, int64_t *ret)
{
	uint64_t v;

	return !osci_parse_u64(s, strspn(s, "0123456789"), UINT32_MAX, &v) && v && !conf_number(CONF_DURATION, s, ret);
}

static bool read_name(const char *s, char ret[NAME_MAX_OCTETS + 1])
{
	return *s && (size_t)snprintf(ret, NAME_MAX_OCTETS + 1, "%s", s) <= NAME_MAX_OCTETS;
}

static int read_key(char *word, struct rule *r)
{
	char *value = strchr(word, '=');
	bool ok = false;

	*value++ = '\0';
	if (!strcmp(word, "client"))
		ok = read_name(value, r->client);
	else if (!strcmp(word, "mailbox"))
		ok = read_name(value, r->mailbox);
	else if (!strcmp(word, "from"))
		ok = !osci_clock_parse(value, &r->from);
	else if (!strcmp(word, "until"))
		ok = !osci_clock_parse(value, &r->until);
	else if (!strcmp(word, "lasts"))
		ok = read_duration(value, &r->lasts);
	return ok ? 0 : OSCI_E_CONFIG;
}

static bool only_stored(enum action a)
{
	return a == LOSE || a == OUT_OF_ORDER;
}

static int read_action(const char *name, struct rule *r, char **save)
{
	size_t i = 0;
	char *word;

	while (i < ACTIONS && strcmp(actions[i].name, name))
		i++;
	r->action = (enum action)i;
	if (i == ACTIONS || (only_stored(r->action) && r->target != OSCI_STORE_DELIVERY))
		return OSCI_E_CONFIG;
	if (!actions[i].argument)
		return 0;
	word = strtok_r(NULL, BLANKS, save);
	return word ? osci_parse_u64(word, strlen(word), r->action == DELAY ? IM_FAULT_DELAY_MAX : 9999, &r->argument) :
		      OSCI_E_CONFIG;
}

static int read_rule(char *line, struct rule *r)
{
	char *save = NULL, *target = strtok_r(line, BLANKS, &save), *name = strtok_r(NULL, BLANKS, &save), *word;
	int e;

	*r = (struct rule){ 0 };
	if (!target || !name || read_target(target, r) || read_action(name, r, &save))
		return OSCI_E_CONFIG;
	for (bool keys = false; (word = strtok_r(NULL, BLANKS, &save));) {
		if (strchr(word, '=')) {
			keys = true;
			e = read_key(word, r);
		} else {
			e = r->count || keys ? OSCI_E_CONFIG :
					       osci_parse_u64(word, strlen(word), UINT32_MAX, &r->count);
			if (!e && !r->count)
				e = OSCI_E_CONFIG;
		}
		if (e)
			return OSCI_E_CONFIG;
	}
	return r->until && r->lasts ? OSCI_E_CONFIG : 0;
}

/* What was counted under the same lines before goes on: of this program, or of the one that was ended before it. */
static void carry_uses(struct im_faults *f, struct osci_use *uses, size_t n, bool first)
{
	struct osci_use kept[OSCI_USES_MAX];

	if (first)
		osci_uses_carry(uses, n, kept, osci_uses_read(f->path, kept));
	else
		osci_uses_carry(uses, n, f->uses, f->n);
}

/* @now: when rules that are new are read; 0 = at the start, the first order says. */
static int read_file(struct im_faults *f, int64_t now, bool first, struct osci_err *err)
{
	struct rule rules[IM_FAULT_RULES_MAX];
	struct osci_use uses[IM_FAULT_RULES_MAX];
	char line[OSCI_USES_LINE], where[OSCI_ERR_WHERE_MAX];
	unsigned number = 0;
	size_t n = 0;
	FILE *file = fopen(f->path, "re");
	int r = 0;

	if (!file)
		return osci_fail(err, -errno, NULL, f->path, "fault switches cannot be read");
	if (fstat(fileno(file), &f->seen) < 0)
		r = osci_fail(err, -errno, NULL, f->path, "fault switches cannot be read");
	while (!r && fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "#\n")] = '\0';
		if (line[strspn(line, " \t\r")] == '\0')
			continue;
		if (n < IM_FAULT_RULES_MAX) {
			uses[n] = (struct osci_use){ .since = now };
			snprintf(uses[n].line, sizeof(uses[n].line), "%s", line);
		}
		if (n == IM_FAULT_RULES_MAX || read_rule(line, &rules[n])) {
			snprintf(where, sizeof(where), "%s:%u", f->path, number);
			r = osci_fail(err, OSCI_E_CONFIG, NULL, where,
				      "rule expected: TARGET ACTION [ARGUMENT] [COUNT] [KEY=VALUE ...], at most %d",
				      IM_FAULT_RULES_MAX);
		}
		n++;
	}
	fclose(file);
	if (r)
		return r;
	carry_uses(f, uses, n, first);
	memcpy(f->rules, rules, n * sizeof(rules[0]));
	memcpy(f->uses, uses, n * sizeof(uses[0]));
	f->n = n;
	return 0;
}

int im_faults_new(struct im_faults **ret, const char *path, struct osci_err *err)
{
	struct im_faults *f = calloc(1, sizeof(*f));
	int r;

	*ret = NULL;
	if (!f || !(f->path = strdup(path))) {
		free(f);
		return osci_fail(err, -ENOMEM, NULL, path, "no memory for fault switches");
	}
	pthread_mutex_init(&f->lock, NULL);
	r = read_file(f, 0, true, err);
	if (r)
		im_faults_freep(&f);
	*ret = f;
	return r;
}

void im_faults_freep(struct im_faults **pf)
{
	struct im_faults *f = *pf;

	if (!f)
		return;
	pthread_mutex_destroy(&f->lock);
	free(f->path);
	free(f);
	*pf = NULL;
}

static bool changed(const struct im_faults *f)
{
	struct stat st;

	return stat(f->path, &st) == 0 &&
	       (st.st_ino != f->seen.st_ino || st.st_size != f->seen.st_size ||
		st.st_mtim.tv_sec != f->seen.st_mtim.tv_sec || st.st_mtim.tv_nsec != f->seen.st_mtim.tv_nsec);
}

static void apply(const struct rule *r, struct im_tamper *t)
{
	bool *const flags[ACTIONS] = {
		[REFUSE] = &t->refuse, [DROP] = &t->drop, [CUT_BODY] = &t->cut_body, [UNSIGNED] = &t->unsigned_answer,
		[BAD_SIGNATURE] = &t->bad_signature, [CHALLENGE] = &t->challenge_wrong,
		[CONVERSATION] = &t->conversation_foreign, [DUPLICATE] = &t->duplicate, [LOSE] = &t->lose,
		[OUT_OF_ORDER] = &t->out_of_order, [RESTART] = &t->restart,
	};

	if (r->action == FAULT)
		snprintf(t->fault, sizeof(t->fault), "%04u", (unsigned)r->argument % 10000);
	else if (r->action == DELAY)
		t->delay_ms = (unsigned)r->argument;
	else
		*flags[r->action] = true;
}

static bool in_window(const struct rule *r, const struct osci_use *u, int64_t now)
{
	int64_t begin = r->from ? r->from : u->since;

	return (!r->from || now >= r->from) && (!r->until || now < r->until) && (!r->lasts || now < begin + r->lasts);
}

static bool fits(const struct rule *r, const struct osci_use *u, const struct im_fault_order *order, int64_t now)
{
	return (r->target == OSCI_TYPE_COUNT || r->target == order->type) && (!r->count || u->used < r->count) &&
	       (!r->client[0] || !strcmp(r->client, order->client)) &&
	       (!r->mailbox[0] || !strcmp(r->mailbox, order->mailbox)) && in_window(r, u, now);
}

void im_faults_pick(struct im_faults *f, const struct im_fault_order *order, int64_t now, struct im_tamper *ret)
{
	bool used[ACTIONS] = { false }, counted = false;

	*ret = (struct im_tamper){ 0 };
	pthread_mutex_lock(&f->lock);
	if (changed(f))
		read_file(f, now, false, NULL);
	for (size_t i = 0; i < f->n; i++) {
		struct rule *r = &f->rules[i];

		if (!f->uses[i].since)
			f->uses[i].since = now;
		if (used[r->action] || !fits(r, &f->uses[i], order, now))
			continue;
		used[r->action] = true;
		if (r->count) {
			f->uses[i].used++;
			counted = true;
		}
		apply(r, ret);
	}
	if (counted && osci_uses_write(f->path, f->uses, f->n))
		osci_log(OSCI_LOG_ERROR, "faults-not-kept", "file", f->path, NULL);
	pthread_mutex_unlock(&f->lock);
}

static void say(const char *fault, const struct im_report *r)
{
	osci_log(OSCI_LOG_WARN, "fault-applied", "fault", fault, "order", r->order, "message",
		 r->message_id[0] ? r->message_id : NULL, "client", r->client[0] ? r->client : NULL, "mailbox",
		 r->mailbox[0] ? r->mailbox : NULL, NULL);
}

static void wait_ms(unsigned ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (ms && nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

void im_faults_done(const struct im_tamper *t, const struct im_report *report)
{
	const bool done[ACTIONS] = {
		[REFUSE] = t->refuse, [FAULT] = t->fault[0], [DELAY] = t->delay_ms, [DROP] = t->drop,
		[CUT_BODY] = t->cut_body, [UNSIGNED] = t->unsigned_answer, [BAD_SIGNATURE] = t->bad_signature,
		[CHALLENGE] = t->challenge_wrong, [CONVERSATION] = t->conversation_foreign, [DUPLICATE] = t->duplicate,
		[LOSE] = t->lose, [OUT_OF_ORDER] = t->out_of_order, [RESTART] = t->restart,
	};

	for (size_t i = 0; i < ACTIONS; i++)
		if (done[i])
			say(actions[i].name, report);
	if (!t->refuse)
		wait_ms(t->delay_ms);
}

void im_faults_restart(void)
{
	_exit(IM_FAULT_EXIT);
}

int im_faults_write_spoiled(unsigned char **ret, size_t *ret_len, const struct osci_draft *draft,
			    const struct osci_write_opts *opts, struct osci_err *err)
{
	static const char element[] = "<ds:SignatureValue>";
	_cleanup_(osci_stream_freep) struct osci_stream *sealed = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *inner = NULL;
	_cleanup_(osci_freep) unsigned char *plain = NULL;
	struct osci_write_opts open_opts = *opts;
	struct wire_suite suite;
	unsigned char *value;
	size_t len;
	int r;

	open_opts.encrypt_for = NULL;
	r = osci_write(&plain, &len, draft, &open_opts, err);
	if (r)
		return r;
	value = memmem(plain, len, element, sizeof(element) - 1);
	if (value) {
		value += sizeof(element) - 1;
		*value = *value == 'A' ? 'B' : 'A';
	}
	if (!opts->encrypt_for) {
		*ret = plain;
		*ret_len = len;
		plain = NULL;
		return 0;
	}
	r = osci_blob_take(&inner, plain, len, false);
	plain = NULL;
	if (!r)
		r = wire_suite_init(&suite, &opts->suite, NULL, err);
	if (!r)
		r = wire_envelope(&sealed, &suite, inner, opts->encrypt_for, err);
	return r ? r : osci_stream_to_memory(sealed, ret, ret_len, err);
}
