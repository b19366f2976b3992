/* SPDX-License-Identifier: Apache-2.0 */
/* Values against tables, forms of browsers, the catalogue of errors, and the description of the SOAP service. */
#include "t_sim.h"

#include <libxml/parser.h>

#include "course/accept.h"
#include "course/soap.h"
#include "course/web.h"
#include "xml/xml.h"

static const struct course_field inner[] = { { "key", COURSE_TEXT, COURSE_REQUIRED, 1, 5, NULL, NULL, "" }, { NULL } };
static const struct course_field table[] = {
	{ "text", COURSE_TEXT, COURSE_REQUIRED, 2, 5, NULL, NULL, "" },
	{ "name", COURSE_NAME, 0, 1, 40, NULL, NULL, "" },
	{ "day", COURSE_DATE, 0, 10, 10, NULL, NULL, "" },
	{ "birth", COURSE_PDATE, 0, 4, 10, NULL, NULL, "" },
	{ "number", COURSE_INT, 0, -2, 3, NULL, NULL, "" },
	{ "flag", COURSE_BOOL, 0, 0, 0, NULL, NULL, "" },
	{ "word", COURSE_CHOICE, 0, 1, 10, NULL, "first|repeat", "" },
	{ "one", COURSE_OBJECT, 0, 0, 0, inner, NULL, "" },
	{ "many", COURSE_LIST, 0, 1, 2, inner, NULL, "" },
	{ NULL },
};

/* "code@field code@field", in order. */
static void assert_errors(const char *text, const char *expected)
{
	json_t *value = json_loads(text, 0, NULL), *errors = json_array();
	const json_t *e;
	char got[500] = "";
	size_t i;

	assert_non_null(value);
	assert_true(course_check(table, value, NULL, errors));
	json_array_foreach(errors, i, e) {
		const char *field = course_text(e, "field");

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s@%s", i ? " " : "", course_text(e, "code"),
			 field ? field : "");
	}
	assert_string_equal(got, expected);
	json_decref(value);
	json_decref(errors);
}

static void values_fit_their_table(void **state)
{
	assert_errors("{\"text\":\"abc\"}", "");
	assert_errors("{\"text\":\"abc\",\"name\":\"Ł. \"}", "name_characters@name");
	assert_errors("{\"text\":\"abc\",\"name\":\"O'Connor-Müller Ñandú\",\"day\":\"2026-02-28\",\"birth\":\"1990-02\","
		      "\"number\":-2,\"flag\":false,\"word\":\"repeat\",\"one\":{\"key\":\"a\"},\"many\":[{\"key\":\"b\"}]}",
		      "");
}

static void every_problem_is_found(void **state)
{
	assert_errors("{}", "missing@text");
	assert_errors("{\"text\":\"\"}", "missing@text");
	assert_errors("{\"text\":\" \\t\"}", "missing@text");
	assert_errors("{\"text\":null}", "missing@text");
	assert_errors("{\"text\":\"a\"}", "invalid@text");
	assert_errors("{\"text\":\"äöüäöü\"}", "too_long@text");
	assert_errors("{\"text\":\"äöüäö\"}", ""); /* characters count, not octets */
	assert_errors("{\"text\":\"ab\\u0001\"}", "invalid@text");
	assert_errors("{\"text\":\"ab\\u0085\"}", "invalid@text");
	assert_errors("{\"text\":5}", "invalid@text");
	assert_errors("[]", "malformed@");
	assert_errors("{\"text\":\"abc\",\"colour\":1,\"one\":{\"key\":\"a\",\"colour\":1}}", "unknown_field@ unknown_field@one");
	assert_errors("{\"text\":\"abc\",\"day\":\"2026-02-29\",\"birth\":\"1990-13\"}", "invalid_date@day invalid_date@birth");
	assert_errors("{\"text\":\"abc\",\"number\":4,\"flag\":\"yes\"}", "out_of_range@number invalid@flag");
	assert_errors("{\"text\":\"abc\",\"number\":1.5,\"flag\":0}", "invalid@number invalid@flag");
	assert_errors("{\"text\":\"abc\",\"word\":\"first|repeat\"}", "too_long@word");
	assert_errors("{\"text\":\"abc\",\"word\":\"|\"}", "unknown_code@word");
	assert_errors("{\"text\":\"abc\",\"word\":\"rep\"}", "unknown_code@word");
	assert_errors("{\"text\":\"abc\",\"one\":[],\"many\":{}}", "invalid@one invalid@many");
	assert_errors("{\"text\":\"abc\",\"many\":[]}", "too_many@many");
	assert_errors("{\"text\":\"abc\",\"many\":[{\"key\":\"a\"},{\"key\":\"a\"},{\"key\":\"a\"}]}", "too_many@many");
	assert_errors("{\"text\":\"abc\",\"many\":[{\"key\":\"a\"},{}]}", "missing@many[2].key");
	assert_errors("{\"text\":\"abc\",\"many\":[1,{\"key\":\"toolong\"}]}", "invalid@many[1] too_long@many[2].key");
}

