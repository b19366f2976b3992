/* SPDX-License-Identifier: Apache-2.0 */
/* priv - what the files of this room share */
#ifndef OSCI_MIME_PRIV_H
#define OSCI_MIME_PRIV_H

#include "mime/mime.h"

/* The octets that @text, base64 that was found right before, stands for. Decoded whenever they are read. */
int mime_base64_view(struct osci_blob **ret, struct osci_blob *text, struct osci_err *err);

#endif
