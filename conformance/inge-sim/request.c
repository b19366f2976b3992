/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - an office's message as the decision core takes it
 *
 * The message is valid against its schema, so types hold; a field of another type is refused
 * all the same.
 */
#include <string.h>

#include "message.h"

static bool text(const json_t *object, const char *key, const char **ret)
{
	const json_t *v = json_object_get(object, key);

	*ret = json_string_value(v);
	return !v || json_is_null(v) || json_is_string(v);
}

static bool flag(const json_t *object, const char *key, bool *ret)
{
	const json_t *v = json_object_get(object, key);

	*ret = json_is_true(v);
	return !v || json_is_boolean(v);
}

static bool nationalities(struct sim_request *ret, const json_t *list)
{
	size_t i;
	json_t *v;

	if (list && !json_is_array(list))
		return false;
	json_array_foreach(list, i, v) {
		if (!json_is_string(v) || ret->n_nationalities == SIM_NATIONALITIES_MAX)
			return false;
		ret->nationalities[ret->n_nationalities++] = json_string_value(v);
	}
	return true;
}

bool sim_request_read(struct sim_request *ret, const json_t *f)
{
	const json_t *person = json_object_get(f, "person"), *author = json_object_get(f, "author");
	const char *purpose, *question;

	memset(ret, 0, sizeof(*ret));
	if (!text(f, "message", &ret->number) || !text(f, "uuid", &ret->uuid) || !text(f, "trigger", &ret->trigger) ||
	    !text(f, "question", &question) || !text(author, "key", &ret->office_key) ||
	    !text(author, "name", &ret->office_name) || !text(f, "kennziffer", &ret->kennziffer) ||
	    !text(f, "valid_until", &ret->valid_until) || !text(f, "new_surname", &ret->new_surname) ||
	    !text(f, "purpose", &purpose) || !text(person, "surname", &ret->surname) ||
	    !text(person, "given_names", &ret->given_names) || !text(person, "birth_date", &ret->birth_date) ||
	    !text(person, "sex", &ret->sex) || !text(person, "azr_number", &ret->azr_number) ||
	    !flag(f, "orientation_course_only", &ret->orientation_course_only) ||
	    !flag(f, "language_course_only", &ret->language_course_only) || !flag(f, "replace", &ret->replace) ||
	    !flag(f, "information_block", &ret->information_block) ||
	    !nationalities(ret, json_object_get(person, "nationalities")))
		return false;
	if (!ret->number || !ret->uuid || !ret->office_key || (ret->valid_until && !sim_date_ok(ret->valid_until)) ||
	    (ret->birth_date && !sim_pdate_ok(ret->birth_date)))
		return false;
	if (question)
		ret->trigger = question;
	ret->permit_extension = purpose && strcmp(purpose, "permit_extension") == 0;
	return true;
}
