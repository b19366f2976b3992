/* SPDX-License-Identifier: Apache-2.0 */
/* terms - words of the case format that several rooms share */
#ifndef CF_TERMS_H
#define CF_TERMS_H

enum cf_certificate { CF_CERT_OK, CF_CERT_EXPIRED, CF_CERT_REVOKED, CF_CERT_MISSING };
enum cf_at { CF_AT_OFFICE, CF_AT_PARTNER, CF_AT_OPERATOR };
enum cf_what { CF_GATEWAY, CF_INTERMEDIARY, CF_PARTNER, CF_OFFICE }; /* CF_OFFICE: all offices of the case */
enum cf_how { CF_KILL, CF_STOP };
enum cf_point {
	CF_NOW,
	CF_ACCEPTED,
	CF_STORE_REQUESTED,
	CF_STORED,
	CF_ANSWER_WAITING,
	CF_ANSWER_FETCHED,
	CF_DELIVERED,
	CF_ACKNOWLEDGED,
};

#endif
