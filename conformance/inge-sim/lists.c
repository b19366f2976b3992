/* SPDX-License-Identifier: Apache-2.0 */
/* lists - see lists.h */
#include <errno.h>

#include "config.h"
#include "lists.h"

static int gather(struct sim_store *st, enum sim_list_kind kind, const struct sim_settings *s, int64_t after, int64_t now,
		  json_t **ret, struct osci_err *err)
{
	char today[SIM_DATE_SIZE];

	sim_engine_today(today, now);
	switch (kind) {
	case SIM_LIST_RECORDS:
		return sim_store_dump(st, s, today, ret, err);
	case SIM_LIST_PERSONS:
		return sim_store_dump_persons(st, s, today, ret, err);
	case SIM_LIST_RECEIVED:
		return sim_store_dump_received(st, after, ret, err);
	case SIM_LIST_RETRIEVALS:
		return sim_store_dump_retrievals(st, ret, err);
	case SIM_LIST_SCRIPTS:
		return sim_store_dump_scripts(st, ret, err);
	case SIM_LIST_NOTHING:
		break;
	}
	return OSCI_E_USAGE;
}

int sim_list(enum sim_list_kind kind, const char *config, int64_t after, int64_t now, FILE *out, struct osci_err *err)
{
	struct conf *conf = NULL;
	struct sim_settings s;
	struct sim_store st;
	json_t *list = NULL;
	int r = conf_read(&conf, sim_conf_table, config, err);

	if (r == 0)
		r = sim_store_open_reader(&st, conf_text(conf, "sim.database"), err);
	if (r == 0) {
		sim_config_settings(conf, &s);
		r = gather(&st, kind, &s, after, now, &list, err);
		sim_store_close(&st);
	}
	conf_freep(&conf);
	if (r == 0 && (json_dumpf(list, out, JSON_INDENT(2)) < 0 || fputc('\n', out) == EOF || fflush(out) == EOF))
		r = osci_fail(err, -EIO, NULL, "standard output", "cannot be written");
	json_decref(list);
	return r;
}
