/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_carry - content and custom headers of another message, carried on
 *
 * A package arrives as the canonical form of each child on its own: namespaces in scope of its old
 * envelope stand on it.  Inside our Body those that Body declares are superfluous, and a canonical
 * form has no superfluous declaration; everything else of the octets stays.
 */
#include <errno.h>
#include <libxml/tree.h>
#include <string.h>

#include "wire/write_priv.h"
#include "xml/xml.h"

/* Length of a declaration at @s that Body makes too, or 0. */
static size_t superfluous(const char *s, size_t len)
{
	static const char *const declared[] = { WIRE_XMLNS_DS, WIRE_XMLNS_OSCI, WIRE_XMLNS_SOAP, WIRE_XMLNS_XENC,
						WIRE_XMLNS_XSI };
	size_t i;

	for (i = 0; i < sizeof(declared) / sizeof(declared[0]); i++) {
		size_t n = strlen(declared[i]);

		if (n <= len && !memcmp(s, declared[i], n))
			return n;
	}
	return 0;
}

/* Start tag at @s (canonical: quotes are '"', '>' may stand in values); returns its length or 0. */
static size_t copy_start_tag(struct osci_buf *out, const char *s, size_t len, bool outermost)
{
	size_t i = 0, from = 0;
	bool quoted = false;

	for (; i < len; i++) {
		if (s[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && s[i] == '>') {
			osci_buf_add(out, s + from, i + 1 - from);
			return i + 1;
		} else if (!quoted && outermost && s[i] == ' ') {
			size_t n = superfluous(s + i, len - i);

			if (n) {
				osci_buf_add(out, s + from, i - from);
				from = i + n;
				i += n - 1;
			}
		}
	}
	return 0;
}

int wire_add_package(struct osci_buf *out, const char *xml, size_t len)
{
	size_t depth = 0;

	while (len) {
		const char *lt = memchr(xml, '<', len);
		size_t n = lt ? (size_t)(lt - xml) : len;

		if (n && !depth)
			return OSCI_E_USAGE;
		osci_buf_add(out, xml, n);
		xml += n;
		len -= n;
		if (!len)
			break;
		if (len < 2 || xml[1] == '!' || xml[1] == '?')
			return OSCI_E_USAGE;
		if (xml[1] == '/') {
			const char *gt = memchr(xml, '>', len);

			if (!gt || !depth)
				return OSCI_E_USAGE;
			depth--;
			n = (size_t)(gt - xml) + 1;
			osci_buf_add(out, xml, n);
		} else {
			n = copy_start_tag(out, xml, len, !depth);
			if (!n || xml[n - 2] == '/')
				return OSCI_E_USAGE;
			depth++;
		}
		xml += n;
		len -= n;
	}
	return depth ? OSCI_E_USAGE : osci_buf_error(out);
}

int wire_custom(const struct osci_custom *custom, const struct osci_limits *limits, struct osci_buf *out,
		char **ret_id, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(limits->xml_bytes);
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	xmlNodePtr node;
	bool bad = false;
	int r;

	osci_buf_adds(&wrapped, "<soap:Header" WIRE_XMLNS ">");
	osci_buf_add(&wrapped, custom->xml, custom->len);
	osci_buf_adds(&wrapped, "</soap:Header>");
	if (osci_buf_error(&wrapped))
		return osci_buf_error(&wrapped);
	r = osci_xml_parse(&doc, wrapped.data, wrapped.len, limits, err);
	if (r)
		return r;
	node = osci_xml_first(xmlDocGetRootElement(doc), &bad);
	if (!node || bad || osci_xml_next(node, &bad) || bad)
		return wire_usage(err, "soap:Header", "custom header is not one element");
	r = osci_xml_attr(node, NULL, "Id", limits->id_chars, ret_id, err);
	if (!r && (!*ret_id || !wire_ncname_ok(*ret_id)))
		r = wire_usage(err, "soap:Header", "custom header without Id");
	return r ? r : osci_c14n_node(node, out, err);
}
