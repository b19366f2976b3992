/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prog - what every program does first; meaning in prog.h
 *
 * The secure heap of OpenSSL holds the private numbers of RSA and EC keys between guard pages; they are wiped when
 * they are freed.  Where the limit of locked memory is too low it works without the lock.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

#include "base/prog.h"

#define SECURE_HEAP (4 * 1024 * 1024) /* octets: about 500 keys of 4096 bits */
#define SECURE_UNIT 32                /* octets: the smallest piece of it */

/* The leak check of a sanitized build traces its own process. */
#ifdef __SANITIZE_ADDRESS__
#define DUMPABLE 1
#else
#define DUMPABLE 0
#endif

int osci_prog_protect(struct osci_err *err)
{
	static const struct rlimit none = { 0, 0 };

	umask(077);
	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0))
		return osci_fail(err, -errno, NULL, "start", "cannot forbid core files");
	if (!CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_UNIT))
		return osci_fail(err, -ENOMEM, NULL, "start", "no protected memory for keys");
	return 0;
}
