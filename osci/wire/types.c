/* SPDX-License-Identifier: Apache-2.0 */
/* types - the table of message types and the names of certificate roles */
#include <ctype.h>
#include <stdio.h>

#include "wire/types.h"

#define CO OSCI_ROLE_BIT(OSCI_CIPHER_ORIGINATOR)
#define CA OSCI_ROLE_BIT(OSCI_CIPHER_ADDRESSEE)
#define CR OSCI_ROLE_BIT(OSCI_CIPHER_OTHER_READER)
#define CU OSCI_ROLE_BIT(OSCI_CIPHER_OTHER_AUTHOR)
#define SO OSCI_ROLE_BIT(OSCI_SIGN_ORIGINATOR)
#define SU OSCI_ROLE_BIT(OSCI_SIGN_OTHER_AUTHOR)
#define SA OSCI_ROLE_BIT(OSCI_SIGN_ADDRESSEE)
#define CI OSCI_ROLE_BIT(OSCI_CIPHER_INTERMEDIARY)
#define SI OSCI_ROLE_BIT(OSCI_SIGN_INTERMEDIARY)

#define STORE_ROLES (CO | CU | CA | CR | SO | SU)
#define DELIVERY_ROLES (STORE_ROLES | SA)

/* Control block: Response, Challenge, ConversationId, SequenceNumber. */
#define CONTROL(r, c, d, s) .response = (r), .challenge = (c), .conversation = (d), .sequence = (s)
#define IN_DIALOG CONTROL(OSCI_MUST, OSCI_MUST, OSCI_MUST, OSCI_MUST)
#define IMPLICIT_TOO CONTROL(OSCI_MAY, OSCI_MUST, OSCI_MAY, OSCI_MUST)
#define ANSWER CONTROL(OSCI_MUST, OSCI_MAY, OSCI_MUST, OSCI_MUST)
#define ANSWER_IN_DIALOG CONTROL(OSCI_MUST, OSCI_MUST, OSCI_MUST, OSCI_MUST)
#define CHALLENGE_ONLY CONTROL(OSCI_NEVER, OSCI_MUST, OSCI_NEVER, OSCI_NEVER)
#define RESPONSE_ONLY CONTROL(OSCI_MUST, OSCI_NEVER, OSCI_NEVER, OSCI_NEVER)

#define REQUEST .request = true, .ns = OSCI_NS_OSCI, .signer = OSCI_SIGN_ORIGINATOR
#define SUPPLIER .ns = OSCI_NS_OSCI, .signer = OSCI_SIGN_INTERMEDIARY
#define IC_ANSWER .intermediary_certs = OSCI_MAY

