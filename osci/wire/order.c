/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order - values of control block, header blocks and order elements, after the signature has been checked
 *
 * One reader for each element, the whole child list each time.  Numbers are digits alone and bounded, ids fit
 * their alphabet, times have a zone, texts have a maximum.
 */
#include <ctype.h>
#include <errno.h>

#include "base/text.h"
#include "wire/read.h"

#define SEQUENCE_MAX INT32_MAX
#define CHUNK_MAX INT32_MAX
#define SHORT_MAX 64
#define URI_MAX 2048
#define MESSAGE_IDS_MAX 10000 /* in one selection */

static const char *const no_attrs[] = { NULL };

static int refuse(struct osci_reader *r, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "%s", what);
}

static int plain_text(struct osci_reader *r, const xmlNode *node, size_t max, const char **ret)
{
	int x = osci_wire_attrs(node, no_attrs, r->err);

	return x ? x : osci_wire_text(&r->p->arena, node, max, ret, r->err);
}

/* --- control block ------------------------------------------------------ */

static int presence(struct osci_reader *r, const xmlNode *node, enum osci_need need, bool there, const char *name)
{
	if (need == OSCI_MUST && !there)
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "%s is missing", name);
	if (need == OSCI_NEVER && there)
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "%s is not allowed in this message type", name);
	return 0;
}

static int token(struct osci_reader *r, xmlNodePtr node, const char **ret)
{
	int x = node ? plain_text(r, node, r->l->id_chars, ret) : 0;

	if (!x && node && !osci_id_ok(*ret, strlen(*ret), r->l->id_chars))
		return refuse(r, node, "empty or with characters that no id has");
	return x;
}

int osci_read_control(struct osci_reader *r)
{
	const struct osci_type_info *info = r->info;
	struct osci_control *c = &r->m->control;
	xmlNodePtr response, challenge, node = r->control;
	struct osci_walk w;
	const char *p;
	int x;

	osci_walk_begin(&w, node, r->err);
	response = osci_walk_take(&w, OSCI_NS_OSCI, "Response");
	challenge = osci_walk_take(&w, OSCI_NS_OSCI, "Challenge");
	x = osci_walk_end(&w);
	if (!x)
		x = token(r, response, &c->response);
	if (!x)
		x = token(r, challenge, &c->challenge);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "ConversationId", r->l->id_chars, false,
				   &c->conversation_id, r->err);
	for (p = c->conversation_id; !x && p && (*p || p == c->conversation_id); p++)
		if (!isdigit((unsigned char)*p))
			x = refuse(r, node, "ConversationId has something else than digits");
	if (!x)
		x = osci_wire_number(&r->p->arena, node, "SequenceNumber", SEQUENCE_MAX, false, &c->has_sequence,
				     &c->sequence, r->err);
	/* An order that needs a dialog and has none is the supplier's to answer (9802, 9400). */
	if (!x && (c->response || !info->request))
		x = presence(r, node, info->response, c->response, "Response");
	if (!x)
		x = presence(r, node, info->challenge, c->challenge, "Challenge");
	if (!x && (c->conversation_id || !info->request))
		x = presence(r, node, info->conversation, c->conversation_id, "ConversationId");
	return x ? x : presence(r, node, info->sequence, c->has_sequence, "SequenceNumber");
}

/* --- header blocks of every type ---------------------------------------- */

static int languages(struct osci_reader *r)
{
	const char *p;
	int x;

	if (!r->languages)
		return 0;
	x = osci_wire_empty(r->languages, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, r->languages, NULL, "LanguagesList", 256, true, &r->m->languages, r->err);
	if (x)
		return x;
	for (p = r->m->languages; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != ' ')
			return refuse(r, r->languages, "LanguagesList has something else than language tags");
	return r->m->languages[0] ? 0 : refuse(r, r->languages, "LanguagesList is empty");
}

