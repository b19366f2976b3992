/* SPDX-License-Identifier: Apache-2.0 */
/* faults - rules of the fault switches: reading, matching, counting; meaning in faults.h */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "intermediary/faults.h"
#include "wire/write_priv.h"

enum action { REFUSE, FAULT, DELAY, DROP, CUT_BODY, UNSIGNED, BAD_SIGNATURE, CHALLENGE, CONVERSATION, DUPLICATE, RESTART };

static const struct {
	const char *name;
	enum action action;
	bool argument;
} actions[] = {
	{ "refuse", REFUSE, false },	 { "fault", FAULT, true },
	{ "delay", DELAY, true },	 { "drop", DROP, false },
	{ "cut-body", CUT_BODY, false }, { "unsigned", UNSIGNED, false },
	{ "bad-signature", BAD_SIGNATURE, false }, { "challenge-wrong", CHALLENGE, false },
	{ "conversation-foreign", CONVERSATION, false }, { "duplicate", DUPLICATE, false },
	{ "restart", RESTART, false },
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
	bool endless;
	uint64_t left;
};

struct im_faults {
	pthread_mutex_t lock;
	char *path;
	struct stat seen;
	struct rule rules[IM_FAULT_RULES_MAX];
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

static int read_rule(char *line, struct rule *r)
{
	char *save = NULL, *target = strtok_r(line, " \t\r\n", &save), *name = strtok_r(NULL, " \t\r\n", &save), *word;
	size_t i = 0;

	*r = (struct rule){ .endless = true };
	if (!target || !name || read_target(target, r))
		return OSCI_E_CONFIG;
	while (i < sizeof(actions) / sizeof(actions[0]) && strcmp(actions[i].name, name))
		i++;
	if (i == sizeof(actions) / sizeof(actions[0]))
		return OSCI_E_CONFIG;
	r->action = actions[i].action;
	if (actions[i].argument) {
		uint64_t max = r->action == DELAY ? IM_FAULT_DELAY_MAX : 9999;

		word = strtok_r(NULL, " \t\r\n", &save);
		if (!word || osci_parse_u64(word, strlen(word), max, &r->argument))
			return OSCI_E_CONFIG;
	}
	word = strtok_r(NULL, " \t\r\n", &save);
	if (!word)
		return 0;
	r->endless = false;
	if (osci_parse_u64(word, strlen(word), UINT32_MAX, &r->left) || strtok_r(NULL, " \t\r\n", &save))
		return OSCI_E_CONFIG;
	return 0;
}

static int read_file(struct im_faults *f, struct osci_err *err)
{
	struct rule rules[IM_FAULT_RULES_MAX];
	char line[256], where[OSCI_ERR_WHERE_MAX];
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
		if (n == IM_FAULT_RULES_MAX || read_rule(line, &rules[n])) {
			snprintf(where, sizeof(where), "%s:%u", f->path, number);
			r = osci_fail(err, OSCI_E_CONFIG, NULL, where,
				      "rule expected: TARGET ACTION [ARGUMENT] [COUNT], at most %d",
				      IM_FAULT_RULES_MAX);
		}
		n++;
	}
	fclose(file);
	if (r)
		return r;
	memcpy(f->rules, rules, n * sizeof(rules[0]));
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
	r = read_file(f, err);
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
	switch (r->action) {
	case REFUSE:
		t->refuse = true;
		break;
	case FAULT:
		snprintf(t->fault, sizeof(t->fault), "%04u", (unsigned)r->argument % 10000);
		break;
	case DELAY:
		t->delay_ms = (unsigned)r->argument;
		break;
	case DROP:
		t->drop = true;
		break;
	case CUT_BODY:
		t->cut_body = true;
		break;
	case UNSIGNED:
		t->unsigned_answer = true;
		break;
	case BAD_SIGNATURE:
		t->bad_signature = true;
		break;
	case CHALLENGE:
		t->challenge_wrong = true;
		break;
	case CONVERSATION:
		t->conversation_foreign = true;
		break;
	case DUPLICATE:
		t->duplicate = true;
		break;
	case RESTART:
		t->restart = true;
		break;
	}
}

void im_faults_pick(struct im_faults *f, enum osci_type order, struct im_tamper *ret)
{
	bool used[sizeof(actions) / sizeof(actions[0])] = { false };

	*ret = (struct im_tamper){ 0 };
	pthread_mutex_lock(&f->lock);
	if (changed(f))
		read_file(f, NULL);
	for (size_t i = 0; i < f->n; i++) {
		struct rule *r = &f->rules[i];

		if ((r->target != OSCI_TYPE_COUNT && r->target != order) || (!r->endless && !r->left) ||
		    used[r->action])
			continue;
		used[r->action] = true;
		if (!r->endless)
			r->left--;
		apply(r, ret);
	}
	pthread_mutex_unlock(&f->lock);
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
