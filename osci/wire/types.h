/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types - what OSCI-Transport 1.2 demands of each message type, as one table
 *
 * Reader and writer look here and nowhere else: header blocks, body, control block, certificates, signer.
 * Source: the official XSDs of OSCI-Transport 1.2 up to corrigendum 8.
 */
#ifndef OSCI_WIRE_TYPES_H
#define OSCI_WIRE_TYPES_H

#include <stdbool.h>

#include <osci/message.h>

#define OSCI_NS_SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define OSCI_NS_OSCI "http://www.osci.de/2002/04/osci"
#define OSCI_NS_2017 "http://xoev.de/transport/osci12/7"
#define OSCI_NS_128 "http://xoev.de/transport/osci12/8"
#define OSCI_NS_DS "http://www.w3.org/2000/09/xmldsig#"
#define OSCI_NS_XENC "http://www.w3.org/2001/04/xmlenc#"
#define OSCI_NS_XENC11 "http://www.w3.org/2009/xmlenc11#"
#define OSCI_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define OSCI_NS_XADES "http://uri.etsi.org/01903/v1.3.2#"

#define OSCI_ACTOR_NEXT "http://schemas.xmlsoap.org/soap/actor/next"
#define OSCI_ACTOR_NONE "http://www.w3.org/2001/12/soap-envelope/actor/none"
#define OSCI_TYPE_X509DATA "http://www.w3.org/2000/09/xmldsig#X509Data"

/* Forbidden, optional, required. */
enum osci_need { OSCI_NEVER, OSCI_MAY, OSCI_MUST };

enum osci_body {
	OSCI_BODY_ORDER,       /* the order element itself */
	OSCI_BODY_EMPTY,       /* no child */
	OSCI_BODY_PACKAGE,     /* ContentPackage */
	OSCI_BODY_PACKAGE_MAY, /* ContentPackage or no child */
};

#define OSCI_ROLE_BIT(role) (1u << (role))

struct osci_type_info {
	const char *name;         /* "storeDelivery": message name and, but for faults, name of the order element */
	bool request;             /* ClientSignature and DesiredLanguages; else SupplierSignature */
	const char *ns;           /* namespace of the order element */
	enum osci_body body;      /* OSCI_BODY_ORDER: order element in the Body, else in the Header */
	unsigned char quality_max; /* QualityOfTimestamp blocks; the schema's minimum is not demanded, peers leave them out */
	enum osci_need intermediary_certs;
	enum osci_need other_certs; /* NonIntermediaryCertificates */
	enum osci_need features;  /* schema's say; a reader takes it everywhere, at most once */
	unsigned roles_may;       /* certificates allowed, OSCI_ROLE_BIT() */
	unsigned roles_must;      /* and demanded */
	enum osci_need response, challenge, conversation, sequence;
	enum osci_role signer;    /* whose certificate the message signature must name */
};

/* NULL for OSCI_FAULT and values that are no type. */
const struct osci_type_info *osci_type_info(enum osci_type type);
/* Exact text of xsi:schemaLocation for "StoreDelivery", "MessageEncrypted", "MessageFault"; @out of at least 256. */
void osci_schema_location(char *out, size_t size, const char *name);
void osci_type_schema_location(char *out, size_t size, enum osci_type type);
/* More than one certificate of this role may stand in NonIntermediaryCertificates. */
bool osci_role_many(enum osci_role role);
/* true: element of IntermediaryCertificates. */
bool osci_role_intermediary(enum osci_role role);

#endif
