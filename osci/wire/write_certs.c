/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_certs - IntermediaryCertificates, NonIntermediaryCertificates and the Ids in them
 *
 * The schema order of the elements is the order of enum osci_role.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

static bool is_cipher(enum osci_role role)
{
	return role <= OSCI_CIPHER_OTHER_READER || role == OSCI_CIPHER_INTERMEDIARY;
}

void osci_cert_id(char *out, size_t size, enum osci_role role, const struct osci_cert *cert)
{
	static const char *const names[] = {
		[OSCI_CIPHER_ORIGINATOR] = "originator", [OSCI_CIPHER_OTHER_AUTHOR] = "author",
		[OSCI_CIPHER_ADDRESSEE] = "addressee",   [OSCI_CIPHER_OTHER_READER] = "reader",
		[OSCI_SIGN_ORIGINATOR] = "originator",   [OSCI_SIGN_OTHER_AUTHOR] = "author",
		[OSCI_SIGN_ADDRESSEE] = "addressee",     [OSCI_CIPHER_INTERMEDIARY] = "intermed",
		[OSCI_SIGN_INTERMEDIARY] = "intermed",
	};
	const char *hex = osci_cert_sha256(cert);
	char number[16] = "";
	unsigned n = 0;
	size_t i;

	/* The reference tells authors and readers apart by what stands before the first '_'. */
	if (osci_role_many(role)) {
		for (i = 0; i < 6; i++)
			n = n * 16 + (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
		snprintf(number, sizeof(number), "%u", n);
	}
	snprintf(out, size, "%s%s_%s_%s", names[role], number, is_cipher(role) ? "cipher" : "signature", hex);
}

static const struct osci_draft_cert *find_cert(const struct osci_draft *d, enum osci_role role,
					       const struct osci_cert *cert)
{
	size_t i;

	for (i = 0; i < d->n_certs; i++)
		if (d->certs[i].role == role && osci_cert_equal(d->certs[i].cert, cert))
			return &d->certs[i];
	return NULL;
}

/*
 * Id of a certificate whose draft names none.  No content points at those of an intermediary, so that theirs get the ending
 * of our blocks, too: they can be computed by anybody and be put into a package that is handed on.
 */
static void own_id(const struct wire_writer *w, char *out, size_t size, enum osci_role role, const struct osci_cert *cert)
{
	size_t len;

	osci_cert_id(out, size, role, cert);
	len = strlen(out);
	if (osci_role_intermediary(role))
		snprintf(out + len, size - len, "%s", w->suffix);
}

/* Where KeyInfo of the order signature points to; adds the signer's certificate if the draft lacks it. */
static int plan_signer(struct wire_writer *w, unsigned *seen, struct osci_err *err)
{
	const struct osci_cert *cert = osci_key_cert(w->opts->signer);
	const struct osci_draft_cert *entry = find_cert(w->draft, w->info->signer, cert);
	size_t len;

	own_id(w, w->signer_id, sizeof(w->signer_id), w->info->signer, cert);
	if (entry) {
		w->signer_ref = entry->id ? entry->id : w->signer_id;
		return 0;
	}
	if (*seen & OSCI_ROLE_BIT(w->info->signer))
		return wire_usage(err, osci_role_element(w->info->signer), "another certificate than the signer's");
	osci_cert_id(w->signer_id, WIRE_CERT_ID_MAX, w->info->signer, cert);
	len = strlen(w->signer_id);
	snprintf(w->signer_id + len, sizeof(w->signer_id) - len, "%s", w->suffix);
	w->signer_ref = w->signer_id;
	w->add_signer = true;
	*seen |= OSCI_ROLE_BIT(w->info->signer);
	return 0;
}

int wire_plan_certs(struct wire_writer *w, struct osci_err *err)
{
	const struct osci_draft *d = w->draft;
	unsigned seen = 0;
	size_t i;
	int r = 0;

	if (d->n_certs >= w->limits.certificates)
		return osci_fail(err, OSCI_E_LIMIT, NULL, NULL, "over %u certificates", w->limits.certificates);
	for (i = 0; i < d->n_certs; i++) {
		enum osci_role role = d->certs[i].role;

		if ((unsigned)role > OSCI_SIGN_INTERMEDIARY || !(w->info->roles_may & OSCI_ROLE_BIT(role)))
			return wire_usage(err, osci_type_name(d->type), "certificate role that the type has not");
		if (seen & OSCI_ROLE_BIT(role) && !osci_role_many(role))
			return wire_usage(err, osci_role_element(role), "two of them");
		if (d->certs[i].id && !wire_ncname_ok(d->certs[i].id))
			return wire_usage(err, osci_role_element(role), "Id is no name");
		seen |= OSCI_ROLE_BIT(role);
	}
	if (w->opts->signer)
		r = plan_signer(w, &seen, err);
	if (!r && w->info->roles_must & ~seen)
		return wire_usage(err, osci_type_name(d->type), "certificate missing that the type demands");
	return r;
}

bool wire_has_certs(const struct wire_writer *w, bool intermediary)
{
	size_t i;

	if (w->add_signer && osci_role_intermediary(w->info->signer) == intermediary)
		return true;
	for (i = 0; i < w->draft->n_certs; i++)
		if (osci_role_intermediary(w->draft->certs[i].role) == intermediary)
			return true;
	return false;
}

void wire_x509(struct osci_buf *b, const struct osci_cert *cert)
{
	size_t len;
	const unsigned char *der = osci_cert_der(cert, &len);

	osci_buf_adds(b, "<ds:X509Data><ds:X509Certificate>");
	osci_base64_encode(b, der, len, WIRE_BASE64_LINE);
	osci_buf_adds(b, "</ds:X509Certificate></ds:X509Data>");
}

static void write_cert(struct osci_buf *b, enum osci_role role, const char *id, const struct osci_cert *cert)
{
	const char *element = osci_role_element(role);

	osci_buf_addf(b, "<osci:%s Id=\"%s\">", element, id);
	wire_x509(b, cert);
	osci_buf_addf(b, "</osci:%s>", element);
}

void wire_write_certs(struct wire_writer *w, bool intermediary)
{
	const char *element = intermediary ? "osci:IntermediaryCertificates" : "osci:NonIntermediaryCertificates";
	const struct osci_draft *d = w->draft;
	char id[WIRE_CERT_ID_MAX + WIRE_SUFFIX_MAX];
	unsigned role;
	size_t i;

	wire_open_block(w, element, intermediary ? "intermediarycertificates" : "nonintermediarycertificates");
	osci_buf_adds(&w->out, WIRE_ACTOR_NONE ">");
	for (role = 0; role <= OSCI_SIGN_INTERMEDIARY; role++) {
		if (osci_role_intermediary(role) != intermediary)
			continue;
		for (i = 0; i < d->n_certs; i++) {
			if ((unsigned)d->certs[i].role != role)
				continue;
			own_id(w, id, sizeof(id), role, d->certs[i].cert);
			write_cert(&w->out, role, d->certs[i].id ? d->certs[i].id : id, d->certs[i].cert);
		}
		if (w->add_signer && w->info->signer == role)
			write_cert(&w->out, role, w->signer_id, osci_key_cert(w->opts->signer));
	}
	osci_buf_addf(&w->out, "</%s>", element);
}
