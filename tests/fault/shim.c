/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim - preloaded library that makes the n-th call of a kind fail, or kills the process there
 *
 * Environment: SHIM_KIND = alloc | io, SHIM_AT = number of the call (from 1; 0 = count only),
 * SHIM_MODE = once | always | kill, SHIM_COUNT = file that gets the number of calls at exit,
 * SHIM_OWN = 1: only calls that come from the program itself, not from other libraries;
 * SHIM_ARM = file: counting begins when the file exists (looked at before each counted call).
 *
 * io: write pwrite fsync fdatasync ftruncate rename unlink open openat (for writing), with EIO;
 * descriptors 0 to 2 are left alone, so that a program can say what went wrong.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))
#define EARLY_BYTES 65536

static enum shim_kind { KIND_NONE, KIND_ALLOC, KIND_IO } kind;
static enum { MODE_ONCE, MODE_ALWAYS, MODE_KILL } mode;
static long at;
static bool own;
static const char *count_file, *arm_file;
static atomic_long calls;
static uintptr_t own_low, own_high;
static bool ready;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

/* dlsym itself allocates: served from here until the real functions are known. */
static char early[EARLY_BYTES];
static size_t early_used;

static void *early_alloc(size_t n)
{
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (n > EARLY_BYTES - early_used)
		return NULL;
	p = early + early_used;
	early_used += n;
	return p;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + EARLY_BYTES;
}

static int first_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	int i;

	(void)size;
	(void)arg;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		own_low = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		own_high = own_low + info->dlpi_phdr[i].p_memsz;
	}
	return 1; /* the program comes first */
}

__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("SHIM_KIND");

	real_malloc = dlsym(RTLD_NEXT, "malloc");
	real_calloc = dlsym(RTLD_NEXT, "calloc");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_free = dlsym(RTLD_NEXT, "free");
	kind = !text ? KIND_NONE : !strcmp(text, "alloc") ? KIND_ALLOC : KIND_IO;
	text = getenv("SHIM_AT");
	at = text ? strtol(text, NULL, 10) : 0;
	text = getenv("SHIM_MODE");
	mode = !text || !strcmp(text, "once") ? MODE_ONCE : !strcmp(text, "always") ? MODE_ALWAYS : MODE_KILL;
	own = getenv("SHIM_OWN") != NULL;
	count_file = getenv("SHIM_COUNT");
	arm_file = getenv("SHIM_ARM");
	dl_iterate_phdr(first_object, NULL);
	ready = true;
}

__attribute__((destructor)) static void stop(void)
{
	FILE *f;
	long n = atomic_load(&calls);

	ready = false;
	f = count_file ? fopen(count_file, "we") : NULL;
	if (f) {
		fprintf(f, "%ld\n", n);
		fclose(f);
	}
}

/* Is this the call that must fail? */
static bool hit(enum shim_kind k, const void *caller)
{
	long n;

	if (!ready || kind != k)
		return false;
	if (own && ((uintptr_t)caller < own_low || (uintptr_t)caller >= own_high))
		return false;
	if (arm_file && access(arm_file, F_OK) != 0)
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (!at || n < at || (mode != MODE_ALWAYS && n != at))
		return false;
	if (mode == MODE_KILL)
		kill(getpid(), SIGKILL);
	return true;
}

#define CALLER __builtin_return_address(0)

PUBLIC void *malloc(size_t n)
{
	if (!real_malloc)
		return early_alloc(n);
	if (hit(KIND_ALLOC, CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real_malloc(n);
}

PUBLIC void *calloc(size_t n, size_t size)
{
	if (!real_calloc)
		return early_alloc(n * size);
	if (hit(KIND_ALLOC, CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real_calloc(n, size);
}

PUBLIC void *realloc(void *p, size_t n)
{
	if (is_early(p) || !real_realloc) {
		void *q = real_malloc ? real_malloc(n) : early_alloc(n);

		if (q && p)
			memcpy(q, p, n < (size_t)(early + EARLY_BYTES - (char *)p) ? n : (size_t)(early + EARLY_BYTES - (char *)p));
		return q;
	}
	if (hit(KIND_ALLOC, CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real_realloc(p, n);
}

PUBLIC void free(void *p)
{
	if (p && !is_early(p) && real_free)
		real_free(p);
}

#define FAIL_IO(fd)                                           \
	do {                                                  \
		if ((fd) > 2 && hit(KIND_IO, CALLER)) {       \
			errno = EIO;                          \
			return -1;                            \
		}                                             \
	} while (0)

#define REAL(name, type)                                      \
	static __typeof__(type) *real_##name;                 \
	if (!real_##name)                                     \
		*(void **)&real_##name = dlsym(RTLD_NEXT, #name)

PUBLIC ssize_t write(int fd, const void *data, size_t len)
{
	REAL(write, ssize_t (int, const void *, size_t));
	FAIL_IO(fd);
	return real_write(fd, data, len);
}

PUBLIC ssize_t pwrite64(int fd, const void *data, size_t len, off64_t off)
{
	REAL(pwrite64, ssize_t (int, const void *, size_t, off64_t));
	FAIL_IO(fd);
	return real_pwrite64(fd, data, len, off);
}

PUBLIC ssize_t pwrite(int fd, const void *data, size_t len, off_t off)
{
	REAL(pwrite, ssize_t (int, const void *, size_t, off_t));
	FAIL_IO(fd);
	return real_pwrite(fd, data, len, off);
}

PUBLIC int fsync(int fd)
{
	REAL(fsync, int (int));
	FAIL_IO(fd);
	return real_fsync(fd);
}

PUBLIC int fdatasync(int fd)
{
	REAL(fdatasync, int (int));
	FAIL_IO(fd);
	return real_fdatasync(fd);
}

PUBLIC int ftruncate64(int fd, off64_t len)
{
	REAL(ftruncate64, int (int, off64_t));
	FAIL_IO(fd);
	return real_ftruncate64(fd, len);
}

PUBLIC int rename(const char *from, const char *to)
{
	REAL(rename, int (const char *, const char *));
	FAIL_IO(3);
	return real_rename(from, to);
}

PUBLIC int unlink(const char *path)
{
	REAL(unlink, int (const char *));
	FAIL_IO(3);
	return real_unlink(path);
}
