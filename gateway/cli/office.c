/* SPDX-License-Identifier: Apache-2.0 */
/*
 * office - the connection of the office commands
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/client_conf.h"
#include "cli/office.h"

#define DAY_MS (24 * 3600 * 1000)
#define READ_STEP 65536

int office_open(struct office *o, const char *path)
{
	struct xgw_client_conf conf;
	struct osci_err err = { .code = 0 };
	struct xgw_keys keys;
	struct conf *c = NULL;
	char text[512];
	size_t i;
	int r;

	*o = (struct office){ NULL, NULL };
	r = conf_read(&c, client_conf_items, path, &err);
	if (r) {
		if (c && conf_problems(c))
			for (i = 0; i < conf_problems(c); i++)
				fprintf(stderr, "xausl: %s\n", conf_problem(c, i));
		else
			fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		conf_freep(&c);
		return XAUSL_EXIT_USAGE;
	}
	r = xgw_keys_load(&keys, conf_text(c, "client.key_file"), &err);
	if (r) {
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
		conf_freep(&c);
		return XAUSL_EXIT_USAGE;
	}
	o->key = strdup(conf_text(c, "client.office"));
	conf = (struct xgw_client_conf){
		.endpoint = conf_text(c, "client.endpoint"),
		.server_key = conf_text(c, "client.server_key"),
		.keys = &keys,
		.office = conf_text(c, "client.office"),
		.name = "xausl",
		.timeout_ms = OFFICE_TIMEOUT_MS,
	};
	r = o->key ? xgw_client_new(&o->client, &conf, &err) : -ENOMEM;
	if (r)
		fprintf(stderr, "xausl: bus %s: %s\n", conf.endpoint, osci_err_text(&err, text, sizeof(text)));
	explicit_bzero(&keys, sizeof(keys));
	conf_freep(&c);
	if (r)
		office_close(o);
	return r ? XAUSL_EXIT_BUS : XAUSL_EXIT_DONE;
}

void office_close(struct office *o)
{
	xgw_client_freep(&o->client);
	free(o->key);
	o->key = NULL;
}

bool office_duration(const char *text, int *ret_ms)
{
	static const struct {
		const char *unit;
		unsigned ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 } };
	size_t digits = strspn(text, "0123456789"), i;
	uint64_t n;

	if (osci_parse_u64(text, digits, DAY_MS, &n))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		if (n * units[i].ms > DAY_MS)
			return false;
		*ret_ms = (int)(n * units[i].ms);
		return true;
	}
	return false;
}

int office_read_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(max);
	FILE *f = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	int r = 0;

	if (!f)
		return -errno;
	for (;;) {
		unsigned char *p = osci_buf_room(&b, max - b.len < READ_STEP ? max - b.len : READ_STEP);
		size_t n;

		if (!p)
			break;
		n = fread(p, 1, max - b.len < READ_STEP ? max - b.len : READ_STEP, f);
		osci_buf_grow(&b, n);
		if (ferror(f))
			r = -EIO;
		if (n == 0)
			break;
	}
	if (!r && !osci_buf_error(&b) && b.len == max && fgetc(f) != EOF)
		r = OSCI_E_LIMIT;
	if (f != stdin)
		fclose(f);
	if (!r)
		r = osci_buf_error(&b);
	if (r)
		return r;
	*ret = osci_buf_take(&b, ret_len);
	return *ret ? 0 : -ENOMEM;
}
