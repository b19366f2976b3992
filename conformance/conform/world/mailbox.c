/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox - what lies, or lay, at the intermediary for the BAMF, opened with its key
 *
 * Independent of gateway and partner: the octets come from the intermediary, the key is one the runner made.
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
	struct osci_key *key;
	struct osci_trust *trust;
	struct osci_cert *signers[CF_OFFICES_MAX]; /* of the offices, as they sign */
};

static void opener_free(struct opener *o)
{
	osci_key_unrefp(&o->key);
	osci_trust_freep(&o->trust);
	for (size_t i = 0; i < CF_OFFICES_MAX; i++)
		osci_cert_unrefp(&o->signers[i]);
}

static int opener_init(struct opener *o, struct cf_world *w, struct osci_err *err)
{
	int r;

	o->w = w;
	r = osci_key_load_p12_passfile(&o->key, w->bamf_cipher.p12, w->bamf_cipher.pass, OSCI_P12_PRIVATE, err);
	if (!r)
		r = osci_trust_new(&o->trust);
	if (!r)
		r = osci_trust_add_pem(o->trust, cf_keys_ca(w->site->keys), err);
	for (size_t i = 0; !r && i < w->n_offices; i++)
		if (w->offices[i].certificate != CF_CERT_MISSING)
			r = osci_cert_load_pem(&o->signers[i], w->offices[i].sign.pem, err);
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
	s->office = cf_office_by_key(o->w, h->author_key);
	s->version_fits = !r || strcmp(xausl_release_version(r), h->version) == 0;
	snprintf(s->uuid, sizeof(s->uuid), "%s", h->uuid);
	snprintf(s->number, sizeof(s->number), "%s", h->type);
	snprintf(s->root_number, sizeof(s->root_number), "%s", h->number);
	snprintf(s->release, sizeof(s->release), "%s", r ? xausl_release_version(r) : h->version);
	snprintf(s->trigger, sizeof(s->trigger), "%s", h->trigger_uuid);
	for (size_t i = 0; s->office != CF_NO_OFFICE && o->signers[s->office] && i < item->n_signatures; i++)
		s->is_signed = s->is_signed || (item->signatures[i].status == OSCI_SIG_VALID &&
						osci_cert_equal(item->signatures[i].cert, o->signers[s->office]));
	return content_sum(s->xml, s->xml_len, h, s->content);
}

static int open_octets(const struct opener *o, const struct osci_buf *octets, struct cf_sent *s)
{
	struct osci_key *const keys[] = { o->key };
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

static int take(const struct opener *o, const char *dir, const json_t *entry, struct cf_sent *s, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf octets = OSCI_BUF_INIT(2 * DELIVERY_MAX);
	_cleanup_(osci_freep) char *path = NULL;
	const char *file = cf_text(entry, "file");
	int r;

	snprintf(s->message_id, sizeof(s->message_id), "%s", cf_text(entry, "message_id"));
	s->time_ms = json_integer_value(json_object_get(entry, "stored_ms"));
	s->office = CF_NO_OFFICE;
	if (!*file)
		return 0;
	if ((strchr(file, '/') ? asprintf(&path, "%s", file) : asprintf(&path, "%s/%s", dir, file)) < 0)
		return -ENOMEM;
	r = osci_file_read(path, DELIVERY_MAX, false, &octets, err);
	return r ? r : open_octets(o, &octets, s);
}

int cf_world_sent(struct cf_world *w, struct cf_sent **ret, size_t *n, struct osci_err *err)
{
	_cleanup_(osci_freep) char *dir = NULL;
	_cleanup_(opener_free) struct opener o = { 0 };
	json_t *entries = NULL, *entry;
	struct cf_sent *sent = NULL;
	size_t i, k = 0;
	int r;

	if (asprintf(&dir, "%s/deliveries", w->dir) < 0)
		return -ENOMEM;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return osci_fail(err, -errno, NULL, dir, "folder cannot be made");
	r = opener_init(&o, w, err);
	if (!r)
		r = list(w, dir, &entries, err);
	if (!r && !(sent = calloc(json_array_size(entries) + 1, sizeof(*sent))))
		r = -ENOMEM;
	json_array_foreach(entries, i, entry) {
		if (r || strcmp(cf_text(entry, "mailbox"), "bamf") != 0)
			continue;
		r = take(&o, dir, entry, &sent[k++], err);
	}
	json_decref(entries);
	if (r) {
		cf_sent_free(sent, k);
		return r;
	}
	*ret = sent;
	*n = k;
	return 0;
}

void cf_sent_free(struct cf_sent *sent, size_t n)
{
	for (size_t i = 0; sent && i < n; i++)
		free(sent[i].xml);
	free(sent);
}
