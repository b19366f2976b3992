/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_xsd - is a written message valid against the official schemas?
 *
 * Takes the octets of one HTTP body.  An encrypted one is opened with the keys at hand; each SOAP envelope, the outer
 * and the inner, is validated against the schema that its xsi:schemaLocation names.  Judged without the project's
 * own readers: own MIME split, OpenSSL, libxml2.
 *
 * The schemas are not part of this project: without them (environment XAUSL_SHARED) nothing is judged, which is said once.
 */
#ifndef T_XSD_H
#define T_XSD_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/key.h>

/* Where the standard's practice is against its schema: undone in the parsed document before it is validated. */
#define T_XSD_PROCARD 1u     /* ProcessCardBundle for procard in ResponseToPartialStoreDelivery */
#define T_XSD_ONE_FOR_ALL 2u /* several EncryptedKey in one KeyInfo */
#define T_XSD_ECHO 4u        /* echo of a fetch order whose rule the schema of the answer cannot hold, or that had none */
#define T_XSD_CONTENT 8u     /* Content, its container: elements and attributes that no schema declares, containers inside too */

enum t_xsd {
	T_XSD_INVALID,
	T_XSD_SKIPPED, /* no schemas at hand */
	T_XSD_OUTER,   /* valid, but what is inside is encrypted for somebody else */
	T_XSD_VALID,
};

/* @allowed: exceptions from above. @why: first cause if invalid, of @size octets. */
enum t_xsd t_xsd_judge(const void *body, size_t len, struct osci_key *const *keys, size_t n_keys, unsigned allowed,
		       char *why, size_t size);
/* Fails the running cmocka test if it is invalid. */
enum t_xsd t_xsd_check(const void *body, size_t len, struct osci_key *const *keys, size_t n_keys, unsigned allowed);

/* Type that the envelope judged last is named by: "StoreDelivery", "MessageFault". */
const char *t_xsd_type(void);

#endif
