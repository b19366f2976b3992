/* SPDX-License-Identifier: Apache-2.0 */
/* test_prog - what a program is after it has protected itself; in a child, since there is no way back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <cmocka.h>

#include "base/prog.h"
#include "base/text.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int in_child(int (*work)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int protected_process(void)
{
	struct rlimit core;

	if (osci_prog_protect(NULL) || umask(0) != 077)
		return 1;
	if (!SANITIZED && (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur || core.rlim_max || prctl(PR_GET_DUMPABLE)))
		return 2;
	return CRYPTO_secure_malloc_initialized() == 1 ? 0 : 3;
}

static void p_01_process(void **state)
{
	assert_int_equal(in_child(protected_process), 0);
}

/* The numbers of a private key lie on the secure heap. */
static int key_on_the_secure_heap(void)
{
	size_t before;
	EVP_PKEY *key;
	int r;

	if (osci_prog_protect(NULL))
		return 1;
	before = CRYPTO_secure_used();
	key = EVP_RSA_gen(3072);
	if (!key)
		return 2;
	r = CRYPTO_secure_used() > before + 384 ? 0 : 3;
	EVP_PKEY_free(key);
	return r;
}

static void p_01_private_keys(void **state)
{
	assert_int_equal(in_child(key_on_the_secure_heap), 0);
}

static void p_09_secrets_are_compared_whole(void **state)
{
	assert_true(osci_equal_secret("", ""));
	assert_true(osci_equal_secret("abc", "abc"));
	assert_false(osci_equal_secret("abc", "abd"));
	assert_false(osci_equal_secret("abc", "Abc"));
	assert_false(osci_equal_secret("abc", "ab"));
	assert_false(osci_equal_secret("", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p_01_process),
		cmocka_unit_test(p_01_private_keys),
		cmocka_unit_test(p_09_secrets_are_compared_whole),
	};

	return cmocka_run_group_tests_name("base/prog", tests, NULL, NULL);
}
