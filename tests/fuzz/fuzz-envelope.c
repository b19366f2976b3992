/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-envelope - one SOAP envelope of any message type, without MIME
 *
 * A signature that does not hold is reported, not fatal, so that everything behind it is read too, as a
 * supplier reads it.
 */
#include "t_fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return fuzz_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct osci_policy policy = { .report_signature = true };
	struct osci_buf b = OSCI_BUF_INIT(FUZZ_MAX);
	struct osci_err err;

	osci_buf_adds(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	osci_buf_add(&b, data, size);
	if (!osci_buf_error(&b))
		fuzz_open(b.data, b.len, &policy, &err);
	osci_buf_free(&b);
	return 0;
}