static const struct osci_type_info infos[] = {
	[OSCI_INIT_DIALOG] = { "initDialog", REQUEST, .body = OSCI_BODY_ORDER, .other_certs = OSCI_MUST,
			       .features = OSCI_MAY, .roles_may = CO | SO, .roles_must = CO, CHALLENGE_ONLY },
	[OSCI_EXIT_DIALOG] = { "exitDialog", REQUEST, .body = OSCI_BODY_ORDER, .other_certs = OSCI_MAY,
			       .features = OSCI_MAY, .roles_may = SO, IN_DIALOG },
	[OSCI_GET_MESSAGE_ID] = { "getMessageId", REQUEST, .body = OSCI_BODY_ORDER, .other_certs = OSCI_MAY,
				  .features = OSCI_MAY, .roles_may = CO | SO, IMPLICIT_TOO },
	[OSCI_STORE_DELIVERY] = { "storeDelivery", REQUEST, .body = OSCI_BODY_PACKAGE, .quality_max = 2,
				  .other_certs = OSCI_MUST, .features = OSCI_MAY, .roles_may = STORE_ROLES,
				  .roles_must = CA, IMPLICIT_TOO },
	[OSCI_FETCH_DELIVERY] = { "fetchDelivery", REQUEST, .body = OSCI_BODY_EMPTY, .other_certs = OSCI_MAY,
				  .features = OSCI_MAY, .roles_may = SO, IN_DIALOG },
	[OSCI_FETCH_PROCESS_CARD] = { "fetchProcessCard", REQUEST, .body = OSCI_BODY_ORDER, .other_certs = OSCI_MAY,
				      .features = OSCI_MAY, .roles_may = SO, IN_DIALOG },
	[OSCI_FORWARD_DELIVERY] = { "forwardDelivery", REQUEST, .body = OSCI_BODY_PACKAGE, .quality_max = 2,
				    .other_certs = OSCI_MAY, .features = OSCI_MAY, .roles_may = DELIVERY_ROLES,
				    IMPLICIT_TOO },
	[OSCI_ACCEPT_DELIVERY] = { "acceptDelivery", .request = true, .ns = OSCI_NS_OSCI,
				   .signer = OSCI_SIGN_INTERMEDIARY, .body = OSCI_BODY_PACKAGE,
				   .intermediary_certs = OSCI_MAY, .other_certs = OSCI_MAY, .features = OSCI_MAY,
				   .roles_may = DELIVERY_ROLES | CI | SI, CHALLENGE_ONLY },
	[OSCI_MEDIATE_DELIVERY] = { "mediateDelivery", REQUEST, .body = OSCI_BODY_PACKAGE, .quality_max = 2,
				    .other_certs = OSCI_MAY, .features = OSCI_MAY, .roles_may = DELIVERY_ROLES,
				    IN_DIALOG },
	[OSCI_PROCESS_DELIVERY] = { "processDelivery", .request = true, .ns = OSCI_NS_OSCI,
				    .signer = OSCI_SIGN_INTERMEDIARY, .body = OSCI_BODY_PACKAGE,
				    .intermediary_certs = OSCI_MAY, .other_certs = OSCI_MAY, .features = OSCI_MAY,
				    .roles_may = DELIVERY_ROLES | CI | SI, CHALLENGE_ONLY },
	[OSCI_PARTIAL_STORE_DELIVERY] = { "partialStoreDelivery", .request = true, .ns = OSCI_NS_2017,
					  .signer = OSCI_SIGN_ORIGINATOR, .body = OSCI_BODY_PACKAGE, .quality_max = 1,
					  .other_certs = OSCI_MUST, .features = OSCI_MUST, .roles_may = STORE_ROLES,
					  .roles_must = CA, IMPLICIT_TOO },
	[OSCI_PARTIAL_FETCH_DELIVERY] = { "partialFetchDelivery", .request = true, .ns = OSCI_NS_2017,
					  .signer = OSCI_SIGN_ORIGINATOR, .body = OSCI_BODY_EMPTY,
					  .other_certs = OSCI_MAY, .features = OSCI_MUST, .roles_may = SO, IN_DIALOG },
	[OSCI_RESPONSE_TO_INIT_DIALOG] = { "responseToInitDialog", SUPPLIER, .body = OSCI_BODY_ORDER, IC_ANSWER,
					   .features = OSCI_MAY, .roles_may = SI,
					   CONTROL(OSCI_MUST, OSCI_MUST, OSCI_MUST, OSCI_NEVER) },
	[OSCI_RESPONSE_TO_EXIT_DIALOG] = { "responseToExitDialog", SUPPLIER, .body = OSCI_BODY_ORDER, IC_ANSWER,
					   .features = OSCI_MAY, .roles_may = SI,
					   CONTROL(OSCI_MUST, OSCI_NEVER, OSCI_MUST, OSCI_MUST) },
	[OSCI_RESPONSE_TO_GET_MESSAGE_ID] = { "responseToGetMessageId", SUPPLIER, .body = OSCI_BODY_ORDER, IC_ANSWER,
					      .features = OSCI_MAY, .roles_may = SI, ANSWER },
	[OSCI_RESPONSE_TO_STORE_DELIVERY] = { "responseToStoreDelivery", SUPPLIER, .body = OSCI_BODY_EMPTY, IC_ANSWER,
					      .features = OSCI_MAY, .roles_may = SI, ANSWER },
	[OSCI_RESPONSE_TO_FETCH_DELIVERY] = { "responseToFetchDelivery", SUPPLIER, .body = OSCI_BODY_PACKAGE_MAY,
					      IC_ANSWER, .other_certs = OSCI_MAY, .features = OSCI_MAY,
					      .roles_may = DELIVERY_ROLES | SI, ANSWER_IN_DIALOG },
	[OSCI_RESPONSE_TO_FETCH_PROCESS_CARD] = { "responseToFetchProcessCard", SUPPLIER, .body = OSCI_BODY_ORDER,
						  IC_ANSWER, .features = OSCI_MAY, .roles_may = SI,
						  ANSWER_IN_DIALOG },
	[OSCI_RESPONSE_TO_FORWARD_DELIVERY] = { "responseToForwardDelivery", SUPPLIER, .body = OSCI_BODY_EMPTY,
						IC_ANSWER, .features = OSCI_MAY, .roles_may = SI,
						CONTROL(OSCI_MUST, OSCI_MAY, OSCI_MAY, OSCI_MAY) },
	[OSCI_RESPONSE_TO_ACCEPT_DELIVERY] = { "responseToAcceptDelivery", .ns = OSCI_NS_OSCI,
					       .signer = OSCI_SIGN_ADDRESSEE, .body = OSCI_BODY_EMPTY,
					       .other_certs = OSCI_MAY, .features = OSCI_MAY, .roles_may = SA,
					       RESPONSE_ONLY },
	[OSCI_RESPONSE_TO_MEDIATE_DELIVERY] = { "responseToMediateDelivery", SUPPLIER, .body = OSCI_BODY_PACKAGE_MAY,
						IC_ANSWER, .other_certs = OSCI_MAY, .features = OSCI_MAY,
						.roles_may = DELIVERY_ROLES | SI, ANSWER_IN_DIALOG },
	/* The passive recipient is originator of its reply. */
	[OSCI_RESPONSE_TO_PROCESS_DELIVERY] = { "responseToProcessDelivery", .ns = OSCI_NS_OSCI,
						.signer = OSCI_SIGN_ORIGINATOR, .body = OSCI_BODY_PACKAGE_MAY,
						.quality_max = 2, .other_certs = OSCI_MAY, .features = OSCI_MAY,
						.roles_may = DELIVERY_ROLES, RESPONSE_ONLY },
	[OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY] = { "responseToPartialStoreDelivery", .ns = OSCI_NS_2017,
						      .signer = OSCI_SIGN_INTERMEDIARY, .body = OSCI_BODY_EMPTY,
						      IC_ANSWER, .features = OSCI_MUST, .roles_may = SI, ANSWER },
	[OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY] = { "responseToPartialFetchDelivery", .ns = OSCI_NS_2017,
						      .signer = OSCI_SIGN_INTERMEDIARY,
						      .body = OSCI_BODY_PACKAGE_MAY, IC_ANSWER,
						      .other_certs = OSCI_MAY, .features = OSCI_MUST,
						      .roles_may = DELIVERY_ROLES | SI, ANSWER_IN_DIALOG },
};

