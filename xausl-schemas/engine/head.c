/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head - what every message with a nachrichtenkopf.g2g says of itself, whatever its release
 *
 * Elements are found by local name at their place: the frame is in no namespace, the reference to another message in
 * that of the release.  An element twice at its place has two meanings and is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "base/text.h"
#include "engine/check.h"
#include "xml/xml.h"

#define TEXTS 16
#define TEXT_MAX 4096u /* octets of one text of the frame */

struct head {
	struct xausl_head pub; /* first: the caller holds this */
	char *texts[TEXTS];
	size_t n;
};

void xausl_head_freep(struct xausl_head **hp)
{
	struct head *h = hp ? (struct head *)*hp : NULL;

	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		free(h->texts[i]);
	free(h);
	*hp = NULL;
}

static int malformed(struct osci_err *err, const char *where, const char *what)
{
	return osci_fail(err, OSCI_E_MALFORMED, NULL, where, "%s", what);
}

/* The child of that name, of any namespace; *@ret NULL if there is none. */
static int child(const xmlNode *node, const char *name, const xmlNode **ret, struct osci_err *err)
{
	*ret = NULL;
	for (const xmlNode *n = node ? node->children : NULL; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0)
			continue;
		if (*ret)
			return malformed(err, name, "twice");
		*ret = n;
	}
	return 0;
}

/* Keeps @text, which becomes the head's, with the white space around it taken off. */
static const char *keep(struct head *h, char *text)
{
	size_t n = strlen(text), skip = strspn(text, " \t\r\n");

	while (n > skip && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	h->texts[h->n++] = text;
	return text + skip;
}

static int text_of(struct head *h, const xmlNode *node, const char *name, const char **ret, struct osci_err *err)
{
	char *text = NULL;
	int r;

	if (!node)
		return 0;
	r = osci_xml_text(node, TEXT_MAX, &text, NULL);
	if (r)
		return r < 0 ? osci_fail(err, r, NULL, name, "cannot be read") : malformed(err, name, "more than a short text");
	*ret = keep(h, text);
	return 0;
}

static int child_text(struct head *h, const xmlNode *parent, const char *name, const char **ret, struct osci_err *err)
{
	const xmlNode *node;
	int r = child(parent, name, &node, err);

	return r ? r : text_of(h, node, name, ret, err);
}

static int attr_of(struct head *h, const xmlNode *node, const char *name, const char **ret, struct osci_err *err)
{
	char *text = NULL;
	int r = node ? osci_xml_attr(node, NULL, name, TEXT_MAX, &text, NULL) : 0;

	if (r)
		return r < 0 ? osci_fail(err, r, NULL, name, "cannot be read") : malformed(err, name, "attribute is too long");
	if (text)
		*ret = keep(h, text);
	return 0;
}

static int read_root(struct head *h, const xmlNode *root, struct osci_err *err)
{
	const char *dot;
	char *name = strdup((const char *)root->name), *ns = strdup(root->ns ? (const char *)root->ns->href : "");
	int r;

	h->texts[h->n++] = name;
	h->texts[h->n++] = ns;
	if (!name || !ns)
		return osci_fail(err, -ENOMEM, NULL, "message", "out of memory");
	h->pub.root = name;
	h->pub.namespace_uri = ns;
	dot = strrchr(name, '.');
	if (dot && dot[1] && !dot[1 + strspn(dot + 1, "0123456789")])
		h->pub.number = dot + 1;
	h->pub.test = xmlHasNsProp((xmlNodePtr)root, (const xmlChar *)"test", NULL) != NULL;
	r = attr_of(h, root, "standard", &h->pub.standard, err);
	return r ? r : attr_of(h, root, "version", &h->pub.version, err);
}

static int read_identification(struct head *h, const xmlNode *id, struct osci_err *err)
{
	const xmlNode *type = NULL;
	int r;

	r = child_text(h, id, "nachrichtenUUID", &h->pub.uuid, err);
	if (!r)
		r = child(id, "nachrichtentyp", &type, err);
	if (!r)
		r = attr_of(h, type, "listURI", &h->pub.type_list, err);
	if (!r)
		r = attr_of(h, type, "listVersionID", &h->pub.type_version, err);
	if (!r)
		r = child_text(h, type, "code", &h->pub.type, err);
	if (!r)
		r = child_text(h, id, "erstellungszeitpunkt", &h->pub.created, err);
	if (!r && osci_parse_datetime(h->pub.created, strlen(h->pub.created), &h->pub.created_ms))
		h->pub.created_ms = -1;
	if (!r && !h->pub.uuid[0])
		r = malformed(err, "nachrichtenUUID", "missing");
	return r;
}

/* ausloeserUUID below the root; a rejection names its message in its body instead. */
static int read_trigger(struct head *h, const xmlNode *root, struct osci_err *err)
{
	const xmlNode *node = NULL;
	int r = child_text(h, root, "ausloeserUUID", &h->pub.trigger_uuid, err);

	if (r || h->pub.trigger_uuid[0])
		return r;
	for (const xmlNode *n = root->children; n && !r && !node; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			r = child(n, "idNachricht", &node, err);
	return r ? r : child_text(h, node, "nachrichtenUUID", &h->pub.trigger_uuid, err);
}

static int read_party(struct head *h, const xmlNode *parent, const char *name, const char **key, const char **label,
		      struct osci_err *err)
{
	const xmlNode *node;
	int r = child(parent, name, &node, err);

	if (!r)
		r = child_text(h, node, "kennung", key, err);
	return r ? r : child_text(h, node, "name", label, err);
}

int xausl_read_frame(struct xausl_head **ret, const void *data, size_t len, const struct osci_limits *limits,
		     struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	_cleanup_(xausl_head_freep) struct xausl_head *pub = NULL;
	struct head *h = calloc(1, sizeof(*h));
	const xmlNode *root, *head = NULL, *id = NULL;
	struct osci_limits bounded;
	int r;

	if (!h)
		return osci_fail(err, -ENOMEM, NULL, "message", "out of memory");
	pub = &h->pub;
	*pub = (struct xausl_head){ .root = "", .namespace_uri = "", .number = "", .uuid = "", .type = "", .type_list = "",
				    .type_version = "", .standard = "", .version = "", .created = "", .created_ms = -1,
				    .author_key = "", .author_name = "", .reader_key = "", .reader_name = "",
				    .trigger_uuid = "", .priv = h };
	xausl_message_limits(&bounded, limits);
	r = osci_xml_parse(&doc, data, len, &bounded, err);
	if (r)
		return r;
	root = xmlDocGetRootElement(doc);
	r = child(root, "nachrichtenkopf.g2g", &head, err);
	if (!r && !head)
		r = malformed(err, "nachrichtenkopf.g2g", "missing");
	if (!r)
		r = read_root(h, root, err);
	if (!r)
		r = child(head, "identifikation.nachricht", &id, err);
	if (!r)
		r = read_identification(h, id, err);
	if (!r)
		r = read_party(h, head, "autor", &pub->author_key, &pub->author_name, err);
	if (!r)
		r = read_party(h, head, "leser", &pub->reader_key, &pub->reader_name, err);
	if (!r)
		r = read_trigger(h, root, err);
	if (r)
		return r;
	*ret = pub;
	pub = NULL;
	return 0;
}
