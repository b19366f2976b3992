/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/limits.h - every limit a reader of foreign bytes works under
 *
 * One struct, filled by osci_limits_default(); the configuration may change
 * values.  Sizes are octets unless a name says otherwise.
 */
#ifndef OSCI_LIMITS_H
#define OSCI_LIMITS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct osci_limits {
	/* HTTP */
	size_t http_head;         /* 64 KiB */
	size_t http_body;         /* 100 MiB */
	unsigned connect_ms;      /* 10 s */
	unsigned idle_ms;         /* 30 s below min_rate: closed */
	unsigned min_rate;        /* 1024 octets per second */
	unsigned total_ms;        /* 600 s for a whole exchange */
	unsigned connections;     /* 256 at once */
	unsigned connections_peer; /* 16 at once from one address */
	/* MIME */
	unsigned mime_parts;      /* 256 */
	size_t mime_part_head;    /* 16 KiB */
	/* XML */
	size_t xml_bytes;         /* 64 MiB */
	unsigned xml_depth;       /* 100 */
	unsigned xml_elements;    /* 100,000 */
	size_t xml_start_tag;     /* 16 KiB */
	unsigned xml_attributes;  /* 64 per element */
	unsigned xml_ns_element;  /* 16 declarations per element */
	unsigned xml_ns_scope;    /* 64 declarations in scope */
	unsigned xml_names;       /* 10,000 distinct names */
	size_t xml_name;          /* 256 octets per name */
	size_t xml_text;          /* 64 MiB for one text node */
	/* OSCI */
	unsigned signatures;      /* 32 per message */
	unsigned references;      /* 1024 per signature, before the exact coverage check */
	unsigned references_message; /* 4096 of all signatures of a message: each costs a digest */
	unsigned certificates;    /* 16 per message */
	size_t certificate_der;   /* 16 KiB */
	unsigned encrypted_keys;  /* 64 per EncryptedData */
	unsigned encryption_layers; /* 4 */
	unsigned containers;      /* 256 per message, nesting counted */
	unsigned feedback_entries; /* 64 */
	unsigned process_cards;   /* 10,000 per answer */
	size_t id_chars;          /* 256: MessageId, ConversationId, Content-ID */
	size_t subject_chars;     /* 4096 octets */
};

void osci_limits_default(struct osci_limits *l);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