const struct osci_type_info *osci_type_info(enum osci_type type)
{
	if ((unsigned)type >= sizeof(infos) / sizeof(infos[0]))
		return NULL;
	return &infos[type];
}

const char *osci_type_name(enum osci_type type)
{
	const struct osci_type_info *info = osci_type_info(type);

	return info ? info->name : "soapFault";
}

enum osci_type osci_type_answer(enum osci_type request)
{
	/* Requests and answers stand in the same order. */
	if ((unsigned)request >= OSCI_RESPONSE_TO_INIT_DIALOG)
		return OSCI_FAULT;
	return (enum osci_type)(request + OSCI_RESPONSE_TO_INIT_DIALOG);
}

void osci_schema_location(char *out, size_t size, const char *name)
{
	snprintf(out, size,
		 OSCI_NS_SOAP " soap%c%s.xsd " OSCI_NS_DS " oscisig.xsd " OSCI_NS_XENC " oscienc.xsd",
		 toupper((unsigned char)name[0]), name + 1);
}

void osci_type_schema_location(char *out, size_t size, enum osci_type type)
{
	osci_schema_location(out, size, type == OSCI_FAULT ? "MessageFault" : osci_type_name(type));
}

const char *osci_role_element(enum osci_role role)
{
	static const char *const names[] = {
		[OSCI_CIPHER_ORIGINATOR] = "CipherCertificateOriginator",
		[OSCI_CIPHER_OTHER_AUTHOR] = "CipherCertificateOtherAuthor",
		[OSCI_CIPHER_ADDRESSEE] = "CipherCertificateAddressee",
		[OSCI_CIPHER_OTHER_READER] = "CipherCertificateOtherReader",
		[OSCI_SIGN_ORIGINATOR] = "SignatureCertificateOriginator",
		[OSCI_SIGN_OTHER_AUTHOR] = "SignatureCertificateOtherAuthor",
		[OSCI_SIGN_ADDRESSEE] = "SignatureCertificateAddressee",
		[OSCI_CIPHER_INTERMEDIARY] = "CipherCertificateIntermediary",
		[OSCI_SIGN_INTERMEDIARY] = "SignatureCertificateIntermediary",
	};

	return (unsigned)role < sizeof(names) / sizeof(names[0]) ? names[role] : "";
}

bool osci_role_many(enum osci_role role)
{
	return role == OSCI_CIPHER_OTHER_AUTHOR || role == OSCI_CIPHER_OTHER_READER || role == OSCI_SIGN_OTHER_AUTHOR;
}

bool osci_role_intermediary(enum osci_role role)
{
	return role == OSCI_CIPHER_INTERMEDIARY || role == OSCI_SIGN_INTERMEDIARY;
}
