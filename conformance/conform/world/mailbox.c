/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox - what lies, or lay, at the intermediary for the BAMF and for the offices, opened with the key of each
 *
 * Independent of gateway and partner: the octets come from the intermediary, the keys are those the runner made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include <osci/message.h>
#include <xausl/package.h>

#include "base/file.h"
#include "base/text.h"
#include "world/priv.h"

#define DELIVERY_MAX ((size_t)64 << 20)

struct opener {
	struct cf_world *w;
	bool to_offices;
	struct osci_key *keys[CF_OFFICES_MAX]; /* of the mailboxes: of the BAMF (one), or of the offices */
	struct osci_trust *trust;
	struct osci_cert *signers[CF_OFFICES_MAX]; /* of the offices, as they sign; none for what the BAMF signs */
};

static void opener_free(struct opener *o)
{
	osci_trust_freep(&o->trust);
	for (size_t i = 0; i < CF_OFFICES_MAX; i++) {
		osci_key_unrefp(&o->keys[i]);
		osci_cert_unrefp(&o->signers[i]);
	}
}

static int load_key(struct osci_key **ret, const struct cf_pair_files *f, struct osci_err *err)
{
	return osci_key_load_p12_passfile(ret, f->p12, f->pass, OSCI_P12_PRIVATE, err);
}

static int opener_init(struct opener *o, struct cf_world *w, bool to_offices, struct osci_err *err)
{
	int r;

	o->w = w;
	o->to_offices = to_offices;
	r = osci_trust_new(&o->trust);
	if (!r)
		r = osci_trust_add_pem(o->trust, cf_keys_ca(w->site->keys), err);
	if (!r && !to_offices)
		r = load_key(&o->keys[0], &w->bamf_cipher, err);
	for (size_t i = 0; !r && i < w->n_offices; i++) {
		if (to_offices)
			r = load_key(&o->keys[i], &w->offices[i].cipher_ok, err);
		else if (w->offices[i].certificate != CF_CERT_MISSING)
			r = osci_cert_load_pem(&o->signers[i], w->offices[i].sign.pem, err);
	}
	return r;
}

/* --- one message --------------------------------------------------------- */

/* The text without the two values that differ in every message. */
static int content_sum(const char *xml, size_t len, const struct xausl_head *h, char ret[65])
{
	const char *const own[] = { h->uuid, h->created };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	while (ok && len) {
		size_t step = len;

		for (size_t i = 0; i < 2; i++) {
			const char *at = *own[i] ? memmem(xml, len, own[i], strlen(own[i])) : NULL;

			if (at && (size_t)(at - xml) < step)
				step = (size_t)(at - xml);
		}
		ok = EVP_DigestUpdate(ctx, xml, step) == 1;
		xml += step;
		len -= step;
		for (size_t i = 0; len && i < 2; i++) {
			size_t k = strlen(own[i]);

			if (k && k <= len && memcmp(xml, own[i], k) == 0) {
				xml += k;
				len -= k;
				break;
			}
		}
	}
	ok = ok && EVP_DigestFinal_ex(ctx, sum, &n) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok)
		osci_hex(ret, sum, n);
	return ok ? 0 : -ENOMEM;
}

static int read_head(const struct opener *o, struct cf_sent *s, const struct osci_content_item *item)
{
	_cleanup_(xausl_head_freep) struct xausl_head *h = NULL;
	const struct xausl_release *r;
	int res = xausl_read_frame(&h, s->xml, s->xml_len, NULL, NULL);

	if (res)
		return res < 0 ? res : 0;
	r = xausl_release_by_namespace(o->w->site->xausl, h->namespace_uri);
	s->readable = true;
	if (!o->to_offices)
		s->office = cf_office_by_key(o->w, h->author_key);
	s->version_fits = !r || strcmp(xausl_release_version(r), h->version) == 0;
	snprintf(s->uuid, sizeof(s->uuid), "%s", h->uuid);
	snprintf(s->number, sizeof(s->number), "%s", h->type);
	snprintf(s->root_number, sizeof(s->root_number), "%s", h->number);
	snprintf(s->release, sizeof(s->release), "%s", r ? xausl_release_version(r) : h->version);
	snprintf(s->trigger, sizeof(s->trigger), "%s", h->trigger_uuid);
	for (size_t i = 0; s->office != CF_NO_OFFICE && !o->to_offices && o->signers[s->office] && i < item->n_signatures; i++)
		s->is_signed = s->is_signed || (item->signatures[i].status == OSCI_SIG_VALID &&
						osci_cert_equal(item->signatures[i].cert, o->signers[s->office]));
	return content_sum(s->xml, s->xml_len, h, s->content);
}

