/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map-common.h"
#include "reference.h"
#include "xml/xml.h"

static xmlSchemaPtr reference;

bool map_reference_open(void)
{
	reference = reference_open();
	return reference != NULL;
}

bool map_reference_valid(const char *xml, size_t len)
{
	xmlDocPtr doc = xmlReadMemory(xml, (int)len, "built.xml", NULL, XML_PARSE_NONET);
	bool valid = doc && reference_valid(reference, doc);

	xmlFreeDoc(doc);
	return valid;
}

void map_reference_close(void)
{
	xmlSchemaFree(reference);
	reference = NULL;
}

void map_test_open(struct map_test *t)
{
	const char *root = getenv("XAUSL_TEST_DATA"), *version = getenv("XAUSL_TEST_RELEASE");
	char schemas[4096], versions[4096], text[512];
	struct osci_err err = { 0 };

	memset(t, 0, sizeof(*t));
	if (!root)
		root = getenv("XAUSL_SOURCE_ROOT");
	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root ? root : ".");
	snprintf(versions, sizeof(versions), "%s/versions", root ? root : ".");
	osci_xml_init();
	if (xausl_open(&t->x, schemas, versions, &err)) {
		fprintf(stderr, "xausl_open: %s\n", osci_err_text(&err, text, sizeof(text)));
		exit(1);
	}
	t->release = xausl_release_find(t->x, version ? version : "26.11");
	t->m = t->release ? xausl_release_map(t->release) : NULL;
	if (!t->m) {
		fprintf(stderr, "no mapping for the release under test\n");
		exit(1);
	}
	t->frame = (struct xausl_frame){
		.uuid = "2d0f8276-4278-465f-9065-15494e98d72b",
		.created_ms = 1795426938204,
		.trigger_uuid = NULL,
		.author = { "azr:011200", "Landeshauptstadt München, Ausländerbehörde", "Musterhofstraße", "19", "80337",
			    "München", "01", "auslaenderbehoerde@muenchen.example" },
		.reader = { "dbs:990000000070", "Bundesamt für Migration und Flüchtlinge", NULL, NULL, NULL, NULL, NULL, NULL },
		.product = "Probe",
		.vendor = "Muster & Söhne",
		.product_version = "1.0",
	};
}

void map_test_close(struct map_test *t)
{
	xausl_freep(&t->x);
}

char *map_test_build(const struct map_test *t, const char *number, const json_t *fields, size_t *len)
{
	struct xausl_frame frame = t->frame;
	struct osci_err err = { 0 };
	json_t *errors = NULL;
	char *xml = NULL, text[512];
	int r;

	/* A BAMF message answers something, and comes from the other side; 070007 has its own field for it. */
	if (xausl_message_direction(t->release, number) == -1) {
		frame.author.key = t->frame.reader.key;
		frame.author.name = t->frame.reader.name;
		frame.reader.key = t->frame.author.key;
		frame.reader.name = t->frame.author.name;
		frame.trigger_uuid = "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9";
	}
	r = xausl_build(&xml, len, t->release, number, fields, &frame, &errors, &err);
	if (r) {
		char *shown = errors ? json_dumps(errors, 0) : NULL;

		fprintf(stderr, "# build %s: %s %s\n", number, osci_err_text(&err, text, sizeof(text)), shown ? shown : "");
		free(shown);
	}
	json_decref(errors);
	return xml;
}

json_t *map_test_read(const struct map_test *t, const char *xml, size_t len)
{
	struct osci_limits limits;
	struct osci_err err = { 0 };
	json_t *out = NULL;
	char text[512];

	osci_limits_default(&limits);
	if (xausl_read(&out, t->release, xml, len, &limits, &err))
		fprintf(stderr, "# read: %s\n", osci_err_text(&err, text, sizeof(text)));
	return out;
}

void map_test_strip(json_t *message)
{
	static const char *const envelope[] = { "message", "uuid", "created", "release", "author", "reader", "trigger",
						"test" };
	size_t i;

	for (i = 0; i < sizeof(envelope) / sizeof(*envelope); i++)
		json_object_del(message, envelope[i]);
}

json_t *map_test_070001(void)
{
	json_error_t e;
	json_t *v = json_loads(
		"{\"person\":{\"surname\":\"Nguyễn\",\"given_names\":\"Thị Minh\",\"sex\":\"w\",\"birth_date\":\"1994-03-27\","
		"\"address\":{\"street\":\"Isarprobe\",\"house_number\":\"12\",\"postcode\":\"80469\",\"town\":\"München\"},"
		"\"azr_number\":\"260804013377\",\"birth_place\":\"Đà Nẵng\",\"nationalities\":[\"432\"]},"
		"\"residence_title\":\"AERL-STAT-041\",\"orientation_course_only\":false}",
		0, &e);

	if (!v) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	return v;
}
