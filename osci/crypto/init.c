/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init - the libraries below, made ready and made quiet
 *
 * Once, in the main thread, before any other thread.  After it: xmlsec knows our klasses and no
 * way to files or networks, no entity is ever loaded, and no library writes to stderr: their
 * texts can quote what they read.
 */
#include <errno.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <libxml/globals.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/parser.h>

#include "crypto/priv.h"

static void silent_xmlsec(const char *file, int line, const char *func, const char *object,
			  const char *subject, int reason, const char *msg)
{
}

static void __attribute__((format(printf, 2, 3))) silent_generic(void *ctx, const char *msg, ...)
{
}

static xmlParserInputPtr refuse_entity(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	return NULL;
}

int osci_crypto_init(struct osci_err *err)
{
	static bool done;
	int r;

	if (done)
		return 0;
	xmlSecErrorsSetCallback(silent_xmlsec);
	xmlSetGenericErrorFunc(NULL, silent_generic);
	xmlThrDefSetGenericErrorFunc(NULL, silent_generic);
	if (xmlSecInit() < 0)
		return osci_fail(err, -ENOMEM, NULL, "xmlsec", "cannot be initialised");
	if (xmlSecCheckVersion() != 1)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, "xmlsec", "other version than built for");
	if (xmlSecCryptoInit() < 0 || klass_pss_register() < 0)
		return osci_fail(err, -ENOMEM, NULL, "xmlsec", "cannot be initialised");
	xmlSecIOCleanupCallbacks();
	xmlSecSetExternalEntityLoader(refuse_entity);
	r = alg_init(err);
	if (r)
		return r;
	ERR_clear_error();
	done = true;
	return 0;
}
