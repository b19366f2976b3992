/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - the items course.* of the configuration
 */
#include <string.h>

#include "course/course.h"

static bool is(const struct conf *c, const char *path, const char *value)
{
	return strcmp(conf_text(c, path), value) == 0;
}

/* 127.0.0.0/8 or ::1. */
static bool on_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0;
}

void course_conf_read(struct course_conf *ret, struct conf *c)
{
	*ret = (struct course_conf){
		.listen = conf_has(c, "course.listen") ? conf_text(c, "course.listen") : NULL,
		.beyond_loopback = conf_bool(c, "course.beyond_loopback"),
		.directory = conf_has(c, "course.directory") ? conf_text(c, "course.directory") : NULL,
		.windows = is(c, "course.windows", "refuse") ? COURSE_WINDOWS_REFUSE :
			   is(c, "course.windows", "off")    ? COURSE_WINDOWS_OFF :
							       COURSE_WINDOWS_HINT,
		.hours = conf_int(c, "course.hours"),
		.pass_points = conf_int(c, "course.pass_points"),
		.regional_office = conf_text(c, "course.regional_office"),
	};
	if (!ret->listen)
		return;
	if (!on_loopback(ret->listen) && !ret->beyond_loopback)
		conf_add_problem(c, "course.listen", "another address than loopback needs course.beyond_loopback: true");
	if (!ret->directory)
		conf_add_problem(c, "course.listen", "course.directory is needed, too");
}
