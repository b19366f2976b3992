/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html - writes pages that stand alone
 */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "report/html.h"

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1rem 1.5rem 3rem}"
	"h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}"
	"caption{text-align:left;font-weight:600;padding:.25rem 0}"
	"th,td{border:1px solid #8886;padding:.3rem .5rem;text-align:left;vertical-align:top}"
	".wide{overflow-wrap:anywhere;min-width:10rem}.scroll{overflow-x:auto}"
	"thead th{background:#8882}td.n{white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums}"
	".id{white-space:nowrap}"
	"code{font:.9em ui-monospace,monospace}"
	".tag{display:inline-block;border:1px solid;border-radius:.3rem;padding:0 .4rem;font-weight:600;"
	"white-space:nowrap}"
	".good{color:#0a6b2d}.bad{color:#b00020}.warn{color:#8a5a00}.plain{color:inherit}"
	".quiet{opacity:.85;font-size:.92rem}"
	".banner{border:2px solid;border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0}"
	".banner strong{font-size:1.4rem;margin-right:1rem;text-transform:uppercase}"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.5rem;font:.85em ui-monospace,monospace}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0}"
	"dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}"
	"h3{font-size:1.05rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}summary{cursor:pointer}"
	".sign{display:grid;grid-template-columns:1fr 1fr;gap:0 3rem}"
	".sign p{border-bottom:1px solid;margin:2.2rem 0 0;padding-bottom:.2rem}"
	/* Lists that a link above them narrows: #only-fail shows the rows of class "row-fail". */
	"#only-fail:target~.scroll tbody tr:not(.row-fail),#only-pass:target~.scroll tbody tr:not(.row-pass),"
	"#only-setup-error:target~.scroll tbody tr:not(.row-setup-error),"
	"#only-skipped:target~.scroll tbody tr:not(.row-skipped){display:none}"
	"@media(prefers-color-scheme:dark){.good{color:#6fd08c}.bad{color:#ff8a94}.warn{color:#f0c060}}"
	"@media print{.scroll{overflow:visible;padding-right:1px}body{max-width:none;padding:0;font-size:10pt}"
	"tr{break-inside:avoid}"
	".sign,.banner,dl{break-inside:avoid}.noprint{display:none}tbody tr{display:table-row!important}h3{break-after:avoid}"
	"h2{break-after:avoid}"
	"thead{display:table-header-group}a{color:inherit;text-decoration:none}}";

/* Octets of the character at @s, 0 if it is none or must not stand on a page. */
static size_t character(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

	if (c < 0x20 && c != '\t' && c != '\n')
		return 0;
	if (c == 0x7F || strnlen(s, n) < n)
		return 0;
	/* C1 controls, and marks that turn the direction of the text around them */
	if (c == 0xC2 && (unsigned char)s[1] < 0xA0)
		return 0;
	if (c == 0xE2 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] >= 0xAA && (unsigned char)s[2] <= 0xAE)
		return 0;
	if (c == 0xE2 && (unsigned char)s[1] == 0x81 && (unsigned char)s[2] >= 0xA6 && (unsigned char)s[2] <= 0xA9)
		return 0;
	return n == 1 || osci_utf8_ok(s, n) ? n : 0;
}

void html_text(struct osci_buf *b, const char *s)
{
	while (*s) {
		size_t n = character(s);

		if (!n)
			osci_buf_adds(b, "\xef\xbf\xbd");
		else if (*s == '&')
			osci_buf_adds(b, "&amp;");
		else if (*s == '<')
			osci_buf_adds(b, "&lt;");
		else if (*s == '>')
			osci_buf_adds(b, "&gt;");
		else if (*s == '"')
			osci_buf_adds(b, "&quot;");
		else if (*s == '\'')
			osci_buf_adds(b, "&#39;");
		else
			osci_buf_add(b, s, n);
		s += n ? n : 1;
	}
}

void html_xml(struct osci_buf *b, const char *s)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(8 * (strlen(s) + 16));
	const char *p, *end;

	osci_escape_line(&plain, s, strlen(s));
	if (osci_buf_error(&plain))
		osci_buf_fail(b, osci_buf_error(&plain));
	/* "]]>" must not stand in content */
	for (p = plain.data ? (const char *)plain.data : ""; (end = strchr(p, '>')); p = end + 1) {
		osci_buf_add_xml_attr(b, p, (size_t)(end - p));
		osci_buf_adds(b, "&gt;");
	}
	osci_buf_add_xml_attr(b, p, strlen(p));
}

void html_open(struct osci_buf *b, const char *tag, const char *class)
{
	osci_buf_addf(b, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
}

void html_close(struct osci_buf *b, const char *tag)
{
	osci_buf_addf(b, "</%s>", tag);
}

void html_element(struct osci_buf *b, const char *tag, const char *class, const char *text)
{
	html_open(b, tag, class);
	html_text(b, text);
	html_close(b, tag);
}

void html_german(struct osci_buf *b, const char *text)
{
	osci_buf_adds(b, "<span lang=\"de\">");
	html_text(b, text);
	html_close(b, "span");
}

void html_heading(struct osci_buf *b, unsigned level, const char *prefix, size_t n, const char *text)
{
	osci_buf_addf(b, "\n<h%u id=\"%s-%zu\">", level, prefix, n);
	html_text(b, text);
	osci_buf_addf(b, "</h%u>\n", level);
}

void html_link(struct osci_buf *b, const char *prefix, size_t n, const char *text)
{
	osci_buf_addf(b, "<a href=\"#%s-%zu\">", prefix, n);
	html_text(b, text);
	osci_buf_adds(b, "</a>");
}

void html_begin(struct osci_buf *b, const char *title, const char *lead)
{
	osci_buf_adds(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html_text(b, title);
	osci_buf_adds(b, "</title>\n<style>");
	osci_buf_adds(b, style);
	osci_buf_adds(b, "</style>\n</head>\n<body>\n<main>\n");
	html_element(b, "h1", NULL, title);
	if (lead)
		html_element(b, "p", NULL, lead);
	osci_buf_addc(b, '\n');
}

void html_end(struct osci_buf *b)
{
	osci_buf_adds(b, "</main>\n</body>\n</html>\n");
}

void html_table(struct osci_buf *b, const char *caption, const char *const *heads)
{
	/* On a narrow screen the table is moved, not the page; the keyboard must reach it then. */
	osci_buf_adds(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
	html_text(b, caption);
	osci_buf_adds(b, "\">\n<table>\n");
	html_element(b, "caption", NULL, caption);
	osci_buf_adds(b, "\n<thead><tr>");
	for (; *heads; heads++) {
		osci_buf_adds(b, "<th scope=\"col\">");
		html_text(b, *heads);
		osci_buf_adds(b, "</th>");
	}
	osci_buf_adds(b, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct osci_buf *b)
{
	osci_buf_adds(b, "</tbody>\n</table>\n</div>\n");
}
