/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_blocks - header blocks and Body, each hashed as soon as it is written
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/write_priv.h"

#define CONTROL_VALUE_MAX 256 /* Challenge, Response, ConversationId */

#define FEATURES_MAX 64       /* entries */
#define FEATURE_TEXT_MAX 64   /* octets of a key or version, as the reader has it for versions */

/* What the software understands; Version is the reference's, constant text. */
static const struct osci_feature own_features[] = {
	{ "DisableBase64", "1.2.0" },    { "OAEPEncryption", "1.6.0" },
	{ "SHA3HashAlgo", "1.6.3" },     { "GCMPaddingModus", "1.7.0" },
	{ "Support96Bit12ByteIV", "1.9.0" },
	/* Announced by those who say so in their draft, as not every program serves chunks. */
	{ "PartialMessageTransmission", "1.8.0" },
};

static bool need_met(enum osci_need need, bool present)
{
	return need == OSCI_MAY || (need == OSCI_MUST) == present;
}

int wire_control(struct wire_writer *w, struct osci_buf *out, struct osci_err *err)
{
	const struct osci_control *c = &w->draft->control;
	const struct osci_type_info *info = w->info;

	if (!need_met(info->response, c->response) || !need_met(info->challenge, c->challenge) ||
	    !need_met(info->conversation, c->conversation_id) || !need_met(info->sequence, c->has_sequence))
		return wire_usage(err, "osci:ControlBlock", "not what the type demands");
	if ((c->response && !wire_text_ok(c->response, CONTROL_VALUE_MAX)) ||
	    (c->challenge && !wire_text_ok(c->challenge, CONTROL_VALUE_MAX)) ||
	    (c->conversation_id && !wire_number_ok(c->conversation_id, CONTROL_VALUE_MAX)))
		return wire_usage(err, "osci:ControlBlock", "value outside the profile");
	osci_buf_adds(out, "<osci:ControlBlock" WIRE_XMLNS);
	if (c->conversation_id)
		osci_buf_addf(out, " ConversationId=\"%s\"", c->conversation_id);
	osci_buf_addf(out, " Id=\"controlblock%s\"", w->suffix);
	if (c->has_sequence)
		osci_buf_addf(out, " SequenceNumber=\"%llu\"", (unsigned long long)c->sequence);
	osci_buf_adds(out, WIRE_ACTOR_NEXT ">");
	if (c->response)
		wire_add_text(out, "Response", c->response);
	if (c->challenge)
		wire_add_text(out, "Challenge", c->challenge);
	osci_buf_adds(out, "</osci:ControlBlock>");
	return wire_ref_range(w, out, 0, "controlblock", strlen("controlblock"), w->suffix);
}

static int write_languages(struct wire_writer *w, struct osci_err *err)
{
	const char *languages = w->draft->languages ? w->draft->languages : "de";
	size_t start = w->out.len;

	if (!wire_languages_ok(languages))
		return wire_usage(err, "osci:DesiredLanguages", "no list of language tags");
	wire_open_block(w, "osci:DesiredLanguages", "desiredlanguages");
	osci_buf_addf(&w->out, " LanguagesList=\"%s\"" WIRE_ACTOR_NEXT "></osci:DesiredLanguages>", languages);
	return wire_ref_range(w, &w->out, start, "desiredlanguages", strlen("desiredlanguages"), w->suffix);
}

static int write_quality(struct wire_writer *w, struct osci_err *err)
{
	static const char *const services[] = { "creation", "reception" };
	static const char *const ids[] = { "qualityoftimestamp_creation", "qualityoftimestamp_reception" };
	const char *const given[] = { w->draft->quality_creation, w->draft->quality_reception };
	size_t i;
	int r = 0;

	for (i = 0; i < 2 && !r; i++) {
		const char *quality = given[i] ? given[i] : i < w->type->quality_must ? "plain" : NULL;
		size_t start = w->out.len;

		if (!quality)
			continue;
		if (i >= w->info->quality_max || (strcmp(quality, "plain") && strcmp(quality, "cryptographic")))
			return wire_usage(err, "osci:QualityOfTimestamp", "unknown, or not in this type");
		wire_open_block(w, "osci:QualityOfTimestamp", ids[i]);
		osci_buf_addf(&w->out, " Quality=\"%s\" Service=\"%s\"" WIRE_ACTOR_NEXT "></osci:QualityOfTimestamp>",
			      quality, services[i]);
		r = wire_ref_range(w, &w->out, start, ids[i], strlen(ids[i]), w->suffix);
	}
	return r;
}

static int write_order(struct wire_writer *w, struct osci_err *err)
{
	const char *name = osci_type_name(w->draft->type), *id = w->type->id;
	bool partial = !strcmp(w->info->ns, OSCI_NS_2017);
	const char *prefix = partial ? "osci2017" : "osci";
	size_t start = w->out.len;
	int r;

	osci_buf_addf(&w->out, "<%s:%s%s Id=\"%s%s\"" WIRE_ACTOR_NEXT ">", prefix, name,
		      partial ? WIRE_XMLNS_PARTIAL : WIRE_XMLNS, id, w->suffix);
	r = w->type->children(w, err);
	osci_buf_addf(&w->out, "</%s:%s>", prefix, name);
	return r ? r : wire_ref_range(w, &w->out, start, id, strlen(id), w->suffix);
}

