/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wsdl - schema and description of the SOAP service, written from the tables of functions
 */
#include <inttypes.h>

#include "course/soap.h"

#define WSDL_HEAD                                                                                            \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wsdl:definitions "                                     \
	"name=\"InGeOnlineKurstraegerSimulator\""                                                            \
	" targetNamespace=\"" COURSE_NS "\" xmlns:c=\"" COURSE_NS                                            \
	"\" xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\""                                                 \
	" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" "                                             \
	"xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n"                                                   \
	"<wsdl:documentation>" COURSE_MARK_TEXT "</wsdl:documentation>\n"
#define COURSE_MARK_TEXT                                                                                     \
	"SIMULATOR of InGe-Online for course providers; artificial data only. Every request carries a "      \
	"WS-Security"                                                                                        \
	" UsernameToken with a password as text. Attribute mode=\"asynchronous\": the report is stored and " \
	"loaded later; the"                                                                                  \
	" answer has a ticket, after which the operation result asks."

static void occurs(struct osci_buf *b, const struct course_field *f)
{
	if (f->type == COURSE_LIST)
		osci_buf_addf(b, " minOccurs=\"%" PRId64 "\" maxOccurs=\"%" PRId64 "\"",
			      f->flags & COURSE_REQUIRED ? f->min : 0, f->max);
	else if (!(f->flags & COURSE_REQUIRED))
		osci_buf_adds(b, " minOccurs=\"0\"");
}

static void choices(struct osci_buf *b, const char *words)
{
	osci_buf_adds(b, "<xs:restriction base=\"xs:string\"><xs:enumeration value=\"");
	for (; *words; words++) {
		if (*words == '|')
			osci_buf_adds(b, "\"/><xs:enumeration value=\"");
		else
			osci_buf_addc(b, *words);
	}
	osci_buf_adds(b, "\"/></xs:restriction>");
}

static void simple_type(struct osci_buf *b, const struct course_field *f)
{
	osci_buf_adds(b, "<xs:simpleType>");
	switch (f->type) {
	case COURSE_DATE:
		osci_buf_adds(b, "<xs:restriction base=\"xs:date\"><xs:pattern "
				 "value=\"[0-9]{4}-[0-9]{2}-[0-9]{2}\"/></xs:restriction>");
		break;
	case COURSE_PDATE:
		osci_buf_adds(b, "<xs:restriction base=\"xs:string\"><xs:pattern "
				 "value=\"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?\"/>"
				 "</xs:restriction>");
		break;
	case COURSE_INT:
		osci_buf_addf(b,
			      "<xs:restriction base=\"xs:int\"><xs:minInclusive value=\"%" PRId64
			      "\"/><xs:maxInclusive value=\"%" PRId64 "\"/></xs:restriction>",
			      f->min, f->max);
		break;
	case COURSE_BOOL:
		osci_buf_adds(b, "<xs:restriction base=\"xs:boolean\"/>");
		break;
	case COURSE_CHOICE:
		choices(b, f->choices);
		break;
	default:
		osci_buf_addf(b,
			      "<xs:restriction base=\"xs:string\"><xs:maxLength value=\"%" PRId64
			      "\"/></xs:restriction>",
			      f->max);
	}
	osci_buf_adds(b, "</xs:simpleType>");
}

static void sequence(struct osci_buf *b, const struct course_field *fields)
{
	for (const struct course_field *f = fields; f->name; f++) {
		osci_buf_addf(b, "<xs:element name=\"%s\"", f->name);
		occurs(b, f);
		osci_buf_addf(b,
			      "><xs:annotation><xs:documentation "
			      "xml:lang=\"de\">%s%s%s%s</xs:documentation></xs:annotation>",
			      f->label, f->type == COURSE_CODE ? " (Schlüsselliste " : "",
			      f->type == COURSE_CODE ? f->choices : "", f->type == COURSE_CODE ? ")" : "");
		if (f->sub) {
			osci_buf_adds(b, "<xs:complexType><xs:sequence>");
			sequence(b, f->sub);
			osci_buf_adds(b, "</xs:sequence></xs:complexType>");
		} else {
			simple_type(b, f);
		}
		osci_buf_adds(b, "</xs:element>\n");
	}
}

static void function_elements(struct osci_buf *b, const struct course_function *f)
{
	osci_buf_addf(b, "<xs:element name=\"%s\"><xs:complexType><xs:sequence>\n", f->name);
	sequence(b, f->in);
	osci_buf_addf(
	    b,
	    "</xs:sequence><xs:attribute name=\"mode\" type=\"c:mode\"/></xs:complexType></xs:element>\n"
	    "<xs:element name=\"%sResponse\"><xs:complexType><xs:choice><xs:sequence>\n",
	    f->name);
	sequence(b, f->out);
	osci_buf_adds(
	    b,
	    "<xs:element name=\"hints\" type=\"c:problem\" minOccurs=\"0\" "
	    "maxOccurs=\"unbounded\"/></xs:sequence>"
	    "<xs:element name=\"ticket\" type=\"xs:string\"/></xs:choice></xs:complexType></xs:element>\n");
}

