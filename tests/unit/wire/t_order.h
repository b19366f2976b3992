/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_order - one small order written by hand, changed in one place at a time
 *
 * By hand, so that the reader is not judged by the project's own writer alone.
 */
#ifndef T_ORDER_H
#define T_ORDER_H

#include <osci/message.h>
#include "base/buf.h"
#include "wire/types.h"

#define NAMESPACES                                                                                                  \
	" xmlns:ds=\"" OSCI_NS_DS "\" xmlns:osci=\"" OSCI_NS_OSCI "\" xmlns:soap=\"" OSCI_NS_SOAP                   \
	"\" xmlns:xenc=\"" OSCI_NS_XENC "\" xmlns:xsi=\"" OSCI_NS_XSI "\""
#define CONTAINER(id, inner) "<osci:ContentContainer Id=\"" id "\">" inner "</osci:ContentContainer>"
#define INLINE "<osci:Content><osci:Base64Content Id=\"b1\">QUJD</osci:Base64Content></osci:Content>"
#define HREF(cid) "<osci:Content Id=\"h1\" href=\"cid:" cid "\"></osci:Content>"
#define SIZE_MAX_TEST ((size_t)64 * 1024 * 1024)

/* Keys of the order: @t_reader is its addressee and decrypts, the others sign and are trusted. */
extern struct osci_key *t_reader, *t_office, *t_supplier;
extern struct osci_trust *t_trust;

/* Fixtures of a group: libraries and keys. */
int t_order_setup(void **state);
int t_order_teardown(void **state);
/* Appends the order with @from replaced by @to, once; @from NULL = unchanged. */
void t_order_changed(struct osci_buf *b, const char *from, const char *to);
/* Message and contents, with the reader's key and everybody trusted. */
int t_order_open(const void *data, size_t len, const struct osci_policy *policy, struct osci_err *err);
/* The changed order opens with @result; osci_fail text is shown if not. */
void t_order_expect(int result, const char *from, const char *to);

#endif
