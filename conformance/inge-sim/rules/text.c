/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text - texts of the code lists, filled and made fit for `beschreibung`
 *
 * List texts hold gaps and characters that DIN 91379 data type C excludes; the filled text
 * travels in elements that allow data type C only.
 */
#include <string.h>

#include "base/buf.h"
#include "rules/rules.h"

#define TEXT_MAX 8192
#define GAP_NAMED "<Vorliegende Berechtigung>"

const char *sim_list_name(enum sim_list list)
{
	switch (list) {
	case SIM_LIST_REFUSAL:
		return "BAMFABH-Ablehnungsgrund";
	case SIM_LIST_DUPLICATE:
		return "BAMFABH.Dublette";
	case SIM_LIST_QUESTION:
		return "BAMFABH-Nachfragegrund";
	case SIM_LIST_INFORMATION:
		return "BAMFABH-InformationBerechtigungsschein";
	case SIM_LIST_ATTENDANCE:
		return "Int.AuskunftNichtMoeglich";
	case SIM_LIST_TAKEOVER:
		return "BAMFABH.UebernahmeNichtMoeglich";
	case SIM_LIST_NONE:
		break;
	}
	return NULL;
}

/* Characters of the lists that data type C excludes. */
static const struct {
	const char *from, *to;
} replaced[] = {
	{ "\xE2\x80\x90", "-" },  { "\xE2\x80\x91", "-" },  { "\xE2\x80\x92", "-" },  { "\xE2\x80\x93", "-" },
	{ "\xE2\x80\x94", "-" },  { "\xE2\x80\x9A", "'" },  { "\xE2\x80\x98", "'" },  { "\xE2\x80\x9B", "'" },
	{ "\xE2\x80\x9C", "\"" }, { "\xE2\x80\x9D", "\"" }, { "\xE2\x80\x9E", "\"" }, { "\xE2\x80\x9F", "\"" },
	{ "\xC2\xAD", "" },       { "\xE2\x80\xA6", "..." }, { "\xE2\x80\x8B", "" },
};

/* Octets that @text begins with and a gap covers, the explanation in brackets behind it included. */
static size_t gap_at(const char *text, const char *const gaps[2], const char **ret)
{
	size_t n = 0;

	if (text[0] == '{' && (text[1] == '0' || text[1] == '1') && text[2] == '}') {
		*ret = gaps[text[1] - '0'];
		n = 3;
	} else if (strncmp(text, GAP_NAMED, sizeof(GAP_NAMED) - 1) == 0) {
		*ret = gaps[0];
		n = sizeof(GAP_NAMED) - 1;
	}
	if (n == 3 && text[3] == ' ' && text[4] == '(') {
		const char *end = strchr(text + 4, ')');

		if (end)
			n = (size_t)(end + 1 - text);
	}
	return n;
}

static size_t replaced_at(const char *text, const char **ret)
{
	for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
		size_t n = strlen(replaced[i].from);

		if (strncmp(text, replaced[i].from, n) == 0) {
			*ret = replaced[i].to;
			return n;
		}
	}
	return 0;
}

static void add_clean(struct osci_buf *out, const char *text)
{
	while (*text) {
		const char *with = "";
		size_t n = replaced_at(text, &with);

		if (n)
			osci_buf_adds(out, with);
		else
			osci_buf_addc(out, *text);
		text += n ? n : 1;
	}
}

char *sim_text_fill(struct sim_mem *mem, const char *text, const char *gap0, const char *gap1)
{
	const char *const gaps[2] = { gap0, gap1 };
	_cleanup_buf_ struct osci_buf filled = OSCI_BUF_INIT(TEXT_MAX), out = OSCI_BUF_INIT(TEXT_MAX);

	while (*text) {
		const char *with = NULL;
		size_t n = gap_at(text, gaps, &with);

		if (n)
			osci_buf_adds(&filled, with ? with : "");
		else
			osci_buf_addc(&filled, *text);
		text += n ? n : 1;
	}
	if (!osci_buf_error(&filled) && filled.data)
		add_clean(&out, (const char *)filled.data);
	if (osci_buf_error(&filled) || osci_buf_error(&out)) {
		mem->failed = true;
		return NULL;
	}
	return sim_copy(mem, out.data ? (const char *)out.data : "");
}