static int write_certs(struct wire_writer *w, bool intermediary)
{
	const char *id = intermediary ? "intermediarycertificates" : "nonintermediarycertificates";
	size_t start = w->out.len;

	if (!wire_has_certs(w, intermediary))
		return 0;
	wire_write_certs(w, intermediary);
	return wire_ref_range(w, &w->out, start, id, strlen(id), w->suffix);
}

static void add_feature(struct osci_buf *out, const struct osci_feature *f)
{
	osci_buf_adds(out, "<osci2017:Feature Key=\"");
	osci_buf_add_xml_attr(out, f->key, strlen(f->key));
	osci_buf_adds(out, "\" Version=\"");
	osci_buf_add_xml_attr(out, f->version, strlen(f->version));
	osci_buf_adds(out, "\"></osci2017:Feature>");
}

static void add_limit(struct osci_buf *out, const char *name, uint64_t value)
{
	if (value)
		osci_buf_addf(out, " %s=\"%llu\"", name, (unsigned long long)value);
}

static int write_features(struct wire_writer *w, struct osci_err *err)
{
	static const struct osci_features none = { 0 };
	const struct osci_features *f = w->draft->features ? w->draft->features : &none;
	const struct osci_feature *list = f->list ? f->list : own_features;
	size_t n = f->list ? f->n : sizeof(own_features) / sizeof(own_features[0]) - (f == &none), start = w->out.len, i;

	if (f == &none && w->info->features == OSCI_MUST)
		return wire_usage(err, "osci2017:FeatureDescription", "missing");
	if (!n || n > FEATURES_MAX)
		return wire_usage(err, "osci2017:FeatureDescription", "no feature, or too many");
	for (i = 0; i < n; i++)
		if (!wire_text_ok(list[i].key, FEATURE_TEXT_MAX) || !wire_text_ok(list[i].version, FEATURE_TEXT_MAX))
			return wire_usage(err, "osci2017:FeatureDescription", "feature is no XML text");
	osci_buf_adds(&w->out, "<osci2017:FeatureDescription" WIRE_XMLNS_PARTIAL);
	add_limit(&w->out, "ChunkMessageTimeOut", f->chunk_timeout);
	osci_buf_addf(&w->out, " Id=\"featuredescription%s\"", w->suffix);
	add_limit(&w->out, "MaxChunkSize", f->max_chunk);
	add_limit(&w->out, "MaxMessageSize", f->max_message);
	add_limit(&w->out, "MinChunkSize", f->min_chunk);
	osci_buf_adds(&w->out, "><osci2017:SupportedFeatures>");
	for (i = 0; i < n; i++)
		add_feature(&w->out, &list[i]);
	osci_buf_adds(&w->out, "</osci2017:SupportedFeatures></osci2017:FeatureDescription>");
	return wire_ref_range(w, &w->out, start, "featuredescription", strlen("featuredescription"), w->suffix);
}

static int write_custom(struct wire_writer *w, const struct osci_custom *custom, struct osci_err *err)
{
	_cleanup_(osci_freep) char *id = NULL;
	size_t start = w->out.len;
	int r = wire_custom(custom, &w->limits, &w->out, &id, err);
	struct wire_ref *ref;

	if (!r)
		r = wire_ref_range(w, &w->out, start, id, strlen(id), "");
	if (r || !w->opts->signer)
		return r;
	ref = &w->refs[w->n_refs - 1];
	ref->owned = id;
	ref->name = id;
	id = NULL;
	return 0;
}

/* One order for all types: the schemas differ in what they leave out only. */
int wire_write_blocks(struct wire_writer *w, struct osci_err *err)
{
	size_t i;
	int r = 0;

	if (w->info->request)
		r = write_languages(w, err);
	if (!r)
		r = write_quality(w, err);
	if (!r && w->info->body != OSCI_BODY_ORDER)
		r = write_order(w, err);
	if (!r)
		r = write_certs(w, true);
	if (!r)
		r = write_certs(w, false);
	if (!r)
		r = write_features(w, err);
	for (i = 0; i < w->draft->n_custom && !r; i++)
		r = write_custom(w, &w->draft->custom[i], err);
	osci_buf_adds(&w->out, "</soap:Header>");
	return r;
}

static int write_package(struct wire_writer *w, struct osci_err *err)
{
	int r;

	osci_buf_adds(&w->out, "<osci:ContentPackage>");
	r = wire_add_package(&w->out, w->draft->package, w->draft->package_len);
	if (r == OSCI_E_USAGE)
		return wire_usage(err, "osci:ContentPackage", "no canonical elements");
	osci_buf_adds(&w->out, "</osci:ContentPackage>");
	return r;
}

int wire_write_body(struct wire_writer *w, struct osci_err *err)
{
	const char *name = osci_type_name(w->draft->type);
	enum osci_body body = w->info->body;
	size_t start = w->out.len;
	int r = 0;

	if (w->draft->has_package ? body < OSCI_BODY_PACKAGE : body == OSCI_BODY_PACKAGE)
		return wire_usage(err, "soap:Body", "ContentPackage missing, or not in this type");
	wire_open_block(w, "soap:Body", "body");
	osci_buf_addc(&w->out, '>');
	if (body == OSCI_BODY_ORDER) {
		osci_buf_addf(&w->out, "<osci:%s>", name);
		if (w->type->children)
			r = w->type->children(w, err);
		osci_buf_addf(&w->out, "</osci:%s>", name);
	} else if (w->draft->has_package) {
		r = write_package(w, err);
	}
	osci_buf_adds(&w->out, "</soap:Body>");
	return r ? r : wire_ref_range(w, &w->out, start, "body", strlen("body"), w->suffix);
}