void course_write_xsd(struct osci_buf *b)
{
	osci_buf_adds(b, "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:c=\"" COURSE_NS
			 "\" targetNamespace=\"" COURSE_NS "\" elementFormDefault=\"qualified\">\n"
			 "<xs:simpleType name=\"mode\">");
	choices(b, "synchronous|asynchronous");
	osci_buf_adds(b, "</xs:simpleType>\n<xs:complexType name=\"problem\"><xs:sequence>");
	sequence(b, course_hint_fields);
	osci_buf_adds(
	    b,
	    "</xs:sequence></xs:complexType>\n<xs:element name=\"errors\"><xs:complexType><xs:sequence>"
	    "<xs:element name=\"error\" type=\"c:problem\" "
	    "maxOccurs=\"unbounded\"/></xs:sequence></xs:complexType></xs:element>\n"
	    "<xs:element name=\"result\"><xs:complexType><xs:sequence><xs:element name=\"ticket\" "
	    "type=\"xs:string\"/></xs:sequence>"
	    "</xs:complexType></xs:element>\n<xs:element "
	    "name=\"resultResponse\"><xs:complexType><xs:sequence>"
	    "<xs:element name=\"function\" type=\"xs:string\"/><xs:element name=\"state\"><xs:simpleType>");
	choices(b, "waiting|done");
	osci_buf_adds(b, "</xs:simpleType></xs:element><xs:any namespace=\"##targetNamespace\" "
			 "minOccurs=\"0\"/></xs:sequence>"
			 "</xs:complexType></xs:element>\n");
	for (const struct course_function *f = course_functions; f->name; f++)
		function_elements(b, f);
	osci_buf_adds(b, "</xs:schema>\n");
}

/* --- description ---------------------------------------------------------- */

static void messages(struct osci_buf *b, const char *name)
{
	osci_buf_addf(b,
		      "<wsdl:message name=\"%s\"><wsdl:part name=\"body\" element=\"c:%s\"/></wsdl:message>"
		      "<wsdl:message name=\"%sResponse\"><wsdl:part name=\"body\" "
		      "element=\"c:%sResponse\"/></wsdl:message>\n",
		      name, name, name, name);
}

static void port_operation(struct osci_buf *b, const char *name, const char *title)
{
	osci_buf_addf(b,
		      "<wsdl:operation name=\"%s\"><wsdl:documentation>%s</wsdl:documentation><wsdl:input "
		      "message=\"c:%s\"/>"
		      "<wsdl:output message=\"c:%sResponse\"/><wsdl:fault name=\"errors\" "
		      "message=\"c:errors\"/></wsdl:operation>\n",
		      name, title, name, name);
}

static void binding_operation(struct osci_buf *b, const char *name)
{
	osci_buf_addf(
	    b,
	    "<wsdl:operation name=\"%s\"><soap:operation soapAction=\"\" style=\"document\"/><wsdl:input>"
	    "<soap:body use=\"literal\"/></wsdl:input><wsdl:output><soap:body use=\"literal\"/></wsdl:output>"
	    "<wsdl:fault name=\"errors\"><soap:fault name=\"errors\" "
	    "use=\"literal\"/></wsdl:fault></wsdl:operation>\n",
	    name);
}

void course_write_wsdl(struct osci_buf *b, const char *host)
{
	osci_buf_adds(b, WSDL_HEAD "<wsdl:types>\n");
	course_write_xsd(b);
	osci_buf_adds(b, "</wsdl:types>\n<wsdl:message name=\"errors\"><wsdl:part name=\"errors\" "
			 "element=\"c:errors\"/></wsdl:message>\n");
	for (const struct course_function *f = course_functions; f->name; f++)
		messages(b, f->name);
	messages(b, "result");
	osci_buf_adds(b, "<wsdl:portType name=\"Kurstraeger\">\n");
	for (const struct course_function *f = course_functions; f->name; f++)
		port_operation(b, f->name, f->title);
	port_operation(b, "result", "Ergebnis einer asynchronen Meldung");
	osci_buf_adds(b, "</wsdl:portType>\n<wsdl:binding name=\"KurstraegerSoap\" "
			 "type=\"c:Kurstraeger\"><soap:binding style=\"document\""
			 " transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n");
	for (const struct course_function *f = course_functions; f->name; f++)
		binding_operation(b, f->name);
	binding_operation(b, "result");
	osci_buf_adds(
	    b,
	    "</wsdl:binding>\n<wsdl:service name=\"KurstraegerSimulator\"><wsdl:port name=\"KurstraegerSoap\""
	    " binding=\"c:KurstraegerSoap\"><soap:address location=\"http://");
	osci_buf_add_xml_attr(b, host, strlen(host));
	osci_buf_adds(b, COURSE_SOAP "\"/></wsdl:port></wsdl:service></wsdl:definitions>\n");
}