static int open_octets(const struct opener *o, const struct osci_buf *octets, struct cf_sent *s)
{
	struct osci_key *const keys[] = { o->keys[o->to_offices ? s->office : 0] };
	const struct osci_open_opts opts = {
		.policy = { .accept_outside_period = true },
		.keys = keys,
		.n_keys = 1,
		.trust = o->trust,
		.now = s->time_ms / 1000,
	};
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	int r = osci_open(&m, octets->data, octets->len, &opts, NULL);

	if (!r)
		r = osci_contents_open(&c, m, &opts, NULL);
	if (r || c->n_items != 1 || !c->items[0].readable || !c->items[0].data)
		return r < 0 ? r : 0;
	s->xml = malloc(c->items[0].len + 1);
	if (!s->xml)
		return -ENOMEM;
	memcpy(s->xml, c->items[0].data, c->items[0].len);
	s->xml_len = c->items[0].len;
	s->xml[s->xml_len] = '\0';
	return read_head(o, s, &c->items[0]);
}

/* --- all of them --------------------------------------------------------- */

static int list(struct cf_world *w, const char *dir, json_t **ret, struct osci_err *err)
{
	const struct cf_daemon *d = &w->daemons[CF_INTERMEDIARY];
	const char *const argv[] = { d->p.program, "--config", d->config, "--list-deliveries", "--content", dir, NULL };
	_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(CF_TOOL_MAX);
	int r = cf_run(argv, w->dir, w->site->env, CF_TOOL_MS, false, &out, err);

	if (r)
		return r;
	*ret = out.data ? json_loads((const char *)out.data, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (json_is_array(*ret))
		return 0;
	json_decref(*ret);
	*ret = NULL;
	return osci_fail(err, OSCI_E_STATE, NULL, "intermediary", "--list-deliveries gives no list");
}

/* Whose mailbox: false if it is none of those that are looked for. */
static bool in_view(const struct opener *o, const json_t *entry, size_t *office)
{
	const char *mailbox = cf_text(entry, "mailbox");
	char id[CF_MAILBOX_MAX];

	*office = CF_NO_OFFICE;
	if (!o->to_offices)
		return strcmp(mailbox, "bamf") == 0;
	for (size_t i = 0; i < o->w->n_offices; i++) {
		cf_mailbox_of(o->w->offices[i].key, id);
		if (strcmp(mailbox, id) == 0)
			*office = i;
	}
	return *office != CF_NO_OFFICE;
}

/* Put by an office, and not into the BAMF's mailbox. */
static bool is_stray(const json_t *entry)
{
	return strcmp(cf_text(entry, "mailbox"), "bamf") != 0 && strcmp(cf_text(entry, "originator"), "bamf") != 0;
}

static int take(const struct opener *o, const char *dir, const json_t *entry, struct cf_sent *s, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf octets = OSCI_BUF_INIT(2 * DELIVERY_MAX);
	_cleanup_(osci_freep) char *path = NULL;
	const char *file = cf_text(entry, "file");
	int r;

	snprintf(s->message_id, sizeof(s->message_id), "%s", cf_text(entry, "message_id"));
	s->time_ms = json_integer_value(json_object_get(entry, "stored_ms"));
	if (!*file)
		return 0;
	if ((strchr(file, '/') ? asprintf(&path, "%s", file) : asprintf(&path, "%s/%s", dir, file)) < 0)
		return -ENOMEM;
	r = osci_file_read(path, DELIVERY_MAX, false, &octets, err);
	return r ? r : open_octets(o, &octets, s);
}

int cf_mail_list(struct cf_world *w, bool to_offices, struct cf_mail **ret, size_t *n, struct osci_err *err)
{
	_cleanup_(osci_freep) char *dir = NULL;
	_cleanup_(opener_free) struct opener o = { 0 };
	json_t *entries = NULL, *entry;
	struct cf_mail *mail = NULL;
	size_t i, office, k = 0;
	int r = cf_not_a_stack(w, "intermediary", err);

	if (r)
		return r;
	if (asprintf(&dir, "%s/deliveries", w->dir) < 0)
		return -ENOMEM;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, dir, "folder cannot be made");
	r = opener_init(&o, w, to_offices, err);
	if (!r)
		r = list(w, dir, &entries, err);
	if (!r && !(mail = calloc(json_array_size(entries) + 1, sizeof(*mail))))
		r = -ENOMEM;
	json_array_foreach(entries, i, entry) {
		if (!r && !to_offices && is_stray(entry)) {
			mail[k].sent.office = CF_NO_OFFICE;
			snprintf(mail[k++].sent.stray, sizeof(mail->sent.stray), "%s", cf_text(entry, "mailbox"));
			continue;
		}
		if (r || !in_view(&o, entry, &office))
			continue;
		mail[k].sent.office = office;
		mail[k].received_ms = json_integer_value(json_object_get(entry, "received_ms"));
		r = take(&o, dir, entry, &mail[k++].sent, err);
	}
	json_decref(entries);
	if (r) {
		cf_mail_free(mail, k);
		return r;
	}
	*ret = mail;
	*n = k;
	return 0;
}

