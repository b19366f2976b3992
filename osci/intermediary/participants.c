/* SPDX-License-Identifier: Apache-2.0 */
/* participants - reading of the list, look-up by certificate and URI */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/participants.h"

static const char list_path[] = "intermediary.participants";

static bool holds(struct osci_cert *const *list, size_t n, const struct osci_cert *cert)
{
	for (size_t i = 0; i < n; i++)
		if (osci_cert_equal(list[i], cert))
			return true;
	return false;
}

const struct im_participant *im_participant_of_cipher(const struct im_participants *p, const struct osci_cert *cert)
{
	for (size_t i = 0; i < p->n; i++)
		if (holds(p->list[i].cipher, p->list[i].n_cipher, cert))
			return &p->list[i];
	return NULL;
}

const struct im_participant *im_participant_of_uri(const struct im_participants *p, const char *uri)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->list[i].n_uris; k++)
			if (!strcmp(p->list[i].uris[k], uri))
				return &p->list[i];
	return NULL;
}

bool im_participant_signs(const struct im_participant *one, const struct osci_cert *cert)
{
	return holds(one->sign, one->n_sign, cert);
}

const char *im_participants_name(const struct im_participants *p, const struct osci_cert *cipher)
{
	const struct im_participant *one = im_participant_of_cipher(p, cipher);

	return one ? one->id : osci_cert_sha256(cipher);
}

static int load_certs(struct conf *conf, const char *at, struct osci_cert ***ret, size_t *ret_n, enum osci_usage use)
{
	size_t n = conf_count(conf, at);

	if (n > IM_PARTICIPANT_CERTS_MAX) {
		conf_add_problem(conf, at, "at most %d certificates expected", IM_PARTICIPANT_CERTS_MAX);
		return 0;
	}
	*ret = calloc(n ? n : 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct osci_err why = { 0 };
		struct osci_cert *cert = NULL;
		char place[128];

		snprintf(place, sizeof(place), "%s[%zu]", at, i);
		if (osci_cert_load_pem(&cert, conf_text(conf, place), &why)) {
			conf_add_problem(conf, place, "%s", why.what);
			continue;
		}
		(*ret)[(*ret_n)++] = cert;
		/* A time inside its validity: whether it is valid today is asked with every order. */
		if (osci_cert_check(cert, use, osci_cert_not_before(cert), &why))
			conf_add_problem(conf, place, "%s", why.what);
	}
	return 0;
}

static int load_uris(struct im_participant *one, struct conf *conf, const char *at)
{
	char place[128];

	snprintf(place, sizeof(place), "%s.uris", at);
	one->n_uris = conf_count(conf, place);
	one->uris = calloc(one->n_uris ? one->n_uris : 1, sizeof(*one->uris));
	if (!one->uris)
		return -ENOMEM;
	for (size_t i = 0; i < one->n_uris; i++)
		one->uris[i] = conf_textf(conf, "%s[%zu]", place, i);
	snprintf(place, sizeof(place), "%s.url", at);
	one->url = conf_has(conf, place) ? conf_text(conf, place) : NULL;
	if (one->url && strncmp(one->url, "http://", 7) && strncmp(one->url, "https://", 8))
		conf_add_problem(conf, place, "http:// or https:// expected");
	if (one->n_uris && !one->url)
		conf_add_problem(conf, at, "uris are of use with a url only");
	if (one->url && !one->n_uris) /* orders name it by its address */
		one->uris[one->n_uris++] = one->url;
	return 0;
}

static int load_one(struct im_participant *one, struct conf *conf, const char *at)
{
	char place[128];
	int r;

	one->id = conf_textf(conf, "%s.id", at);
	one->languages = conf_textf(conf, "%s.languages", at);
	one->max_deliveries = (uint64_t)conf_intf(conf, "%s.max_deliveries", at);
	one->max_bytes = (uint64_t)conf_intf(conf, "%s.max_bytes", at);
	snprintf(place, sizeof(place), "%s.id", at);
	if (one->id[0] && !osci_id_ok(one->id, strlen(one->id), IM_PARTICIPANT_ID_MAX))
		conf_add_problem(conf, place, "letters, digits and . _ - : @ expected, no blanks");
	snprintf(place, sizeof(place), "%s.may_send", at);
	one->may_send = conf_bool(conf, place);
	snprintf(place, sizeof(place), "%s.may_fetch", at);
	one->may_fetch = conf_bool(conf, place);
	snprintf(place, sizeof(place), "%s.cipher", at);
	r = load_certs(conf, place, &one->cipher, &one->n_cipher, OSCI_USE_ENCRYPT);
	if (r)
		return r;
	snprintf(place, sizeof(place), "%s.sign", at);
	r = load_certs(conf, place, &one->sign, &one->n_sign, OSCI_USE_SIGN);
	return r ? r : load_uris(one, conf, at);
}

/* What may stand with one participant only: its id, its cipher certificates, its URIs. Signers may serve several. */
static void check_twice(const struct im_participants *p, size_t i, struct conf *conf)
{
	const struct im_participant *one = &p->list[i];
	char at[64];

	snprintf(at, sizeof(at), "%s[%zu]", list_path, i);
	for (size_t k = 0; k < i; k++) {
		const struct im_participant *other = &p->list[k];

		if (!strcmp(one->id, other->id))
			conf_add_problem(conf, at, "a participant of this id is there already");
		for (size_t c = 0; c < one->n_cipher; c++)
			if (holds(other->cipher, other->n_cipher, one->cipher[c]))
				conf_add_problem(conf, at, "cipher certificate of another participant");
		for (size_t u = 0; u < one->n_uris; u++)
			for (size_t v = 0; v < other->n_uris; v++)
				if (!strcmp(one->uris[u], other->uris[v]))
					conf_add_problem(conf, at, "uri of another participant");
	}
}

int im_participants_load(struct im_participants *p, struct conf *conf, struct osci_err *err)
{
	size_t n = conf_count(conf, list_path);

	p->only = conf_has(conf, "intermediary.participants_only") ? conf_bool(conf, "intermediary.participants_only") :
								     n > 0;
	if (p->only && !n)
		conf_add_problem(conf, "intermediary.participants_only", "participants expected with it");
	if (n > IM_PARTICIPANTS_MAX) {
		conf_add_problem(conf, list_path, "at most %d participants expected", IM_PARTICIPANTS_MAX);
		return 0;
	}
	p->list = calloc(n ? n : 1, sizeof(*p->list));
	if (!p->list)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for participants");
	for (size_t i = 0; i < n; i++) {
		char at[64];

		snprintf(at, sizeof(at), "%s[%zu]", list_path, i);
		p->n++;
		if (load_one(&p->list[i], conf, at))
			return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for participants");
		check_twice(p, i, conf);
	}
	return 0;
}

void im_participants_free(struct im_participants *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct im_participant *one = &p->list[i];

		for (size_t k = 0; k < one->n_cipher; k++)
			osci_cert_unref(one->cipher[k]);
		for (size_t k = 0; k < one->n_sign; k++)
			osci_cert_unref(one->sign[k]);
		free(one->cipher);
		free(one->sign);
		free(one->uris);
	}
	free(p->list);
	*p = (struct im_participants){ 0 };
}
