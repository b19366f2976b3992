/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/osci.h - everything of libosci, and its one initialisation
 */
#ifndef OSCI_OSCI_H
#define OSCI_OSCI_H

#include <osci/blob.h>
#include <osci/chunk.h>
#include <osci/dialog.h>
#include <osci/err.h>
#include <osci/feedback.h>
#include <osci/http.h>
#include <osci/key.h>
#include <osci/limits.h>
#include <osci/message.h>
#include <osci/metadata.h>
#include <osci/package.h>
#include <osci/recipient.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Prepares libxml2, xmlsec1 and OpenSSL: refusing entity loader, no I/O callbacks, own algorithms.  Call
 * once, in the main thread, before any other function; a second call does nothing.  OSCI_E_STATE if a library is
 * older than the tested floor.
 */
int osci_init(struct osci_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
