/* SPDX-License-Identifier: Apache-2.0 */
/* store_schema - migrations of the intermediary's database; only ever appended to */
#ifndef OSCI_INTERMEDIARY_STORE_SCHEMA_H
#define OSCI_INTERMEDIARY_STORE_SCHEMA_H

static const char *const im_store_migrations[] = {
	"CREATE TABLE message_id("
	" id TEXT PRIMARY KEY, client TEXT NOT NULL, issued INTEGER NOT NULL,"
	" used INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
	"CREATE INDEX message_id_open ON message_id(client) WHERE used=0;"
	"CREATE TABLE card("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE,"
	" originator TEXT NOT NULL, addressee TEXT NOT NULL, subject TEXT,"
	" creation INTEGER NOT NULL, forwarding INTEGER NOT NULL DEFAULT 0,"
	" reception INTEGER NOT NULL DEFAULT 0, modified INTEGER NOT NULL) STRICT;"
	"CREATE INDEX card_originator ON card(originator, seq);"
	"CREATE INDEX card_addressee ON card(addressee, seq);"
	"CREATE INDEX card_modified ON card(modified);"
	"CREATE TABLE inspection("
	" seq INTEGER NOT NULL REFERENCES card(seq) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" subject TEXT NOT NULL, issuer TEXT NOT NULL, serial TEXT NOT NULL, cert_type TEXT NOT NULL,"
	" math TEXT NOT NULL, offline TEXT NOT NULL, time TEXT NOT NULL,"
	" PRIMARY KEY(seq, n)) STRICT, WITHOUT ROWID;"
	/* purge: time from which the content may go; 0 = pending in the mailbox */
	"CREATE TABLE delivery("
	" seq INTEGER PRIMARY KEY REFERENCES card(seq) ON DELETE CASCADE, mailbox TEXT NOT NULL,"
	" bytes INTEGER NOT NULL, purge INTEGER NOT NULL DEFAULT 0, package BLOB NOT NULL) STRICT;"
	"CREATE INDEX delivery_pending ON delivery(mailbox, seq, bytes) WHERE purge=0;"
	"CREATE INDEX delivery_purge ON delivery(purge) WHERE purge<>0;"
	"CREATE TABLE part("
	" seq INTEGER NOT NULL REFERENCES delivery(seq) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" content_id TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY(seq, n)) STRICT;"
	"CREATE TABLE certificate("
	" seq INTEGER NOT NULL REFERENCES delivery(seq) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" role TEXT NOT NULL, id TEXT NOT NULL, der BLOB NOT NULL, PRIMARY KEY(seq, n)) STRICT;"
	"CREATE TABLE custom("
	" seq INTEGER NOT NULL REFERENCES delivery(seq) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" xml BLOB NOT NULL, PRIMARY KEY(seq, n)) STRICT;",
	/* result of the revocation check; NULL = none was made */
	"ALTER TABLE inspection ADD COLUMN online TEXT;"
	"CREATE INDEX message_id_client ON message_id(client);"
	"CREATE INDEX delivery_mailbox ON delivery(mailbox);",
	/*
	 * 3: large octets in files (file: name, and the column of octets is empty then), digests kept, a count per mailbox
	 * instead of counting, fingerprint of what was handed in under a MessageId.
	 */
	"ALTER TABLE card ADD COLUMN fingerprint BLOB;"
	"ALTER TABLE delivery ADD COLUMN creation INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE delivery ADD COLUMN file TEXT;"
	"ALTER TABLE delivery ADD COLUMN len INTEGER NOT NULL DEFAULT 0;"
	"UPDATE delivery SET len=length(package), creation=(SELECT c.creation FROM card c WHERE c.seq=delivery.seq);"
	"ALTER TABLE part ADD COLUMN file TEXT;"
	"ALTER TABLE part ADD COLUMN len INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE part ADD COLUMN sha256 BLOB;"
	"UPDATE part SET len=length(data);"
	"CREATE INDEX part_file ON part(file) WHERE file IS NOT NULL;"
	"CREATE INDEX delivery_file ON delivery(file) WHERE file IS NOT NULL;"
	"CREATE INDEX delivery_creation ON delivery(mailbox, creation, seq) WHERE purge=0;"
	"CREATE TABLE mailbox("
	" name TEXT PRIMARY KEY, deliveries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO mailbox SELECT mailbox, count(*), sum(bytes) FROM delivery WHERE purge=0 GROUP BY mailbox;"
	"DROP INDEX card_originator;"
	"DROP INDEX card_addressee;"
	"CREATE INDEX card_originator_creation ON card(originator, creation, seq);"
	"CREATE INDEX card_originator_modified ON card(originator, modified, seq);"
	"CREATE INDEX card_addressee_creation ON card(addressee, creation, seq);"
	"CREATE INDEX card_addressee_modified ON card(addressee, modified, seq);"
	"CREATE INDEX message_id_issued ON message_id(issued);",
	/* Chunks of messages on their way in, with the verdict ('' = none yet), and answers on their way out. */
	"CREATE TABLE transfer("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, message_id TEXT NOT NULL,"
	" chunk_kib INTEGER NOT NULL, total_chunks INTEGER NOT NULL, total_kib INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL DEFAULT 0, touched INTEGER NOT NULL, verdict TEXT NOT NULL DEFAULT '',"
	" UNIQUE(client, message_id)) STRICT;"
	"CREATE INDEX transfer_touched ON transfer(touched);"
	"CREATE TABLE chunk("
	" transfer INTEGER NOT NULL REFERENCES transfer(id) ON DELETE CASCADE, n INTEGER NOT NULL,"
	" file TEXT NOT NULL UNIQUE, len INTEGER NOT NULL, PRIMARY KEY(transfer, n)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE outgoing("
	" seq INTEGER PRIMARY KEY REFERENCES delivery(seq) ON DELETE CASCADE, file TEXT NOT NULL UNIQUE,"
	" len INTEGER NOT NULL) STRICT;",
	/* when the list of revoked certificates was issued; NULL = it did not go by one */
	"ALTER TABLE inspection ADD COLUMN crl TEXT;",
	/* answers on their way out count in their mailbox, as octets of their delivery */
	"ALTER TABLE outgoing ADD COLUMN mailbox TEXT NOT NULL DEFAULT '';"
	"UPDATE outgoing SET mailbox=(SELECT d.mailbox FROM delivery d WHERE d.seq=outgoing.seq);"
	"CREATE INDEX outgoing_mailbox ON outgoing(mailbox);"
	"UPDATE delivery SET bytes=delivery.bytes+o.len FROM outgoing o WHERE o.seq=delivery.seq AND delivery.purge=0;"
	"UPDATE mailbox SET bytes=coalesce((SELECT sum(d.bytes) FROM delivery d WHERE d.mailbox=name AND d.purge=0),0);",
	NULL,
};

#endif
