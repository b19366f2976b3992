/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-c14n - canonical forms against libxml2's canonicaliser, for every element of what the guarded parser lets through
 *
 * Any difference is a crash, one refusing what the other writes included.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "lib/t_c14n.h"
#include "xml/xml.h"

#define ELEMENTS_MAX 200

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return osci_crypto_init(NULL) || osci_xml_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct osci_limits limits;
	xmlNodePtr differs;
	xmlDocPtr doc = NULL;

	osci_limits_default(&limits);
	if (osci_xml_parse(&doc, data, size, &limits, NULL))
		return 0;
	t_c14n_compare(doc, ELEMENTS_MAX, &differs);
	if (differs)
		abort();
	osci_xml_freep(&doc);
	return 0;
}
