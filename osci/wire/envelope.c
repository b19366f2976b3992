/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope - structure by position: Envelope, Header, header blocks, Body
 *
 * The blocks stand in the order of the schema; the signature block may also come later, and
 * FeatureDescription and foreign blocks close the Header.  Each block has an Id and is one of those that the type
 * has; anything else is refused, whatever mustUnderstand says.  A foreign block is carried along unless the
 * sender demands that it be understood.
 */
#include <errno.h>
#include <stdlib.h>

#include "wire/read.h"

#define SCHEMA_LOCATION_MAX 512
/* Each foreign block is kept in canonical form, with every namespace in scope: few octets of a message become many. */
#define FOREIGN_BLOCKS_MAX 32

/* A first look that spares writing out the location of every type for each message: does the name stand where it should? */
static bool may_be(const char *location, enum osci_type type)
{
	static const char head[] = OSCI_NS_SOAP " soap";
	const char *name = type == OSCI_FAULT ? "MessageFault" : osci_type_name(type), *at = location + sizeof(head) - 1;

	return strncmp(location, head, sizeof(head) - 1) == 0 && *at && strncmp(at + 1, name + 1, strlen(name + 1)) == 0;
}

int osci_read_type(xmlNodePtr root, enum osci_type *ret, bool *encrypted, struct osci_err *err)
{
	static const char *const allowed[] = { "xsi:schemaLocation", NULL };
	char expected[256], *location;
	int r, type;

	*encrypted = false;
	*ret = OSCI_FAULT;
	if (!osci_xml_is(root, OSCI_NS_SOAP, "Envelope"))
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", root, "no SOAP 1.1 Envelope");
	r = osci_wire_attrs(root, allowed, err);
	if (!r)
		r = osci_xml_attr(root, OSCI_NS_XSI, "schemaLocation", SCHEMA_LOCATION_MAX, &location, err);
	if (r || !location) /* peers write faults without it */
		return r;
	osci_schema_location(expected, sizeof(expected), "MessageEncrypted");
	*encrypted = strcmp(location, expected) == 0;
	for (type = 0; type < OSCI_TYPE_COUNT && !*encrypted; type++) {
		if (!may_be(location, (enum osci_type)type))
			continue;
		osci_type_schema_location(expected, sizeof(expected), (enum osci_type)type);
		if (strcmp(location, expected) == 0)
			break;
	}
	free(location);
	if (type == OSCI_TYPE_COUNT)
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", root,
					"xsi:schemaLocation names no message type of OSCI-Transport 1.2");
	*ret = *encrypted ? OSCI_FAULT : (enum osci_type)type;
	return 0;
}

/* Id, and soap:actor and soap:mustUnderstand as the schema has them, if they are there. */
static int block(struct osci_reader *r, xmlNodePtr node, const char *const *allowed, const char *actor)
{
	struct osci_arena *a = &r->p->arena;
	const char *id, *value;
	int x;

	x = allowed ? osci_wire_attrs(node, allowed, r->err) : 0;
	if (!x)
		x = osci_wire_attr(a, node, NULL, "Id", r->l->id_chars, true, &id, r->err);
	if (!x)
		x = osci_wire_attr(a, node, OSCI_NS_SOAP, "mustUnderstand", 8, false, &value, r->err);
	if (x)
		return x;
	if (value && strcmp(value, "0") != 0 && (!allowed || strcmp(value, "1") != 0))
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "header block demands to be understood");
	if (actor) {
		x = osci_wire_attr(a, node, OSCI_NS_SOAP, "actor", 256, false, &value, r->err);
		if (x)
			return x;
		if (value && strcmp(value, actor) != 0)
			return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "soap:actor is not the one of OSCI");
	}
	if (node != r->signature) {
		r->blocks[r->n_blocks].node = node;
		r->blocks[r->n_blocks++].id = id;
	}
	return 0;
}

static int own_block(struct osci_reader *r, xmlNodePtr node, const char *const *allowed)
{
	return block(r, node, allowed, OSCI_ACTOR_NEXT);
}

#define COMMON "Id", "soap:actor", "soap:mustUnderstand"

static const char *const plain_attrs[] = { COMMON, NULL };

static int take_signature(struct osci_reader *r, struct osci_walk *w)
{
	const char *name = r->info->request ? "ClientSignature" : "SupplierSignature";

	if (r->signature)
		return 0;
	r->signature = osci_walk_take(w, OSCI_NS_OSCI, name);
	return r->signature ? own_block(r, r->signature, plain_attrs) : 0;
}

static int take_quality(struct osci_reader *r, struct osci_walk *w)
{
	static const char *const allowed[] = { COMMON, "Service", "Quality", NULL };
	xmlNodePtr node;
	int x = 0;

	while (!x && r->n_quality < r->info->quality_max &&
	       (node = osci_walk_take(w, OSCI_NS_OSCI, "QualityOfTimestamp"))) {
		r->quality[r->n_quality++] = node;
		x = own_block(r, node, allowed);
	}
	return x;
}

static int take_certs(struct osci_reader *r, struct osci_walk *w, const char *name, enum osci_need need, xmlNodePtr *ret)
{
	if (need == OSCI_NEVER)
		return 0;
	*ret = need == OSCI_MUST ? osci_walk_need(w, OSCI_NS_OSCI, name) : osci_walk_take(w, OSCI_NS_OSCI, name);
	return *ret ? block(r, *ret, plain_attrs, OSCI_ACTOR_NONE) : w->result;
}

