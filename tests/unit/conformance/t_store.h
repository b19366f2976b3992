/* SPDX-License-Identifier: Apache-2.0 */
/* t_store - a store in a folder of its own */
#ifndef T_STORE_H
#define T_STORE_H

#include <unistd.h>

#include "base/buf.h"
#include "store/store.h"
#include "t_sim.h"

static char t_dir[64];
__attribute__((unused)) static const struct sim_settings dump_settings;

static inline const char *t_path(const char *name)
{
	static char path[8][160];
	static unsigned next;
	char *p = path[next++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", t_dir, name);
	return p;
}

static inline int t_make_dir(void **state)
{
	snprintf(t_dir, sizeof(t_dir), "/tmp/sim-test-XXXXXX");
	return mkdtemp(t_dir) ? 0 : -1;
}

static inline int t_remove_dir(void **state)
{
	static const char *const names[] = { "sim.db", "sim.db-wal", "sim.db-shm", "sim.db.lock", "file", "file.used", "orders" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(t_path(names[i]));
	return rmdir(t_dir);
}

static inline void t_open(struct sim_store *st)
{
	struct osci_err err;

	if (sim_store_open(st, t_path("sim.db"), &err))
		fail_msg("%s: %s", err.where, err.what);
}

static inline void t_write(const char *name, const char *text)
{
	FILE *f = fopen(t_path(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

#endif
