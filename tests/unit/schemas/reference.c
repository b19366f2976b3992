/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libxml/parserInternals.h>

#include "reference.h"
#include "base/buf.h"

/* One document that takes in all that hold messages. */
static const char *const entries[][2] = {
	{ "http://www.osci.de/xauslaender2611", "xinneres.xauslaender.xsd" },
	{ "http://www.osci.de/xinneres/rueckweisung/6", "xinneres/xinneres-rueckweisung.xsd" },
	{ "http://www.osci.de/xinneres/quittung/5", "xinneres/xinneres-quittung.xsd" },
	{ "http://www.osci.de/xinneres/weiterleitung/7", "xinneres/xinneres-weiterleitung.xsd" },
};

const char *reference_folder(void)
{
	static char path[4096];
	const char *shared = getenv("XAUSL_SHARED");

	snprintf(path, sizeof(path), "%s/standards/xauslaender/26.11", shared ? shared : "");
	return shared && access(path, R_OK) == 0 ? path : "";
}

/* The documents name each other by their official URLs; they lie in three folders here. */
static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	static const char *const folders[] = { "", "xinneres/", "xoev/" };
	const char *name = strrchr(url, '/') ? strrchr(url, '/') + 1 : url;
	char path[5000];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/xsd/%s%s", reference_folder(), folders[i], name);
		if (!access(path, R_OK))
			return xmlNewInputFromFile(ctxt, path);
	}
	return NULL;
}

static void quiet(void *ud, xmlErrorPtr e)
{
}

xmlSchemaPtr reference_open(void)
{
	xmlExternalEntityLoader before = xmlGetExternalEntityLoader();
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(65536);
	xmlSchemaParserCtxtPtr c;
	xmlSchemaPtr schema;

	if (!*reference_folder())
		return NULL;
	osci_buf_adds(&b, "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">");
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		osci_buf_addf(&b, "<xs:import namespace=\"%s\" schemaLocation=\"%s\"/>", entries[i][0], entries[i][1]);
	osci_buf_adds(&b, "</xs:schema>");
	c = xmlSchemaNewMemParserCtxt((const char *)b.data, (int)b.len);
	if (c)
		xmlSchemaSetParserStructuredErrors(c, quiet, NULL);
	xmlSetExternalEntityLoader(load);
	schema = c ? xmlSchemaParse(c) : NULL;
	xmlSetExternalEntityLoader(before);
	xmlSchemaFreeParserCtxt(c);
	if (!schema) {
		fprintf(stderr, "the reference schemas do not compile\n");
		exit(1);
	}
	return schema;
}

bool reference_valid(xmlSchemaPtr schema, xmlDocPtr doc)
{
	xmlSchemaValidCtxtPtr c = xmlSchemaNewValidCtxt(schema);
	int r;

	if (!c)
		abort();
	xmlSchemaSetValidStructuredErrors(c, quiet, NULL);
	r = xmlSchemaValidateDoc(c, doc);
	xmlSchemaFreeValidCtxt(c);
	if (r < 0)
		abort();
	return r == 0;
}
