/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soap - the web service in SOAP 1.1, document/literal: POST /soap; GET /soap?wsdl and ?xsd describe it
 *
 * Description and schema are made from the same tables as everything else.  Requests: guarded parse (no DTD, no
 * entities, limits), UsernameToken of WS-Security with a password as text, body checked against the schema.
 */
#ifndef COURSE_SOAP_H
#define COURSE_SOAP_H

#include "course/call.h"
#include "course/http.h"

#define COURSE_SOAP "/soap"
#define COURSE_NS "urn:xausl:inge-sim:course:1"

struct course_schema; /* compiled */

int course_schema_new(struct course_schema **ret, struct osci_err *err);
void course_schema_freep(struct course_schema **s);
/* XML Schema of all requests and answers; description with the address @host. */
void course_write_xsd(struct osci_buf *b);
void course_write_wsdl(struct osci_buf *b, const char *host);

int course_soap_serve(struct course *c, const struct course_request *r, struct course_answer *a, struct osci_err *err);

/* --- for the files of soap ------------------------------------------------ */

#include <libxml/tree.h>

/* Is the element (with what is below) valid? *@field (of COURSE_PATH_MAX): where not, or "". */
int course_schema_check(struct course_schema *s, xmlNodePtr node, bool *valid, char *field);
/* The children of @node as the table names them; unknown ones under "". New reference. */
json_t *course_node_json(const struct course_field *fields, const xmlNode *node);
/* <@name> with the values of @o. */
void course_write_values(struct osci_buf *b, const struct course_field *fields, const json_t *o);

#endif
