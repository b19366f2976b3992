/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - rules of --faults, and what they do to an answer
 *
 * One rule per line: KIND [MESSAGE] [COUNT] [KEY=VALUE ...]; COUNT (default 1) is how often it applies.
 *
 *   duplicate_answer  copies=2   the same answer (same UUID) in so many deliveries in all, each a new envelope
 *   delay             by=5s      goes out later
 *   drop_answer                  decided and stored, but not sent
 *   bad_signature                content signature does not hold
 *   encrypt_for_other            encrypted for a certificate of somebody else
 *   no_trigger_uuid              ausloeserUUID is missing
 *   unknown_trigger              ausloeserUUID of no message
 *   type_mismatch                nachrichtentyp names another message than the root
 *   invalid_answer               not valid against the schema
 *   old_release       release=25.11  written in that release's namespace and version
 *   reject            code=V000 form=0010  the request is rejected by 0010 or 000002, not processed
 *   wrong_mailbox     to=KEY     addressed to and encrypted for that office, the message itself unchanged
 *   out_of_order                 kept back until the next answer for the same office that the rule hits is out; COUNT is
 *                                even, 2 for one pair
 *   outage            until=TIME or lasts=10m, from=TIME  nothing is fetched or sent
 *
 * All kinds but outage take office=KEY.  Durations are of the clock of the program.  A line that stays when the file
 * changes goes on counting, after a restart, too (FILE.used; remove it to begin anew).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uses.h"
#include "faults.h"
#include "fit.h"

#define COUNT_MAX 1000000
#define COPIES_MAX 100
#define DURATION_MAX (400LL * 86400000) /* ms */
#define VALUE_SIZE 40
#define OTHER_TYPE "070012" /* what type_mismatch writes; 070003 where that is right */

struct rule {
	char kind[24], message[8], office[VALUE_SIZE], value[VALUE_SIZE]; /* value: release, code, to */
	char form[8];
	uint64_t count;
	int64_t by, lasts, from, until; /* ms; 0 = not given */
	uint64_t copies;
};

struct sim_faults {
	char *path;
	const struct xausl *x; /* NULL = messages and codes are not looked at */
	struct stat seen;
	bool read, missing;
	struct rule rules[OSCI_USES_MAX];
	struct osci_use uses[OSCI_USES_MAX]; /* of the rule of the same place */
	size_t n;
};

#define KEYS_MAX 3
static const struct {
	const char *kind;
	const char *keys[KEYS_MAX + 1]; /* it takes beside office; the first is needed, but for those that have a default */
	bool needs_key;
} kinds[] = {
	{ "duplicate_answer", { "copies" }, false }, { "delay", { "by" }, true },     { "drop_answer", { NULL }, false },
	{ "bad_signature", { NULL }, false },	     { "encrypt_for_other", { NULL }, false },
	{ "no_trigger_uuid", { NULL }, false },	     { "unknown_trigger", { NULL }, false },
	{ "type_mismatch", { NULL }, false },	     { "invalid_answer", { NULL }, false },
	{ "old_release", { "release" }, true },	     { "reject", { "code", "form" }, true },
	{ "wrong_mailbox", { "to" }, true },	     { "out_of_order", { NULL }, false },
	{ "outage", { "until", "lasts", "from" }, true },
};

