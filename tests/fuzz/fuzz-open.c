/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-open - one HTTP body: envelope, control block, signature, transport encryption, contents
 *
 * No signature is trusted here, so whatever opens is unsigned; the structure check, the policy and the
 * digests are reached all the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include <osci/message.h>
#include "crypto/crypto.h"
#include "xml/xml.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct osci_trust *trust;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return osci_crypto_init(NULL) || osci_xml_init() || osci_trust_new(&trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct osci_open_opts opts = { .trust = trust, .now = 1795000000, .policy = { .allow_cbc = true } };
	struct osci_contents *contents = NULL;
	struct osci_message *m = NULL;
	struct osci_err err;
	char *package = NULL;
	size_t len;

	if (osci_open(&m, data, size, &opts, &err))
		return 0;
	if (m->signature.status != OSCI_SIG_ABSENT)
		abort(); /* nobody is trusted */
	osci_message_verdict(m);
	if (m->has_content && !osci_message_package(m, &package, &len, &err))
		free(package);
	osci_contents_open(&contents, m, &opts, &err);
	osci_contents_freep(&contents);
	osci_message_freep(&m);
	return 0;
}
