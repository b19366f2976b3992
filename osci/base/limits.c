/* SPDX-License-Identifier: Apache-2.0 */
/* limits - the default of every limit on foreign input */
#include <osci/limits.h>

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

void osci_limits_default(struct osci_limits *l)
{
	*l = (struct osci_limits){
		.http_head = 64 * KIB,
		.http_body = 100 * MIB,
		.connect_ms = 10 * 1000,
		.idle_ms = 30 * 1000,
		.min_rate = 1024,
		.total_ms = 600 * 1000,
		.connections = 256,
		.connections_peer = 16,
		.mime_parts = 256,
		.mime_part_head = 16 * KIB,
		.xml_bytes = 64 * MIB,
		.xml_depth = 100,
		.xml_elements = 100 * 1000,
		.xml_start_tag = 16 * KIB,
		.xml_attributes = 64,
		.xml_ns_element = 16,
		.xml_ns_scope = 64,
		.xml_names = 10 * 1000,
		.xml_name = 256,
		.xml_text = 64 * MIB,
		.signatures = 32,
		.references = 1024,
		.references_message = 4096,
		.certificates = 16,
		.certificate_der = 16 * KIB,
		.encrypted_keys = 64,
		.encryption_layers = 4,
		.containers = 256,
		.feedback_entries = 64,
		.process_cards = 10 * 1000,
		.id_chars = 256,
		.subject_chars = 4096,
	};
}
