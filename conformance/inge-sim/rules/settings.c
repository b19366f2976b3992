/* SPDX-License-Identifier: Apache-2.0 */
/* settings - see settings.h */
#include <string.h>

#include "rules/settings.h"

enum kind { FLAG, TEXT };

static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *preset, *values;
} switches[] = {
#define ROW(name, kind, field, preset, values, help) { #name, kind, offsetof(struct sim_settings, field), preset, values },
	SIM_SWITCHES(ROW)
#undef ROW
};
#define N (sizeof(switches) / sizeof(switches[0]))

/* Place among @values, or -1. */
static int place_of(const char *values, const char *value)
{
	size_t n = strlen(value);

	for (int i = 0; n; i++) {
		size_t len = strcspn(values, "|");

		if (len == n && strncmp(values, value, n) == 0)
			return i;
		if (!values[len])
			break;
		values += len + 1;
	}
	return -1;
}

bool sim_settings_set(struct sim_settings *s, const char *name, const char *value)
{
	for (size_t i = 0; i < N; i++) {
		void *field = (char *)s + switches[i].offset;
		int place;

		if (strcmp(switches[i].name, name) != 0)
			continue;
		place = place_of(switches[i].values, value);
		if (place >= 0 && switches[i].kind == FLAG)
			*(bool *)field = place == 1;
		else if (place >= 0)
			*(const char **)field = value;
		return place >= 0;
	}
	return false;
}

const char *sim_settings_name(size_t i, const char **values)
{
	if (i >= N)
		return NULL;
	*values = switches[i].values;
	return switches[i].name;
}

void sim_settings_default(struct sim_settings *s)
{
	*s = (struct sim_settings){ 0 };
	for (size_t i = 0; i < N; i++)
		sim_settings_set(s, switches[i].name, switches[i].preset);
}