void cf_mail_free(struct cf_mail *mail, size_t n)
{
	for (size_t i = 0; mail && i < n; i++)
		free(mail[i].sent.xml);
	free(mail);
}

/* Messages of a base module, such as 0010, have a version of their own: any release reads them, so the one in force does. */
json_t *cf_mail_body(const struct cf_world *w, const struct cf_sent *s)
{
	const struct xausl_release *r = xausl_release_find(w->site->xausl, s->release);
	json_t *body = NULL;

	if (!r)
		r = xausl_release_at(w->site->xausl, s->time_ms);
	if (r && s->readable && xausl_read(&body, r, s->xml, s->xml_len, NULL, NULL) == 0)
		return body;
	return json_pack("{s:s, s:s}", "message", s->number, "uuid", s->uuid);
}

int cf_world_sent(struct cf_world *w, struct cf_sent **ret, size_t *n, struct osci_err *err)
{
	struct cf_mail *mail = NULL;
	struct cf_sent *sent;
	int r = cf_mail_list(w, false, &mail, n, err);

	if (r)
		return r;
	sent = calloc(*n + 1, sizeof(*sent));
	if (!sent) {
		cf_mail_free(mail, *n);
		return -ENOMEM;
	}
	for (size_t i = 0; i < *n; i++)
		sent[i] = mail[i].sent;
	free(mail);
	*ret = sent;
	return 0;
}

void cf_sent_free(struct cf_sent *sent, size_t n)
{
	for (size_t i = 0; sent && i < n; i++)
		free(sent[i].xml);
	free(sent);
}

int cf_world_request(struct cf_world *w, const char *uuid, json_t **ret, struct osci_err *err)
{
	struct cf_mail *mail = NULL;
	size_t n = 0;
	int r = cf_mail_list(w, false, &mail, &n, err);

	if (r)
		return r;
	r = OSCI_E_EMPTY;
	for (size_t i = 0; i < n && r == OSCI_E_EMPTY; i++)
		if (*uuid && strcmp(mail[i].sent.uuid, uuid) == 0) {
			*ret = cf_mail_body(w, &mail[i].sent);
			r = *ret ? 0 : -ENOMEM;
		}
	cf_mail_free(mail, n);
	return r;
}