int sim_faults_new(struct sim_faults **ret, const struct xausl *x, const char *path)
{
	struct sim_faults *f = calloc(1, sizeof(*f));

	if (f) {
		f->path = strdup(path);
		f->x = x;
	}
	if (!f || !f->path) {
		sim_faults_freep(&f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

void sim_faults_freep(struct sim_faults **f)
{
	if (*f)
		free((*f)->path);
	free(*f);
	*f = NULL;
}

/* --- reading ----------------------------------------------------------- */

static bool duration(const char *s, int64_t *ret)
{
	int64_t ms;

	if (conf_number(CONF_DURATION, s, &ms) || ms > DURATION_MAX)
		return false;
	*ret = ms;
	return true;
}

static bool copy(char *out, size_t size, const char *s)
{
	return (size_t)snprintf(out, size, "%s", s) < size;
}

static bool is_form(const char *s)
{
	return strcmp(s, "0010") == 0 || strcmp(s, "000002") == 0;
}

static bool pair(struct rule *r, const char *const *keys, char *word)
{
	char *value = strchr(word, '=');

	*value++ = '\0';
	if (strcmp(word, "office") == 0)
		return copy(r->office, sizeof(r->office), value) && *value;
	while (*keys && strcmp(word, *keys) != 0)
		keys++;
	if (!*keys || !*value)
		return false;
	if (strcmp(word, "by") == 0)
		return duration(value, &r->by);
	if (strcmp(word, "lasts") == 0)
		return duration(value, &r->lasts);
	if (strcmp(word, "from") == 0)
		return osci_clock_parse(value, &r->from) == 0;
	if (strcmp(word, "until") == 0)
		return osci_clock_parse(value, &r->until) == 0;
	if (strcmp(word, "copies") == 0)
		return osci_parse_u64(value, strlen(value), COPIES_MAX, &r->copies) == 0 && r->copies > 0;
	if (strcmp(word, "form") == 0)
		return is_form(value) && copy(r->form, sizeof(r->form), value);
	return copy(r->value, sizeof(r->value), value);
}

static bool all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

/* Index into kinds, or -1. */
static int find_kind(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, word) == 0)
			return (int)i;
	return -1;
}

static bool has_needed(const struct rule *r)
{
	return r->value[0] || r->by || (!r->until != !r->lasts);
}

/* 26.11: digits with one point. */
static bool is_release(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 2 && s[n] == '.' && strlen(s + n + 1) == 2 && all_digits(s + n + 1);
}

/* A rule that could never hit is a slip of the pen. */
static bool goes(const struct xausl *x, const char *number, int way)
{
	for (size_t i = 0; i < xausl_release_count(x); i++) {
		const struct xausl_release *r = xausl_release_get(x, i);
		int is = xausl_release_has_module(r) ? xausl_message_direction(r, number) : 0;

		if (is == way || is == 2)
			return true;
	}
	return false;
}

/* NULL, or what is wrong with a rule as a whole. */
static const char *rule_problem(const struct sim_faults *f, const struct rule *r, bool needs_key)
{
	bool reject = strcmp(r->kind, "reject") == 0;
	json_t *code;

	if (needs_key && !has_needed(r))
		return "a key is missing, or one too many";
	if (strcmp(r->kind, "outage") == 0 && (r->message[0] || r->office[0]))
		return "an outage has neither message nor office";
	if (strcmp(r->kind, "outage") == 0 && r->until && r->from && r->until <= r->from)
		return "until: lies before from";
	if (strcmp(r->kind, "out_of_order") == 0 && r->count % 2)
		return "COUNT is even, 2 for one pair: the last one would never go out";
	if (strcmp(r->kind, "old_release") == 0 && !is_release(r->value))
		return "release: 25.11 or the like expected";
	if (!f->x)
		return NULL;
	if (r->message[0] && !goes(f->x, r->message, reject ? 1 : -1))
		return reject ? "message: no message an office sends" : "message: no message the BAMF sends";
	if (r->office[0] || strcmp(r->kind, "wrong_mailbox") == 0) {
		json_t *key = json_string(r->office[0] ? r->office : r->value);
		bool ok = key && !sim_fit(f->x, "070012", "record.issuer.key", key);

		json_decref(key);
		if (!ok)
			return "office: azr: and six digits expected";
	}
	if (!reject)
		return NULL;
	code = json_string(r->value);
	const char *problem = code ? sim_fit(f->x, r->form, "reasons[].code", code) : "no memory";
	json_decref(code);
	return problem ? "code: not in the list of codes of this form" : NULL;
}

/* NULL, or what is wrong, in @text or a constant. */
static const char *parse(const struct sim_faults *f, struct rule *r, char *line, char text[100])
{
	char *save = NULL, *word = strtok_r(line, " \t", &save);
	int kind = find_kind(word);
	const char *seen[KEYS_MAX + 1] = { NULL };
	bool counted = false;

	*r = (struct rule){ .count = 1, .copies = 2, .form = "0010" };
	if (kind < 0)
		return "unknown kind of fault";
	copy(r->kind, sizeof(r->kind), word);
	while ((word = strtok_r(NULL, " \t", &save))) {
		size_t n = strlen(word);

		if (strchr(word, '=')) {
			size_t i = 0;

			while (i <= KEYS_MAX && seen[i] && strncmp(seen[i], word, strcspn(word, "=") + 1) != 0)
				i++;
			snprintf(text, 100, "%.*s: unknown key, wrong value, or twice", (int)strcspn(word, "="), word);
			if (i > KEYS_MAX || seen[i])
				return text;
			seen[i] = word;
			if (!pair(r, kinds[kind].keys, word))
				return text;
			word[strlen(word)] = '=';
		} else if (!r->message[0] && !counted && all_digits(word) && (n == 6 || (n == 4 && word[0] == '0'))) {
			copy(r->message, sizeof(r->message), word);
		} else if (!counted && all_digits(word) && !osci_parse_u64(word, n, COUNT_MAX, &r->count) &&
			   r->count) {
			counted = true;
		} else {
			return "message number, count or key=value expected";
		}
	}
	return rule_problem(f, r, kinds[kind].needs_key);
}

/* What was counted under the same lines before goes on: of this program, or of the one that was ended before it. */
static void carry_uses(struct sim_faults *f, struct osci_use *uses, size_t n)
{
	struct osci_use kept[OSCI_USES_MAX];

	if (f->n)
		osci_uses_carry(uses, n, f->uses, f->n);
	else
		osci_uses_carry(uses, n, kept, osci_uses_read(f->path, kept));
}

static int read_rules(struct sim_faults *f, FILE *in, int64_t now, struct osci_err *err)
{
	struct rule rules[OSCI_USES_MAX];
	struct osci_use uses[OSCI_USES_MAX];
	char line[OSCI_USES_LINE + 2];
	size_t n = 0;
	unsigned number = 0;

	while (fgets(line, sizeof(line), in)) {
		char where[512], text[100];
		const char *problem;
		size_t len = strcspn(line, "\r\n");

		number++;
		snprintf(where, sizeof(where), "%s:%u", f->path, number);
		if (len > OSCI_USES_LINE)
			return osci_fail(err, OSCI_E_CONFIG, NULL, where, "line too long");
		line[len] = '\0';
		if (line[strspn(line, " \t")] == '\0' || line[0] == '#')
			continue;
		if (n == OSCI_USES_MAX)
			return osci_fail(err, OSCI_E_CONFIG, NULL, where, "more than %d rules", OSCI_USES_MAX);
		uses[n] = (struct osci_use){ .since = now };
		snprintf(uses[n].line, sizeof(uses[n].line), "%s", line);
		problem = parse(f, &rules[n], line, text);
		if (problem)
			return osci_fail(err, OSCI_E_CONFIG, NULL, where, "%s", problem);
		n++;
	}
	carry_uses(f, uses, n);
	memcpy(f->rules, rules, n * sizeof(rules[0]));
	memcpy(f->uses, uses, n * sizeof(uses[0]));
	f->n = n;
	return osci_uses_write(f->path, f->uses, n); /* when each began is known after a restart, too */
}

int sim_faults_refresh(struct sim_faults *f, int64_t now, struct osci_err *err)
{
	struct stat s;
	FILE *in;
	int r;

	if (stat(f->path, &s) < 0) {
		/* Said once: the caller looks often. */
		if (f->missing)
			return 0;
		f->missing = true;
		return osci_fail(err, -errno, NULL, f->path, "cannot be read");
	}
	f->missing = false;
	if (f->read && s.st_ino == f->seen.st_ino && s.st_size == f->seen.st_size &&
	    s.st_mtim.tv_sec == f->seen.st_mtim.tv_sec && s.st_mtim.tv_nsec == f->seen.st_mtim.tv_nsec)
		return 0;
	in = fopen(f->path, "re");
	if (!in)
		return osci_fail(err, -errno, NULL, f->path, "cannot be read");
	r = read_rules(f, in, now, err);
	fclose(in);
	f->seen = s;
	f->read = true;
	return r;
}

/* --- applying ---------------------------------------------------------- */

static struct rule *take(struct sim_faults *f, const char *kind, const char *number, const char *office)
{
	for (size_t i = 0; i < f->n; i++) {
		struct rule *r = &f->rules[i];

		if (f->uses[i].used < r->count && strcmp(r->kind, kind) == 0 &&
		    (!r->message[0] || strcmp(r->message, number) == 0) && (!r->office[0] || strcmp(r->office, office) == 0)) {
			f->uses[i].used++;
			if (osci_uses_write(f->path, f->uses, f->n))
				osci_log(OSCI_LOG_ERROR, "faults-not-kept", "file", f->path, NULL);
			osci_log(OSCI_LOG_WARN, "fault-applied", "fault", kind, "message", number, "office", office, NULL);
			return r;
		}
	}
	return NULL;
}

/* Replaces the octets [at, at+n) of *@xml. */
static bool splice(char **xml, size_t *len, size_t at, size_t n, const char *with)
{
	size_t add = strlen(with), rest = *len - at - n;
	char *out = malloc(*len - n + add + 1);

	if (!out)
		return false;
	memcpy(out, *xml, at);
	memcpy(out + at, with, add);
	memcpy(out + at + add, *xml + at + n, rest);
	out[at + add + rest] = '\0';
	free(*xml);
	*xml = out;
	*len = at + add + rest;
	return true;
}

/* Text between the first @open and the next @close behind it. */
static bool between(const char *xml, const char *open, const char *close, size_t *at, size_t *n)
{
	const char *a = strstr(xml, open), *b = a ? strstr(a + strlen(open), close) : NULL;

	if (!b)
		return false;
	*at = (size_t)(a - xml) + strlen(open);
	*n = (size_t)(b - a) - strlen(open);
	return true;
}

static bool no_trigger(char **xml, size_t *len)
{
	const char *a = strstr(*xml, "ausloeserUUID>"), *b = a ? strstr(a + 14, "ausloeserUUID>") : NULL;

	if (!b)
		return true;
	while (a > *xml && *a != '<')
		a--;
	return splice(xml, len, (size_t)(a - *xml), (size_t)(b + 14 - a), "");
}

static bool unknown_trigger(char **xml, size_t *len)
{
	char uuid[37];
	size_t at, n;

	if (osci_uuid4(uuid))
		return false;
	return !between(*xml, "ausloeserUUID>", "<", &at, &n) || splice(xml, len, at, n, uuid);
}

static bool type_mismatch(char **xml, size_t *len, const char *number)
{
	size_t at, n;
	const char *type = strstr(*xml, "<nachrichtentyp");

	if (!type || !between(type, "<code>", "<", &at, &n))
		return true;
	return splice(xml, len, (size_t)(type - *xml) + at, n, strcmp(number, OTHER_TYPE) ? OTHER_TYPE : "070003");
}

static bool invalid(char **xml, size_t *len)
{
	size_t at = *len;

	while (at > 1 && !((*xml)[at - 1] == '/' && (*xml)[at - 2] == '<'))
		at--;
	return at < 2 || splice(xml, len, at - 2, 0, "<unbekannt/>");
}

static bool old_release(char **xml, size_t *len, const char *release)
{
	char digits[VALUE_SIZE];
	size_t at, n, k = 0;

	for (const char *s = release; *s; s++)
		if (*s != '.')
			digits[k++] = *s;
	digits[k] = '\0';
	if (between(*xml, "http://www.osci.de/xauslaender", "\"", &at, &n) && !splice(xml, len, at, n, digits))
		return false;
	return !between(*xml, " version=\"2", "\"", &at, &n) || splice(xml, len, at - 1, n + 1, release);
}

bool sim_faults_answer(struct sim_faults *f, const char *number, const char *office, char **xml, size_t *len,
		       int64_t *not_before, char plan[SIM_PLAN_SIZE])
{
	const struct rule *r;
	size_t k = 0;

	plan[0] = '\0';
	if ((r = take(f, "delay", number, office)))
		*not_before += r->by;
	if (take(f, "no_trigger_uuid", number, office) && !no_trigger(xml, len))
		return false;
	if (take(f, "unknown_trigger", number, office) && !unknown_trigger(xml, len))
		return false;
	if (take(f, "type_mismatch", number, office) && !type_mismatch(xml, len, number))
		return false;
	if (take(f, "invalid_answer", number, office) && !invalid(xml, len))
		return false;
	if ((r = take(f, "old_release", number, office)) && !old_release(xml, len, r->value))
		return false;
	if (take(f, "drop_answer", number, office))
		k += (size_t)snprintf(plan + k, SIM_PLAN_SIZE - k, "drop ");
	if (take(f, "bad_signature", number, office))
		k += (size_t)snprintf(plan + k, SIM_PLAN_SIZE - k, "signature ");
	if (take(f, "encrypt_for_other", number, office))
		k += (size_t)snprintf(plan + k, SIM_PLAN_SIZE - k, "reader ");
	if (take(f, "out_of_order", number, office))
		k += (size_t)snprintf(plan + k, SIM_PLAN_SIZE - k, "order ");
	if ((r = take(f, "wrong_mailbox", number, office)))
		k += (size_t)snprintf(plan + k, SIM_PLAN_SIZE - k, "to=%s ", r->value);
	if ((r = take(f, "duplicate_answer", number, office)))
		snprintf(plan + k, SIM_PLAN_SIZE - k, "copies=%u ", (unsigned)r->copies);
	return true;
}

const char *sim_faults_reject(struct sim_faults *f, const char *number, const char *office, const char **form)
{
	const struct rule *r = take(f, "reject", number, office);

	*form = r ? r->form : NULL;
	return r ? r->value : NULL;
}

bool sim_faults_outage(const struct sim_faults *f, int64_t now)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct rule *r = &f->rules[i];
		int64_t begin = r->from ? r->from : f->uses[i].since;

		if (strcmp(r->kind, "outage") == 0 && now >= begin && now < (r->until ? r->until : begin + r->lasts))
			return true;
	}
	return false;
}

const char *sim_plan_to(const char *plan, char out[SIM_PLAN_SIZE])
{
	const char *s = strstr(plan, "to=");

	if (!s)
		return NULL;
	snprintf(out, SIM_PLAN_SIZE, "%.*s", (int)strcspn(s + 3, " "), s + 3);
	return out;
}

bool sim_plan_has(const char *plan, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = plan; (s = strstr(s, word)); s += n)
		if ((s == plan || s[-1] == ' ') && s[n] == ' ')
			return true;
	return false;
}

unsigned sim_plan_copies(const char *plan)
{
	const char *s = strstr(plan, "copies=");
	uint64_t n;

	if (!s || osci_parse_u64(s + 7, strspn(s + 7, "0123456789"), COPIES_MAX, &n))
		return 1;
	return (unsigned)n;
}
