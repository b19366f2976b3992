/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-xml - the guarded parser and what reads from its tree */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "xml/xml.h"

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
	struct osci_err err;
	xmlDocPtr doc = NULL;
	char path[512], *text = NULL;
	xmlNodePtr n;
	bool bad = false;

	osci_limits_default(&limits);
	if (osci_xml_parse(&doc, data, size, &limits, &err))
		return 0;
	if (osci_xml_prescan(data, size, &limits, &err))
		abort(); /* what was parsed has passed the pre-scan */
	n = xmlDocGetRootElement(doc);
	osci_xml_path(n, path, sizeof(path));
	for (n = osci_xml_first(n, &bad); n; n = osci_xml_next(n, &bad)) {
		osci_xml_path(n, path, sizeof(path));
		if (!osci_xml_text(n, 4096, &text, &err))
			free(text);
		text = NULL;
		if (!osci_xml_attr(n, NULL, "Id", 256, &text, &err))
			free(text);
		text = NULL;
	}
	osci_xml_freep(&doc);
	return 0;
}