static bool foreign(const xmlNode *node)
{
	static const char *const own[] = { OSCI_NS_SOAP, OSCI_NS_OSCI, OSCI_NS_2017,   OSCI_NS_128,
					   OSCI_NS_DS,	 OSCI_NS_XENC, OSCI_NS_XENC11, OSCI_NS_XSI };
	size_t i;

	if (!node || !node->ns)
		return false;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp((const char *)node->ns->href, own[i]) == 0)
			return false;
	return true;
}

/* FeatureDescription and blocks of other namespaces, in any order; the signature at the latest here. */
static int take_rest(struct osci_reader *r, struct osci_walk *w)
{
	static const char *const feature_attrs[] = { COMMON,		    "MaxChunkSize",	   "MaxMessageSize",
						     "MinChunkSize",	    "ChunkMessageTimeOut", "ChunkMessageTimeout",
						     NULL };
	unsigned n_foreign = 0;
	int x = take_signature(r, w);

	while (!x && w->at && !w->result) {
		if (!r->features && (r->features = osci_walk_take(w, OSCI_NS_2017, "FeatureDescription")))
			x = own_block(r, r->features, feature_attrs);
		else if (!foreign(w->at))
			break;
		else if (++n_foreign > FOREIGN_BLOCKS_MAX)
			return osci_wire_refuse(r->err, OSCI_E_LIMIT, "9100", w->at, "more than %d foreign header blocks",
						FOREIGN_BLOCKS_MAX);
		else
			x = block(r, osci_walk_any(w), NULL, NULL);
		if (!x)
			x = take_signature(r, w);
	}
	return x ? x : osci_walk_end(w);
}

static int header(struct osci_reader *r)
{
	static const char *const control_attrs[] = { COMMON, "ConversationId", "SequenceNumber", NULL };
	static const char *const language_attrs[] = { COMMON, "LanguagesList", NULL };
	const struct osci_type_info *info = r->info;
	struct osci_walk w;
	int x;

	osci_walk_begin(&w, r->header, r->err);
	r->control = osci_walk_need(&w, OSCI_NS_OSCI, "ControlBlock");
	x = r->control ? own_block(r, r->control, control_attrs) : w.result;
	if (!x)
		x = take_signature(r, &w);
	if (!x && info->request) {
		r->languages = osci_walk_need(&w, OSCI_NS_OSCI, "DesiredLanguages");
		x = r->languages ? own_block(r, r->languages, language_attrs) : w.result;
	}
	if (!x)
		x = take_quality(r, &w);
	if (!x && info->body != OSCI_BODY_ORDER) {
		r->order = osci_walk_need(&w, info->ns, info->name);
		x = r->order ? own_block(r, r->order, plain_attrs) : w.result;
	}
	if (!x)
		x = take_certs(r, &w, "IntermediaryCertificates", info->intermediary_certs, &r->intermediary_certs);
	if (!x)
		x = take_certs(r, &w, "NonIntermediaryCertificates", info->other_certs, &r->other_certs);
	return x ? x : take_rest(r, &w);
}

static int package(struct osci_reader *r)
{
	static const char *const none[] = { NULL };
	struct osci_walk w;
	xmlNodePtr node;
	int x;

	if (!r->p->package)
		return 0;
	x = osci_wire_attrs(r->p->package, none, r->err);
	osci_walk_begin(&w, r->p->package, r->err);
	while (!x && (node = osci_walk_any(&w)))
		if (!osci_xml_is(node, OSCI_NS_XENC, "EncryptedData") &&
		    !osci_xml_is(node, OSCI_NS_OSCI, "ContentContainer"))
			x = osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "element not expected here");
	return x ? x : osci_walk_end(&w);
}

static int body(struct osci_reader *r)
{
	static const char *const allowed[] = { "Id", NULL };
	static const char *const none[] = { NULL };
	struct osci_walk w;
	const char *id;
	int x;

	x = osci_wire_attrs(r->body, allowed, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, r->body, NULL, "Id", r->l->id_chars, true, &id, r->err);
	if (x)
		return x;
	r->blocks[r->n_blocks].node = r->body;
	r->blocks[r->n_blocks++].id = id;
	osci_walk_begin(&w, r->body, r->err);
	switch (r->info->body) {
	case OSCI_BODY_ORDER:
		r->order = osci_walk_need(&w, r->info->ns, r->info->name);
		if (r->order)
			x = osci_wire_attrs(r->order, none, r->err);
		break;
	case OSCI_BODY_EMPTY:
		break;
	case OSCI_BODY_PACKAGE:
		r->p->package = osci_walk_need(&w, OSCI_NS_OSCI, "ContentPackage");
		break;
	case OSCI_BODY_PACKAGE_MAY:
		r->p->package = osci_walk_take(&w, OSCI_NS_OSCI, "ContentPackage");
		break;
	}
	if (!x)
		x = osci_walk_end(&w);
	return x ? x : package(r);
}

int osci_read_envelope(struct osci_reader *r)
{
	static const char *const none[] = { NULL };
	const xmlNode *n;
	struct osci_walk w;
	size_t count = 1;
	int x;

	osci_walk_begin(&w, r->envelope, r->err);
	r->header = osci_walk_need(&w, OSCI_NS_SOAP, "Header");
	r->body = osci_walk_need(&w, OSCI_NS_SOAP, "Body");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_wire_attrs(r->header, none, r->err);
	if (x)
		return x;
	for (n = osci_xml_first(r->header, NULL); n; n = osci_xml_next(n, NULL))
		count++;
	r->blocks = osci_arena_alloc(&r->p->arena, count, sizeof(*r->blocks));
	if (!r->blocks)
		return -ENOMEM;
	x = header(r);
	if (!x)
		x = body(r);
	return x ? x : osci_ids_build(&r->p->ids, &r->p->arena, r->envelope, true, r->l, r->err);
}
