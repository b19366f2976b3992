/* SPDX-License-Identifier: Apache-2.0 */
/* carrier - what both ends of a chunked transfer do alike; meaning in carrier.h */
#include <string.h>

#include <osci/chunk.h>
#include "base/text.h"
#include "dialog/carrier.h"

void osci_carrier_draft(struct osci_draft *draft, struct osci_part *part, struct osci_blob *chunk)
{
	static const char package[] =
		"<osci:ContentContainer Id=\"ChunkContentContainer\"><osci:Content Id=\"ChunkContent\" "
		"href=\"cid:" OSCI_CHUNK_CID "\"></osci:Content></osci:ContentContainer>";

	*part = (struct osci_part){ .content_id = OSCI_CHUNK_CID, .len = (size_t)osci_blob_len(chunk), .blob = chunk };
	draft->has_package = true;
	draft->package = package;
	draft->package_len = sizeof(package) - 1;
	draft->parts = part;
	draft->n_parts = 1;
}

int osci_carrier_open(const struct osci_message *m, struct osci_blob **ret, struct osci_err *err)
{
	const struct osci_open_opts opts = { 0 };
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	int r;

	*ret = NULL;
	if (!m->has_content || m->n_parts != 1)
		return osci_fail(err, OSCI_E_MALFORMED, "9905", osci_type_name(m->type), "not one chunk in it");
	r = osci_contents_open(&c, m, &opts, err);
	if (r)
		return r;
	if (c->n_items != 1 || c->items[0].encrypted || !c->items[0].attachment ||
	    strcmp(c->items[0].attachment, m->parts[0].content_id))
		return osci_fail(err, OSCI_E_MALFORMED, "9905", "osci:ContentPackage", "not one content that is the chunk");
	*ret = osci_blob_ref(m->parts[0].blob);
	return 0;
}

int osci_chunks_read(const char *list, bool *set, uint64_t total, struct osci_err *err)
{
	if (!list || !strcmp(list, "-1"))
		return 0;
	list += strspn(list, " ");
	while (*list) {
		size_t len = strcspn(list, " ");
		uint64_t n;

		if (osci_parse_u64(list, len, total, &n) || !n || set[n])
			return osci_fail(err, OSCI_E_MALFORMED, "9905", "osci2017:ChunkInformation/@ReceivedChunks",
					 "no list of the chunks of this message");
		set[n] = true;
		list += len;
		list += strspn(list, " ");
	}
	return 0;
}

void osci_chunks_write(struct osci_buf *out, uint64_t first, uint64_t last)
{
	uint64_t i;

	for (i = first; i <= last; i++)
		osci_buf_addf(out, "%s%llu", i == first ? "" : " ", (unsigned long long)i);
}

uint64_t osci_chunks_of(uint64_t kib, uint64_t chunk_kib)
{
	return kib / chunk_kib + (kib % chunk_kib != 0);
}

uint64_t osci_kib_of(uint64_t octets)
{
	return osci_chunks_of(octets, OSCI_KIB);
}

uint64_t osci_chunk_size(uint64_t wish, const struct osci_features *f)
{
	uint64_t kib = wish ? wish : OSCI_CHUNK_KIB;

	if (f->min_chunk && kib < f->min_chunk)
		kib = f->min_chunk;
	if (f->max_chunk && kib > f->max_chunk)
		kib = f->max_chunk;
	return kib;
}

/* Who announces nothing at all may know it nevertheless. */
bool osci_chunks_supported(const struct osci_features *f)
{
	return !f->n || osci_features_have(f, "PartialMessageTransmission");
}

size_t osci_partial_id_len(const char *id)
{
	size_t len = strlen(id), suffix = sizeof(OSCI_PARTIAL_SUFFIX) - 1;

	return len > suffix && !strcmp(id + len - suffix, OSCI_PARTIAL_SUFFIX) ? len - suffix : len;
}

bool osci_partial_id_equal(const char *a, const char *b)
{
	size_t len = osci_partial_id_len(a);

	return len == osci_partial_id_len(b) && !strncmp(a, b, len);
}
