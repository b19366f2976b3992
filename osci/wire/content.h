/* SPDX-License-Identifier: Apache-2.0 */
/* content - shared by the files that open ContentPackage */
#ifndef OSCI_WIRE_CONTENT_H
#define OSCI_WIRE_CONTENT_H

#include "wire/read.h"

/* The key of a part stands in @container and serves all contents in that, however deep. */
struct osci_part_key {
	const xmlNode *container;
	bool used;
	struct osci_part_key *next;
};

/* A signature around @container covers a part that contents of nested containers have to point to. */
struct osci_part_due {
	const xmlNode *container;
	const struct osci_sig_ref *ref;
	bool met;
	struct osci_part_due *next;
};

/* One MIME part as the contents use it. */
struct osci_part_use {
	bool used;
	bool encrypted;
	const xmlNode *attached;   /* container that last had a content for it */
	struct osci_part_key *keys;
	struct osci_part_due *due;
	struct osci_encrypted how; /* algorithm and IV, if encrypted */
	struct osci_buf key;       /* secret */
	struct osci_part *plain;   /* as the contents see it: the message's own, or @opened; NULL = not yet */
	struct osci_part opened;   /* decrypted; its blob is ours */
};

/* A decrypted document; its Ids are checked against those around it. */
struct osci_scope {
	xmlDocPtr doc;
	const xmlNode *around; /* EncryptedData that it comes from */
	struct osci_ids ids;
	struct osci_scope *next;
};

struct osci_contents_priv {
	struct osci_arena arena;
	struct osci_scope *scopes;
	struct osci_part_use *parts;
	size_t n_parts;
	struct osci_buf *data; /* decoded contents, secret */
	size_t n_data;
	struct osci_content_item *items;
	size_t n_items, cap_items;
	struct osci_attachment *attachments;
};

enum osci_child_kind {
	OSCI_CHILD_INLINE,    /* Content with Base64Content */
	OSCI_CHILD_ATTACHED,  /* Content with href */
	OSCI_CHILD_NESTED,    /* Content with ContentContainer */
	OSCI_CHILD_ENCRYPTED, /* EncryptedData that holds a container */
	OSCI_CHILD_KEY,       /* EncryptedData that holds the key of an attachment */
};

struct osci_child {
	enum osci_child_kind kind;
	xmlNodePtr node;      /* Content or EncryptedData */
	xmlNodePtr inner;     /* Base64Content or ContentContainer */
	const char *id, *inner_id;
	const char *cid;
	struct osci_part_use *part;
	const unsigned char *data; /* decoded Base64Content */
	size_t len;
	struct osci_encrypted encrypted;
};

/*
 * Who looks on while contents are opened, to show them (inspect.h).  A signature that does not hold is then told to
 * @signature and the reader goes on; nothing that it finds may be believed.
 */
struct osci_opener;
struct osci_watch {
	void *arg;
	/* Children are known, nothing about signatures. @id may be "". */
	void (*container)(void *arg, const xmlNode *node, const char *id, unsigned layers, const struct osci_child *v, size_t n);
	/* Signature of the container shown last; @cause of @result > 0. */
	void (*signature)(void *arg, struct osci_opener *o, xmlNodePtr node, const struct osci_child *v, size_t n, int result,
			  const struct osci_err *cause);
	/* An EncryptedData with a container; @readable: one of our keys fits. */
	void (*encrypted)(void *arg, struct osci_opener *o, const struct osci_encrypted *e, unsigned layers, bool readable);
};

/* State of osci_contents_open(). */
struct osci_job;
struct osci_opener {
	struct osci_contents_priv *p;
	const struct osci_message *m;
	const struct osci_open_opts *opts;
	const struct osci_limits *l;
	struct osci_err *err;
	struct osci_job *jobs;
	size_t n_jobs, cap_jobs;
	size_t seen; /* containers and EncryptedData */
	bool unreadable;
	bool cbc; /* something was decrypted without authentication: from then on all refusals look the same */
	const struct osci_watch *watch; /* or NULL */
};

/* content.c: osci_contents_open() with somebody looking on; the watch may be NULL. */
int osci_contents_watch(struct osci_contents **ret, const struct osci_message *m, const struct osci_open_opts *opts,
			const struct osci_watch *watch, struct osci_err *err);

/* content_parts.c: finds, keys and opens the parts that the children of @here point to. */
int osci_parts_link(struct osci_opener *o, const xmlNode *here, struct osci_child *v, size_t n);
/* @ref covers a part that is not pointed to by @container itself: some container in it has to. */
int osci_parts_due(struct osci_opener *o, const xmlNode *container, const struct osci_sig_ref *ref);
/* Nothing is left over; fills the list of attachments. */
int osci_parts_done(struct osci_opener *o);

/* content_signature.c: one ds:Signature of a container over exactly its children. */
int osci_content_signature(struct osci_opener *o, xmlNodePtr node, const struct osci_child *children, size_t n,
			   struct osci_signature *ret);
/* The digest that covers an EncryptedData, in either of its two forms (see there). */
int osci_content_encrypted(const struct osci_sig *s, const struct osci_child *c, const struct osci_limits *l,
			   struct osci_err *err);

#endif