static int quality(struct osci_reader *r, xmlNodePtr node)
{
	const char *service, *value, **field;
	int x;

	x = osci_wire_empty(node, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Service", SHORT_MAX, true, &service, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Quality", SHORT_MAX, true, &value, r->err);
	if (x)
		return x;
	if (strcmp(service, "creation") == 0)
		field = &r->m->quality_creation;
	else if (strcmp(service, "reception") == 0)
		field = &r->m->quality_reception;
	else
		return refuse(r, node, "unknown Service");
	if (strcmp(value, "plain") != 0 && strcmp(value, "cryptographic") != 0)
		return refuse(r, node, "unknown Quality");
	if (*field)
		return refuse(r, node, "second one for the same Service");
	*field = value;
	return 0;
}

static int feature(struct osci_reader *r, xmlNodePtr node, struct osci_feature *f)
{
	static const char *const allowed[] = { "Key", "Version", NULL };
	int x;

	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_empty(node, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Key", 256, true, &f->key, r->err);
	return x ? x : osci_wire_attr(&r->p->arena, node, NULL, "Version", SHORT_MAX, true, &f->version, r->err);
}

/* The last two are one: as the schema spells it, and as the reference implementation does. */
static int limits(struct osci_reader *r, const xmlNode *node, struct osci_features *f)
{
	uint64_t other;
	struct {
		const char *name;
		uint64_t *value;
		bool there;
	} v[] = {
		{ "MaxChunkSize", &f->max_chunk, false },
		{ "MaxMessageSize", &f->max_message, false },
		{ "MinChunkSize", &f->min_chunk, false },
		{ "ChunkMessageTimeOut", &f->chunk_timeout, false },
		{ "ChunkMessageTimeout", &other, false },
	};
	size_t i;
	int x = 0;

	for (i = 0; i < sizeof(v) / sizeof(v[0]) && !x; i++)
		x = osci_wire_number(&r->p->arena, node, v[i].name, UINT64_MAX, false, &v[i].there, v[i].value, r->err);
	if (x)
		return x;
	if (v[3].there && v[4].there && f->chunk_timeout != other)
		return refuse(r, node, "two different values of ChunkMessageTimeOut");
	if (v[4].there)
		f->chunk_timeout = other;
	return 0;
}

int osci_read_features(struct osci_reader *r)
{
	struct osci_features *f = &r->m->announced;
	struct osci_feature *v;
	xmlNodePtr list, node;
	struct osci_walk w;
	size_t n = 0;
	int x;

	if (!r->features)
		return 0;
	x = limits(r, r->features, f);
	if (x)
		return x;
	osci_walk_begin(&w, r->features, r->err);
	list = osci_walk_need(&w, OSCI_NS_2017, "SupportedFeatures");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_wire_attrs(list, no_attrs, r->err);
	if (x)
		return x;
	v = osci_arena_alloc(&r->p->arena, osci_wire_count(list, OSCI_NS_2017, "Feature"), sizeof(*v));
	if (!v)
		return -ENOMEM;
	osci_walk_begin(&w, list, r->err);
	while (!x && (node = osci_walk_take(&w, OSCI_NS_2017, "Feature")))
		x = feature(r, node, &v[n++]);
	r->m->features = f->list = v;
	r->m->n_features = f->n = n;
	return x ? x : osci_walk_end(&w);
}

/* --- values of order elements ------------------------------------------- */

/* base64 of a text id. */
int osci_read_message_id(struct osci_reader *r, const xmlNode *node, const char **ret)
{
	_cleanup_buf_ struct osci_buf id = OSCI_BUF_INIT(r->l->id_chars);
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (!x)
		x = osci_wire_base64(node, r->l->id_chars, &id, r->err);
	if (x)
		return x;
	if (!id.len || !osci_id_ok((const char *)id.data, id.len, r->l->id_chars))
		return refuse(r, node, "empty or with characters that no id has");
	*ret = osci_arena_copy(&r->p->arena, id.data, id.len);
	return *ret ? 0 : -ENOMEM;
}

static int feedback(struct osci_reader *r, xmlNodePtr node, const struct osci_feedback **ret, size_t *ret_n)
{
	static const char *const entry_attrs[] = { "xml:lang", NULL };
	size_t n = osci_wire_count(node, OSCI_NS_OSCI, "Entry"), i, k;
	struct osci_feedback *v;
	struct osci_walk w, e;
	xmlNodePtr entry, code, text;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	if (n == 0 || n > r->l->feedback_entries)
		return osci_wire_refuse(r->err, n ? OSCI_E_LIMIT : OSCI_E_MALFORMED, "9100", node, "%zu entries", n);
	v = osci_arena_alloc(&r->p->arena, n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	osci_walk_begin(&w, node, r->err);
	for (i = 0; i < n && !x; i++) {
		entry = osci_walk_need(&w, OSCI_NS_OSCI, "Entry");
		if (!entry)
			break;
		osci_walk_begin(&e, entry, r->err);
		code = osci_walk_need(&e, OSCI_NS_OSCI, "Code");
		text = osci_walk_need(&e, OSCI_NS_OSCI, "Text");
		x = osci_walk_end(&e);
		if (!x)
			x = osci_wire_attrs(entry, entry_attrs, r->err);
		if (!x)
			x = osci_wire_attr(&r->p->arena, entry, "http://www.w3.org/XML/1998/namespace", "lang", 256,
					   false, &v[i].lang, r->err);
		if (!x)
			x = plain_text(r, code, 8, &v[i].code);
		if (!x)
			x = plain_text(r, text, r->l->subject_chars, &v[i].text);
		for (k = 0; !x && k < 4; k++)
			if (!isdigit((unsigned char)v[i].code[k]))
				break;
		if (!x && (k < 4 || v[i].code[4]))
			x = refuse(r, code, "not four digits");
	}
	*ret = v;
	*ret_n = n;
	return x ? x : osci_walk_end(&w);
}

static int date_rule(struct osci_reader *r, xmlNodePtr node, enum osci_selection_kind kind)
{
	static const char *const allowed[] = { "NoReception", "Role", NULL };
	struct osci_selection *s = &r->m->selection;
	const char *flag;
	int x;

	s->kind = kind;
	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_text(&r->p->arena, node, SHORT_MAX, &s->time, r->err);
	if (!x)
		x = osci_wire_datetime(node, s->time, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Role", SHORT_MAX, false, &s->role, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "NoReception", 8, false, &flag, r->err);
	if (x)
		return x;
	if (s->role && strcmp(s->role, "Addressee") != 0 && strcmp(s->role, "Originator") != 0)
		return refuse(r, node, "unknown Role");
	if (flag && strcmp(flag, "true") != 0 && strcmp(flag, "false") != 0 && strcmp(flag, "1") != 0 &&
	    strcmp(flag, "0") != 0)
		return refuse(r, node, "NoReception is neither true nor false");
	s->no_reception = flag && (flag[0] == 't' || flag[0] == '1');
	return 0;
}

/* The rule stands in a SelectionRule; the echo of an answer may leave that out. */
static int rule(struct osci_reader *r, struct osci_walk *w)
{
	struct osci_selection *s = &r->m->selection;
	xmlNodePtr node;
	const char **ids;
	size_t n;
	int x;

	if ((node = osci_walk_take(w, OSCI_NS_OSCI, "ReceptionOfDelivery")))
		return date_rule(r, node, OSCI_SELECT_RECEPTION);
	if ((node = osci_walk_take(w, OSCI_NS_OSCI, "RecentModification")))
		return date_rule(r, node, OSCI_SELECT_RECENT);
	n = osci_wire_count(w->parent, OSCI_NS_OSCI, "MessageId");
	if (n == 0)
		return w->result;
	if (n > MESSAGE_IDS_MAX)
		return osci_wire_refuse(r->err, OSCI_E_LIMIT, "9100", w->parent, "more than %d ids", MESSAGE_IDS_MAX);
	ids = osci_arena_alloc(&r->p->arena, n, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	s->kind = OSCI_SELECT_MESSAGE_ID;
	s->message_ids = ids;
	while ((node = osci_walk_take(w, OSCI_NS_OSCI, "MessageId"))) {
		x = osci_read_message_id(r, node, &ids[s->n_message_ids++]);
		if (x)
			return x;
	}
	return w->result;
}

/* Children of fetchDelivery, fetchProcessCard, their echoes, and of the partial fetch before the chunk. */
static int selection(struct osci_reader *r, struct osci_walk *w)
{
	static const char *const limit_attrs[] = { "Limit", NULL };
	xmlNodePtr node = osci_walk_take(w, OSCI_NS_OSCI, "SelectionRule");
	struct osci_walk inner;
	int x;

	if (node) {
		x = osci_wire_attrs(node, no_attrs, r->err);
		osci_walk_begin(&inner, node, r->err);
		if (!x)
			x = rule(r, &inner);
		if (!x)
			x = osci_walk_end(&inner);
		if (!x && r->m->selection.kind == OSCI_SELECT_NONE)
			x = refuse(r, node, "no rule in it");
	} else {
		x = rule(r, w);
	}
	if (x)
		return x;
	node = osci_walk_take(w, OSCI_NS_OSCI, "Quantity");
	if (!node)
		return w->result;
	x = osci_wire_attrs(node, limit_attrs, r->err);
	if (!x)
		x = osci_wire_empty(node, r->err);
	if (!x)
		x = osci_wire_number(&r->p->arena, node, "Limit", INT32_MAX, true, NULL, &r->m->selection.limit, r->err);
	if (!x && r->m->selection.limit == 0)
		x = refuse(r, node, "Limit is 0");
	return x;
}

/* The schema lets each rule of the echo hold one id only, so several ids come in a rule each. */
static int echoed_ids(struct osci_reader *r, const xmlNode *node, size_t n)
{
	struct osci_selection *s = &r->m->selection;
	struct osci_walk w, inner;
	xmlNodePtr one, id;
	const char **ids;
	int x = 0;

	if (n > MESSAGE_IDS_MAX)
		return osci_wire_refuse(r->err, OSCI_E_LIMIT, "9100", node, "more than %d ids", MESSAGE_IDS_MAX);
	ids = osci_arena_alloc(&r->p->arena, n, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	s->kind = OSCI_SELECT_MESSAGE_ID;
	s->message_ids = ids;
	osci_walk_begin(&w, node, r->err);
	while (!x && (one = osci_walk_take(&w, OSCI_NS_OSCI, "SelectionRule"))) {
		osci_walk_begin(&inner, one, r->err);
		id = osci_walk_need(&inner, OSCI_NS_OSCI, "MessageId");
		x = osci_walk_end(&inner);
		if (!x)
			x = osci_wire_attrs(one, no_attrs, r->err);
		if (!x)
			x = osci_read_message_id(r, id, &ids[s->n_message_ids++]);
	}
	return x ? x : osci_walk_end(&w);
}

static int echo(struct osci_reader *r, xmlNodePtr node)
{
	size_t n = osci_wire_count(node, OSCI_NS_OSCI, "SelectionRule");
	struct osci_walk w;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	if (n > 1)
		return echoed_ids(r, node, n);
	osci_walk_begin(&w, node, r->err);
	x = selection(r, &w);
	return x ? x : osci_walk_end(&w);
}

static int received_chunks(struct osci_reader *r, const xmlNode *node)
{
	const char *p = r->m->chunk.received;

	for (; p && *p; p++)
		if (!isdigit((unsigned char)*p) && *p != ' ' && *p != '-')
			return refuse(r, node, "ReceivedChunks has something else than numbers");
	return 0;
}

static int chunk(struct osci_reader *r, struct osci_walk *w)
{
	static const char *const allowed[] = { "ChunkNumber",	    "ChunkSize",	"ReceivedChunks",
					       "TotalChunkNumbers", "TotalMessageSize", NULL };
	xmlNodePtr node = osci_walk_need(w, OSCI_NS_2017, "ChunkInformation");
	struct osci_chunk *c = &r->m->chunk;
	struct osci_arena *a = &r->p->arena;
	int x;

	if (!node)
		return w->result;
	c->present = true;
	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_empty(node, r->err);
	if (!x)
		x = osci_wire_number(a, node, "ChunkNumber", CHUNK_MAX, false, NULL, &c->number, r->err);
	if (!x)
		x = osci_wire_number(a, node, "ChunkSize", CHUNK_MAX, false, NULL, &c->size_kib, r->err);
	if (!x)
		x = osci_wire_number(a, node, "TotalChunkNumbers", CHUNK_MAX, false, NULL, &c->total_chunks, r->err);
	if (!x)
		x = osci_wire_number(a, node, "TotalMessageSize", CHUNK_MAX, false, NULL, &c->total_kib, r->err);
	if (!x)
		x = osci_wire_attr(a, node, NULL, "ReceivedChunks", 64 * 1024, false, &c->received, r->err);
	return x ? x : received_chunks(r, node);
}

/* --- order elements ------------------------------------------------------ */

static int subject(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr node = osci_walk_take(w, OSCI_NS_OSCI, "Subject");

	return node ? plain_text(r, node, r->l->subject_chars, &r->m->subject) : w->result;
}

static int message_id(struct osci_reader *r, struct osci_walk *w, bool must)
{
	xmlNodePtr node = must ? osci_walk_need(w, OSCI_NS_OSCI, "MessageId") :
				 osci_walk_take(w, OSCI_NS_OSCI, "MessageId");

	return node ? osci_read_message_id(r, node, &r->m->message_id) : w->result;
}

static int id_and_subject(struct osci_reader *r, struct osci_walk *w, bool must)
{
	int x = message_id(r, w, must);

	return !x && r->m->message_id ? subject(r, w) : x;
}

static int receiver(struct osci_reader *r, struct osci_walk *w)
{
	static const char *const allowed[] = { "URI", NULL };
	xmlNodePtr node = osci_walk_need(w, OSCI_NS_OSCI, "ContentReceiver");
	int x;

	if (!node)
		return w->result;
	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_empty(node, r->err);
	return x ? x : osci_wire_attr(&r->p->arena, node, NULL, "URI", URI_MAX, true, &r->m->receiver_uri, r->err);
}

static int need_feedback(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr node = osci_walk_need(w, OSCI_NS_OSCI, "Feedback");

	return node ? feedback(r, node, &r->m->feedback, &r->m->n_feedback) : w->result;
}

/* All bundles of these names that follow; the answer to a partial store calls it procard, or does not. */
static int bundles(struct osci_reader *r, struct osci_walk *w, size_t min, size_t max)
{
	static const char *const names[] = { "ProcessCardBundle", "procard" };
	size_t i = r->m->type == OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY && osci_xml_is(w->at, OSCI_NS_OSCI, names[1]);
	size_t n = osci_wire_count(w->parent, OSCI_NS_OSCI, names[i]), k;
	xmlNodePtr *v;

	if (n < min)
		return refuse(r, w->parent, "ProcessCardBundle is missing");
	if (n > max)
		return osci_wire_refuse(r->err, OSCI_E_LIMIT, "9100", w->parent, "%zu process cards, %zu at most", n, max);
	v = osci_arena_alloc(&r->p->arena, n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (k = 0; k < n; k++) {
		v[k] = osci_walk_need(w, OSCI_NS_OSCI, names[i]);
		if (!v[k])
			return w->result;
	}
	return osci_read_cards(r, v, n);
}

static int mediate_bundles(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr v[2];
	size_t n = 0;

	v[n] = osci_walk_take(w, OSCI_NS_OSCI, "RequestProcessCardBundle");
	if (!v[n])
		return w->result;
	n++;
	v[n] = osci_walk_take(w, OSCI_NS_OSCI, "ReplyProcessCardBundle");
	if (v[n])
		n++;
	return osci_read_cards(r, v, n);
}

static int partial_store(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr info;
	int x = id_and_subject(r, w, true);

	if (x)
		return x;
	info = osci_walk_take(w, OSCI_NS_2017, "InfoOnly");
	if (!info)
		return chunk(r, w);
	r->m->chunk.present = r->m->chunk.info_only = true;
	x = osci_wire_attrs(info, no_attrs, r->err);
	return x ? x : osci_wire_empty(info, r->err);
}

static int partial_store_answer(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr inside = osci_walk_take(w, OSCI_NS_2017, "InsideFeedback");
	int x = w->result;

	if (inside)
		x = feedback(r, inside, &r->m->inside_feedback, &r->m->n_inside_feedback);
	if (!x)
		x = need_feedback(r, w);
	if (!x)
		x = bundles(r, w, 0, 1);
	return x ? x : chunk(r, w);
}

static int partial_fetch_answer(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr node;
	int x = need_feedback(r, w);

	if (x)
		return x;
	node = osci_walk_need(w, OSCI_NS_OSCI, "fetchDelivery");
	x = node ? echo(r, node) : w->result;
	if (!x)
		x = chunk(r, w);
	return x ? x : message_id(r, w, true);
}

static int fetch_answer(struct osci_reader *r, struct osci_walk *w, const char *name, size_t max)
{
	xmlNodePtr node;
	int x = need_feedback(r, w);

	if (x)
		return x;
	node = osci_walk_need(w, OSCI_NS_OSCI, name);
	x = node ? echo(r, node) : w->result;
	return x ? x : bundles(r, w, 0, max);
}

static int process(struct osci_reader *r, struct osci_walk *w)
{
	xmlNodePtr node = osci_walk_take(w, OSCI_NS_OSCI, "MessageIdResponse");
	int x = node ? osci_read_message_id(r, node, &r->m->message_id_response) : w->result;

	return x ? x : bundles(r, w, 0, 1);
}

static int children(struct osci_reader *r, struct osci_walk *w)
{
	int x;

	switch (r->m->type) {
	case OSCI_INIT_DIALOG:
	case OSCI_EXIT_DIALOG:
	case OSCI_GET_MESSAGE_ID:
		return 0;
	case OSCI_STORE_DELIVERY:
		return id_and_subject(r, w, true);
	case OSCI_FORWARD_DELIVERY:
	case OSCI_MEDIATE_DELIVERY:
		x = receiver(r, w);
		return x ? x : id_and_subject(r, w, r->m->type == OSCI_FORWARD_DELIVERY);
	case OSCI_ACCEPT_DELIVERY:
		return bundles(r, w, 1, 1);
	case OSCI_PROCESS_DELIVERY:
		return process(r, w);
	case OSCI_FETCH_DELIVERY:
	case OSCI_FETCH_PROCESS_CARD:
		return selection(r, w);
	case OSCI_PARTIAL_STORE_DELIVERY:
		return partial_store(r, w);
	case OSCI_PARTIAL_FETCH_DELIVERY:
		x = selection(r, w);
		return x ? x : chunk(r, w);
	case OSCI_RESPONSE_TO_INIT_DIALOG:
	case OSCI_RESPONSE_TO_EXIT_DIALOG:
	case OSCI_RESPONSE_TO_ACCEPT_DELIVERY:
		return need_feedback(r, w);
	case OSCI_RESPONSE_TO_GET_MESSAGE_ID:
		x = need_feedback(r, w);
		return x ? x : message_id(r, w, false);
	case OSCI_RESPONSE_TO_STORE_DELIVERY:
	case OSCI_RESPONSE_TO_FORWARD_DELIVERY:
		x = need_feedback(r, w);
		return x ? x : bundles(r, w, 0, 1);
	case OSCI_RESPONSE_TO_FETCH_DELIVERY:
		return fetch_answer(r, w, "fetchDelivery", 1);
	case OSCI_RESPONSE_TO_FETCH_PROCESS_CARD:
		return fetch_answer(r, w, "fetchProcessCard", r->l->process_cards);
	case OSCI_RESPONSE_TO_MEDIATE_DELIVERY:
		x = need_feedback(r, w);
		return x ? x : mediate_bundles(r, w);
	case OSCI_RESPONSE_TO_PROCESS_DELIVERY:
		x = need_feedback(r, w);
		return x ? x : id_and_subject(r, w, false);
	case OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY:
		return partial_store_answer(r, w);
	case OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY:
		return partial_fetch_answer(r, w);
	case OSCI_FAULT:
	case OSCI_TYPE_COUNT:
		break;
	}
	return osci_fail(r->err, OSCI_E_USAGE, NULL, NULL, "no order element");
}

int osci_read_order(struct osci_reader *r)
{
	struct osci_walk w;
	size_t i;
	int x;

	x = languages(r);
	for (i = 0; i < r->n_quality && !x; i++)
		x = quality(r, r->quality[i]);
	if (x)
		return x;
	osci_walk_begin(&w, r->order, r->err);
	x = children(r, &w);
	return x ? x : osci_walk_end(&w);
}
