/* SPDX-License-Identifier: Apache-2.0 */
/* json - the web service in JSON: POST /api/v1/FUNCTION */
#ifndef COURSE_JSON_H
#define COURSE_JSON_H

#include "course/call.h"
#include "course/http.h"

#define COURSE_API "/api/v1/"
#define COURSE_REGISTER COURSE_API "user"

int course_json_serve(struct course *c, const struct course_request *r, struct course_answer *a, struct osci_err *err);

#endif
