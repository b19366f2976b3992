/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold - when two surnames count as identical
 *
 * exact: code point by code point.  folded: case, diacritics (precomposed or combining),
 * hyphens, blanks, apostrophes and points do not count.  Latin letters as in DIN 91379; other
 * code points are compared as they are.  Which of the two InGe uses is not published.
 */
#include <string.h>

#include "rules/model.h"

/* Base letters, '.' = none. */
static const char latin1[] = /* U+00C0.. U+017F */
	"aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
	"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static const char extended_b[] = /* U+0180.. U+024F */
	"................................oo.............uu..............."
	"....dddlllnnnaaiioouuuuuuuuuu.aaaaaa..ggkkoooo..jdddgg..nnaaaaoo"
	"aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
	"................";
static const char additional[] = /* U+1E00.. U+1EFF */
	"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
	"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
	"wwwwwwwwwwxxxxyyzzzzzzhtwyas..s.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
	"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

static char base_letter(uint32_t c)
{
	char b = '.';

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c;
	if (c >= 0xC0 && c < 0xC0 + sizeof(latin1) - 1)
		b = latin1[c - 0xC0];
	else if (c >= 0x180 && c < 0x180 + sizeof(extended_b) - 1)
		b = extended_b[c - 0x180];
	else if (c >= 0x1E00 && c < 0x1E00 + sizeof(additional) - 1)
		b = additional[c - 0x1E00];
	return b == '.' ? 0 : b;
}

static bool ignored(uint32_t c)
{
	return (c >= 0x300 && c < 0x370) || c == ' ' || c == '-' || c == '\'' || c == '.' || c == 0xA0 ||
	       c == 0xB4 || c == 0x2BC || c == 0x2010 || c == 0x2011 || c == 0x2019;
}

/* Length of the sequence at @s; the text is valid UTF-8, a stray octet counts as one. */
static size_t decode(const unsigned char *s, uint32_t *ret)
{
	size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xE0) == 0xC0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 :
		   (s[0] & 0xF8) == 0xF0 ? 4 : 1;
	static const unsigned char mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };

	*ret = s[0] & mask[n];
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80) {
			*ret = s[0];
			return 1;
		}
		*ret = *ret << 6 | (s[i] & 0x3F);
	}
	return n;
}

char *sim_name_fold(struct sim_mem *mem, const char *name)
{
	if (!name)
		return NULL;
	/* No letter grows: sharp s (two octets) becomes "ss". */
	char *out = sim_alloc(mem, strlen(name) + 1);
	if (!out)
		return NULL;
	size_t k = 0;
	for (const unsigned char *s = (const unsigned char *)name; *s;) {
		uint32_t c;
		size_t n = decode(s, &c);
		char b = base_letter(c);

		if (c == 0xDF || c == 0x1E9E) {
			out[k++] = 's';
			out[k++] = 's';
		} else if (ignored(c)) {
			/* does not count */
		} else if (b) {
			out[k++] = b;
		} else {
			memcpy(out + k, s, n);
			k += n;
		}
		s += n;
	}
	out[k] = '\0';
	return out;
}

bool sim_name_fits(struct sim_mem *mem, const char *a, const char *b, bool folded)
{
	if (!a || !b)
		return !a && !b; /* both rightly have none */
	if (!folded)
		return strcmp(a, b) == 0;
	const char *fa = sim_name_fold(mem, a), *fb = sim_name_fold(mem, b);
	return fa && fb && strcmp(fa, fb) == 0;
}
