/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-vectors - writes osci/NAME.mime with osci/NAME.json beside it: one message each, and what it says
 *
 *     make-vectors DIR        the messages, with the keys of DIR/keys
 *     make-vectors DIR keys   new keys first
 *
 * The description comes from the draft, never from the reader.  Keys, persons and offices are made up; the keys
 * protect nothing.  The clock stands still at VECTORS_NOW; random parts (keys, IVs, PSS salts, boundaries) differ from run
 * to run, so a run replaces every file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osci/osci.h>
#include "lib/t_keys.h"
#include "make.h"
#include "wire/types.h"

#define YEAR INT64_C(31557600)

struct osci_key *keys[VK_COUNT];
static const char *dir;

static void path_of(char *out, size_t size, const char *room, const char *name, const char *end)
{
	MUST((size_t)snprintf(out, size, "%s/%s/%s%s", dir, room, name, end) < size);
}

static void make_keys(void)
{
	char path[1024];
	size_t i;

	for (i = 0; i < VK_COUNT; i++) {
		const char *name = vector_key_names[i];
		bool sign = strstr(name, "-sign"), both = !strchr(name, '-');
		struct t_pair p = t_pair_make(&(struct t_pair_opts){
			.cn = name, .not_before = VECTORS_NOW - YEAR, .not_after = VECTORS_NOW + 30 * YEAR,
			.usage = both ? "critical,digitalSignature,keyEncipherment" :
				 sign ? "critical,digitalSignature" : "critical,keyEncipherment" });

		path_of(path, sizeof(path), "keys", name, ".p12");
		t_pair_write_p12(&p, path, VECTORS_PASSWORD);
		t_pair_free(&p);
	}
}

static void load_keys(void)
{
	char path[1024];
	size_t i;

	for (i = 0; i < VK_COUNT; i++) {
		path_of(path, sizeof(path), "keys", vector_key_names[i], ".p12");
		MUST(osci_key_load_p12(&keys[i], path, VECTORS_PASSWORD, 0, NULL) == 0);
	}
}

void save_message(const char *name, const void *data, size_t len)
{
	char path[1024];
	FILE *f;

	path_of(path, sizeof(path), "osci", name, ".mime");
	f = fopen(path, "wb");
	MUST(f && fwrite(data, 1, len, f) == len && fclose(f) == 0);
}

void save_json(const char *name, json_t *j)
{
	char path[1024];

	path_of(path, sizeof(path), "osci", name, ".json");
	MUST(json_dump_file(j, path, JSON_INDENT(1) | JSON_SORT_KEYS) == 0);
	json_decref(j);
}

/* --- one message --------------------------------------------------------------------- */

static const struct osci_key *signer_of(enum osci_type type)
{
	switch (osci_type_info(type)->signer) {
	case OSCI_SIGN_INTERMEDIARY: return keys[VK_INTERMEDIARY_SIGN];
	case OSCI_SIGN_ADDRESSEE: return keys[VK_RECIPIENT_SIGN];
	default: return type == OSCI_RESPONSE_TO_PROCESS_DELIVERY ? keys[VK_RECIPIENT_SIGN] : keys[VK_OFFICE_SIGN];
	}
}

void compose(const struct scenario *s, enum shape shape, struct osci_buf *out)
{
	struct osci_write_opts opts = { .suite = s->suite };
	unsigned char *data = NULL;
	struct osci_err err = { 0 };
	size_t len;
	int r;

	if (shape != UNSIGNED)
		opts.signer = signer_of(s->draft.type);
	if (shape == SEALED)
		opts.encrypt_for = cert(s->encrypt_for);
	r = osci_write(&data, &len, &s->draft, &opts, &err);
	if (r)
		fprintf(stderr, "%s: %d %s %s\n", s->name, r, err.where, err.what);
	MUST(r == 0);
	osci_buf_add(out, data, len);
	MUST(osci_buf_error(out) == 0);
	free(data);
}

/* What the writer fills in where the draft says nothing. */
static void fill_in(struct osci_draft *d)
{
	static const struct osci_feature own[] = {
		{ "DisableBase64", "1.2.0" },   { "OAEPEncryption", "1.6.0" },       { "SHA3HashAlgo", "1.6.3" },
		{ "GCMPaddingModus", "1.7.0" }, { "Support96Bit12ByteIV", "1.9.0" }, { "PartialMessageTransmission", "1.8.0" },
	};
	static struct osci_features features;
	bool store = d->type == OSCI_STORE_DELIVERY || d->type == OSCI_FORWARD_DELIVERY;

	if (osci_type_info(d->type)->request && !d->languages)
		d->languages = "de";
	if ((store || d->type == OSCI_PARTIAL_STORE_DELIVERY) && !d->quality_creation)
		d->quality_creation = "plain";
	if (store && !d->quality_reception)
		d->quality_reception = "plain";
	features = d->features ? *d->features : (struct osci_features){ 0 };
	if (!features.list) {
		features.list = own;
		features.n = d->features ? 6 : 5;
	}
	d->features = &features;
}

static json_t *describe(const struct scenario *s, enum shape shape)
{
	struct osci_draft d = s->draft;
	struct osci_draft_cert certs[16];
	struct facts f = { .draft = &d, .certs = certs, .contents = s->contents, .n_contents = s->n_contents };
	enum osci_role role;
	size_t i;

	if (d.type == OSCI_FAULT) {
		d.fault_code = !strcmp(d.fault_code, "Client") ? "soap:Client" : "soap:Server";
		return facts_json(&f);
	}
	fill_in(&d);
	for (i = 0; i < d.n_certs; i++)
		certs[f.n_certs++] = d.certs[i];
	if (shape == SEALED)
		f.transport_cipher = s->suite.cipher ? s->suite.cipher : "http://www.w3.org/2009/xmlenc11#aes256-gcm";
	if (shape != UNSIGNED) {
		f.signature = s->suite.signature ? s->suite.signature :
						   "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
		f.signer = osci_key_cert(signer_of(d.type));
		role = osci_type_info(d.type)->signer;
		for (i = 0; i < d.n_certs && d.certs[i].role != role; i++)
			;
		if (i == d.n_certs)
			certs[f.n_certs++] = (struct osci_draft_cert){ role, f.signer, NULL };
	}
	return facts_json(&f);
}

void emit(struct scenario *s, unsigned shapes)
{
	static const struct {
		enum shape shape;
		const char *name;
	} all[] = { { UNSIGNED, "unsigned" }, { SIGNED, "signed" }, { SEALED, "sealed" } };
	char name[128];
	size_t i;

	s->draft.certs = s->certs;
	for (s->draft.n_certs = 0; s->certs[s->draft.n_certs].cert; s->draft.n_certs++)
		;
	for (i = 0; i < 3; i++) {
		struct osci_buf out = OSCI_BUF_INIT(1 << 20);

		if (!(shapes & all[i].shape))
			continue;
		snprintf(name, sizeof(name), "%s.%s", s->name, all[i].name);
		compose(s, all[i].shape, &out);
		save_message(name, out.data, out.len);
		save_json(name, describe(s, all[i].shape));
		osci_buf_free(&out);
	}
	osci_package_freep(&s->package);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "keys"))) {
		fprintf(stderr, "usage: make-vectors DIR [keys]\n");
		return 2;
	}
	dir = argv[1];
	MUST(osci_init(NULL) == 0);
	if (argc == 3)
		make_keys();
	load_keys();
	write_scenarios();
	write_refused();
	for (i = 0; i < VK_COUNT; i++)
		osci_key_unref(keys[i]);
	return 0;
}
