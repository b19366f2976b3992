/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml - the one way foreign XML enters this project
 *
 * Pre-scan of the octets (UTF-8, no NUL, start tags within limits), then libxml2's
 * parser with guards that stop at the first DOCTYPE, processing instruction or
 * exceeded limit, then the checks after parsing.  Used for OSCI envelopes, decrypted
 * content, XAusländer messages: there is no second code path.
 */
#ifndef OSCI_XML_XML_H
#define OSCI_XML_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <libxml/tree.h>

#include <osci/err.h>
#include <osci/limits.h>
#include "base/buf.h"

/* xmlInitParser and a refusing external entity loader; call once, in the main thread. */
int osci_xml_init(void);

/*
 * 0, OSCI_E_MALFORMED, OSCI_E_LIMIT or -ENOMEM.  @err->where is "LINE:COLUMN" or
 * "byte N"; the cause names elements, never values.  The caller frees with xmlFreeDoc().
 */
int osci_xml_parse(xmlDocPtr *ret, const void *data, size_t len, const struct osci_limits *limits,
		   struct osci_err *err);
void osci_xml_freep(xmlDocPtr *doc);

/* Raw pre-scan alone, for fuzzing and streams. */
int osci_xml_prescan(const void *data, size_t len, const struct osci_limits *limits,
		     struct osci_err *err);

/* Element with this namespace URI (NULL = no namespace) and local name? Compares octets. */
bool osci_xml_is(const xmlNode *node, const char *ns, const char *local);
/*
 * First/next element among the children.  Blank text and comments between elements are
 * passed over; any other text, CDATA, PI or entity sets *@bad (may be NULL).
 */
xmlNodePtr osci_xml_first(const xmlNode *parent, bool *bad);
xmlNodePtr osci_xml_next(const xmlNode *node, bool *bad);
/*
 * Text of an element that may hold text only: text and CDATA joined; comments, PIs, child
 * elements refused (OSCI_E_MALFORMED), more than @max octets OSCI_E_LIMIT.  *@ret is malloc()ed.
 */
int osci_xml_text(const xmlNode *node, size_t max, char **ret, struct osci_err *err);
/* Value of an attribute (ns NULL = no namespace), malloc()ed; NULL in *@ret if absent. */
int osci_xml_attr(const xmlNode *node, const char *ns, const char *local, size_t max, char **ret,
		  struct osci_err *err);
/* "soap:Envelope/soap:Header/osci:ControlBlock[2]" with our own prefixes for known namespaces. */
void osci_xml_path(const xmlNode *node, char *out, size_t size);

#endif
