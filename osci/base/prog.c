/* SPDX-License-Identifier: Apache-2.0 */
/* prog - what every program does first; meaning in prog.h */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/prog.h"

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
	return 0;
}
