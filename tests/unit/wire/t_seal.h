/* SPDX-License-Identifier: Apache-2.0 */
/* t_seal - encryption by hand, so that the reader is not judged by the project's own writer alone */
#ifndef T_SEAL_H
#define T_SEAL_H

#include "t_order.h"

#define T_SEAL_IV12 "<v:IvLength xmlns:v=\"" OSCI_NS_128 "\" Value=\"12\"/>"

/* EncryptedData for the t_reader around @plain; @key_info NULL = the certificate of the message. */
void t_seal(struct osci_buf *out, const char *plain, size_t len, const char *method_child, const char *key_info);

#endif
