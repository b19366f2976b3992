/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err - the error object: a code, a place, a cause, never content
 *
 * Texts come from our own format strings; whatever they splice in is cut to the size of the
 * field and stripped of control characters, so that an error may go to a log or a terminal.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <osci/err.h>

/* Control characters out; a multi-byte character cut in half at the end goes too. */
static void tidy(char *s)
{
	size_t len = strlen(s), i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = '?';
	if (!len)
		return;
	i = len;
	while (i > 0 && len - i < 4 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)s[i - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)s[i - 1];
		size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (len - (i - 1) < want)
			s[i - 1] = '\0';
	}
}

int osci_fail(struct osci_err *err, int code, const char *feedback, const char *where,
	      const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	snprintf(err->feedback, sizeof(err->feedback), "%s", feedback ? feedback : "");
	snprintf(err->where, sizeof(err->where), "%s", where ? where : "");
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	tidy(err->where);
	tidy(err->what);
	return code;
}

const char *osci_err_text(const struct osci_err *err, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s%s", err->feedback, err->feedback[0] ? " " : "", err->where,
		 err->where[0] ? ": " : "",
		 err->what[0] ? err->what : osci_result_name(err->code));
	return buf;
}

const char *osci_result_name(int code)
{
	static const char *const names[] = {
		[OSCI_OK] = "OSCI_OK",
		[OSCI_E_MALFORMED] = "OSCI_E_MALFORMED",
		[OSCI_E_LIMIT] = "OSCI_E_LIMIT",
		[OSCI_E_ALGORITHM] = "OSCI_E_ALGORITHM",
		[OSCI_E_SIGNATURE] = "OSCI_E_SIGNATURE",
		[OSCI_E_UNSIGNED] = "OSCI_E_UNSIGNED",
		[OSCI_E_UNTRUSTED] = "OSCI_E_UNTRUSTED",
		[OSCI_E_NO_KEY] = "OSCI_E_NO_KEY",
		[OSCI_E_DECRYPT] = "OSCI_E_DECRYPT",
		[OSCI_E_DIALOG] = "OSCI_E_DIALOG",
		[OSCI_E_FAULT] = "OSCI_E_FAULT",
		[OSCI_E_FEEDBACK] = "OSCI_E_FEEDBACK",
		[OSCI_E_EMPTY] = "OSCI_E_EMPTY",
		[OSCI_E_EXISTS] = "OSCI_E_EXISTS",
		[OSCI_E_NETWORK] = "OSCI_E_NETWORK",
		[OSCI_E_KEYFILE] = "OSCI_E_KEYFILE",
		[OSCI_E_CONFIG] = "OSCI_E_CONFIG",
		[OSCI_E_USAGE] = "OSCI_E_USAGE",
		[OSCI_E_STATE] = "OSCI_E_STATE",
		[OSCI_E_MORE] = "OSCI_E_MORE",
		[OSCI_E_REVOKED] = "OSCI_E_REVOKED",
		[OSCI_E_UNCHECKED] = "OSCI_E_UNCHECKED",
	};
	const char *name = NULL;

	if (code >= 0 && (size_t)code < sizeof(names) / sizeof(names[0]))
		name = names[code];
	else if (code < 0)
		name = strerrorname_np(-code);
	return name ? name : "unknown result";
}
