/* SPDX-License-Identifier: Apache-2.0 */
/* delivery - struct osci_delivery becomes the draft of the order that carries it */
#ifndef OSCI_DIALOG_DELIVERY_H
#define OSCI_DIALOG_DELIVERY_H

#include <osci/dialog.h>
#include <osci/package.h>

/* What a draft borrows while it is written. */
struct osci_delivery_work {
	struct osci_package *own; /* made from osci_delivery.data */
	struct osci_draft_cert *certs;
};

/* What does not depend on any answer; OSCI_E_USAGE. @mailbox: the order goes to one, so that there is an addressee. */
int osci_delivery_check(const struct osci_delivery *v, bool mailbox, const char *name, struct osci_err *err);
/* Fills @draft of type @type; contents are made, signed and encrypted here. */
int osci_delivery_draft(struct osci_draft *draft, struct osci_delivery_work *w, enum osci_type type,
			const struct osci_delivery *v, const char *message_id, const struct osci_client_conf *conf,
			struct osci_err *err);
void osci_delivery_work_clear(struct osci_delivery_work *w);
/* Appends to a list of @n entries with room for one more, unless the same certificate has this role there already. */
size_t osci_draft_cert_add(struct osci_draft_cert *list, size_t n, enum osci_role role, const struct osci_cert *cert);

#endif
