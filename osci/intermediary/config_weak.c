/* SPDX-License-Identifier: Apache-2.0 */
/* config_weak - which settings are weaker than the default, and what that means */
#include <arpa/inet.h>
#include <string.h>

#include "intermediary/config.h"

static bool is_loopback(const char *listen)
{
	return !strncmp(listen, "127.", 4) || !strncmp(listen, "[::1]:", 6);
}

size_t im_config_weak(const struct im_config *c, struct im_weak ret[IM_WEAK_MAX])
{
	const struct im_settings *s = &c->set;
	const struct {
		bool weak;
		struct im_weak text;
	} rules[] = {
		{ !s->require_signature, { "require_signature", "orders without signature are carried out" } },
		{ !s->require_encryption,
		  { "require_encryption", "orders are taken in clear text; only the signature says whose mailbox it is" } },
		{ s->allow_cbc, { "allow_cbc", "AES-CBC and 3DES are read: no integrity, padding oracles" } },
		{ !s->algorithms,
		  { "algorithms", "no calendar of algorithms is named or installed; what is past its last day is read" } },
		{ !s->judge.online, { "revocation", "revoked certificates are accepted" } },
		{ s->judge.online && !c->demand_sign,
		  { "revocation.demand_sign", "signers of which nothing is known count as not revoked" } },
		{ !s->participants.only,
		  { "participants_only", "every certificate under trust is a client with a mailbox of its own" } },
		{ !c->tls_cert && !c->proxies[0] && !is_loopback(c->listen),
		  { "tls", "plain HTTP on an address that others reach: senders, sizes and times can be watched" } },
		{ c->admin_listen && !is_loopback(c->admin_listen),
		  { "admin.listen", "figures can be read by everybody who reaches this address" } },
		{ !c->decrypt_failures, { "decrypt_failures.max", "anybody may try decryption without end" } },
		{ s->disk.max_used >= 100 && !s->disk.min_free, { "disk", "senders can fill the disk" } },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].weak)
			ret[n++] = rules[i].text;
	_Static_assert(sizeof(rules) / sizeof(rules[0]) <= IM_WEAK_MAX, "room for every rule");
	return n;
}
