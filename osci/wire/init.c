/* SPDX-License-Identifier: Apache-2.0 */
/* init - the libraries below, in the one order in which their settings hold */
#include <osci/osci.h>

#include "crypto/crypto.h"
#include "xml/xml.h"

int osci_init(struct osci_err *err)
{
	/* xmlsec replaces libxml2's entity loader when it starts, so it comes second. */
	int r = osci_xml_init();

	if (r)
		return osci_fail(err, r, NULL, "libxml2", "cannot be initialised");
	return osci_crypto_init(err);
}