static void names_have_letters_only(void **state)
{
	static const char *const good[] = { "Ada", "d'Àé", "Nguyễn Thị", "Yılmaz-Öz", "Ćosić", "Иванов", "e\xcc\x81" };
	static const char *const bad[] = { "", "Muster1", "A<b>", "A.B", "A/B", "x@y", "\xc2\xbd", "A\xc3\x97", "-", "漢字", "A_B" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(course_name_ok(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(course_name_ok(bad[i]));
}

static void texts_become_values(void **state)
{
	static const struct {
		enum course_type type;
		const char *text, *json;
	} cases[] = { { COURSE_INT, "12", "12" },	   { COURSE_INT, "-3", "-3" },	      { COURSE_INT, "1x", "\"1x\"" },
		      { COURSE_INT, "99999999999", "\"99999999999\"" }, { COURSE_INT, "", "\"\"" }, { COURSE_BOOL, "true", "true" },
		      { COURSE_BOOL, "0", "false" },	   { COURSE_BOOL, "ja", "\"ja\"" },   { COURSE_TEXT, "12", "\"12\"" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *v = course_value_of(cases[i].type, cases[i].text);
		char *text = json_dumps(v, JSON_ENCODE_ANY);

		assert_string_equal(text, cases[i].json);
		free(text);
		json_decref(v);
	}
}

/* --- forms ---------------------------------------------------------------- */

static json_t *form_of(const char *body)
{
	return course_form_read(body, strlen(body));
}

static void forms_are_read(void **state)
{
	json_t *form = form_of("text=a+b%C3%A4%26&many.1.key=x&many.3.key=y&many.2.key=&one.key=&number=3&flag=true&csrf=1");
	json_t *v = course_form_values(table, form);
	char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);

	/* Empty rows and objects go, unknown names do not count. */
	assert_string_equal(text, "{\"flag\":true,\"many\":[{\"key\":\"x\"},{\"key\":\"y\"}],\"number\":3,\"text\":\"a bä&\"}");
	free(text);
	json_decref(v);
	json_decref(form);
	form = form_of("");
	assert_int_equal(json_object_size(form), 0);
	json_decref(form);
}

static void forms_that_cannot_be_read(void **state)
{
	static const char *const bad[] = { "a", "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=%c3", "a=1&a=2", "%00=1" };
	char many[COURSE_FORM_FIELDS_MAX * 8 + 20];
	size_t k = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(form_of(bad[i]));
	assert_null(course_form_read("a=1\0b=2", 7));
	for (unsigned i = 0; i <= COURSE_FORM_FIELDS_MAX; i++)
		k += (size_t)snprintf(many + k, sizeof(many) - k, "%sn%u=", i ? "&" : "", i);
	assert_null(form_of(many));
}

static void markup_is_escaped(void **state)
{
	struct osci_buf b = OSCI_BUF_INIT(100);

	html_text(&b, "<a href=\"x\" b='y'>&");
	html_text(&b, NULL);
	assert_string_equal((char *)b.data, "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
	osci_buf_free(&b);
}

/* --- tables of the whole --------------------------------------------------- */

static void errors_have_texts(void **state)
{
	const char *code, *de, *en, *other, *x, *y;
	size_t n = 0;

	for (; course_error_get(n, &code, &de, &en); n++) {
		assert_true(de[0] && en[0]);
		assert_string_equal(course_error_text(code, true), de);
		for (size_t k = 0; k < n; k++) {
			assert_true(course_error_get(k, &other, &x, &y));
			assert_string_not_equal(code, other);
		}
	}
	assert_true(n > 50);
	assert_string_equal(course_error_text("colour", true), "");
}

static void the_booklet_names_what_there_is(void **state)
{
	for (const struct course_booklet_case *b = course_booklet; b->name; b++) {
		const struct course_function *f = course_function_find(b->function, strlen(b->function));

		assert_non_null(f);
		assert_true(f->flags & COURSE_FOR_SCHOOL);
		assert_true(!b->expected || course_error_text(b->expected, true)[0]);
		assert_true(b->setup < COURSE_SETUP_STARTED || b->persons > 0);
	}
}

static void the_schema_of_the_service_compiles(void **state)
{
	struct course_schema *s = NULL;
	struct osci_buf b = OSCI_BUF_INIT(1 << 20);
	char field[COURSE_PATH_MAX];
	xmlDocPtr doc;
	bool valid;

	assert_int_equal(osci_xml_init(), 0);
	assert_int_equal(course_schema_new(&s, NULL), 0);
	course_write_wsdl(&b, "127.0.0.1:1\"<>&");
	doc = xmlReadMemory((char *)b.data, (int)b.len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	assert_non_null(doc);
	xmlFreeDoc(doc);
	static const struct {
		const char *xml, *field;
	} wrong[] = {
		{ "<c:course-information xmlns:c='" COURSE_NS "'><c:course_key>K</c:course_key></c:course-information>", NULL },
		{ "<course-start xmlns='" COURSE_NS "'><course_key>K</course_key><begin>2026-11-16Z</begin></course-start>",
		  "begin" },
		{ "<dtz-results xmlns='" COURSE_NS "'><results><sheet_number>1</sheet_number><level>B1</level></results>"
		  "<results><sheet_number>1</sheet_number><level>C9</level></results></dtz-results>", "results[2].level" },
		{ "<dtz-results xmlns='" COURSE_NS "'><A1/></dtz-results>", "" },
		{ "<dtz-results xmlns='" COURSE_NS "' mode='never'/>", "" },
		{ "<colour xmlns='" COURSE_NS "'/>", "" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		doc = xmlReadMemory(wrong[i].xml, (int)strlen(wrong[i].xml), NULL, NULL, XML_PARSE_NONET);
		assert_int_equal(course_schema_check(s, xmlDocGetRootElement(doc), &valid, field), 0);
		assert_int_equal(valid, !wrong[i].field);
		assert_string_equal(field, wrong[i].field ? wrong[i].field : "");
		xmlFreeDoc(doc);
	}
	osci_buf_free(&b);
	course_schema_freep(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_fit_their_table),
		cmocka_unit_test(every_problem_is_found),
		cmocka_unit_test(names_have_letters_only),
		cmocka_unit_test(texts_become_values),
		cmocka_unit_test(forms_are_read),
		cmocka_unit_test(forms_that_cannot_be_read),
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(errors_have_texts),
		cmocka_unit_test(the_booklet_names_what_there_is),
		cmocka_unit_test(the_schema_of_the_service_compiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
