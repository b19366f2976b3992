/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xausl releases import - takes an official release package: checked, then installed as a whole or not at all
 *
 * A process of its own reads the package, with limits of time and memory, into a folder with a hidden name; the finished
 * folder gets its name at the end.  What an import that was killed leaves behind, the next one removes.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"

enum { DONE = 0, REFUSED = 1, TROUBLE = 2 };

#define READ_SECONDS 10     /* of processor time, for all of it */
#define COMPILE_MS   800    /* of these, for the schema */
#define MEMORY_MIB   64     /* above what the program has before */
#define HIDDEN ".import-"
#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 5            /* a sanitizer's time, and its shadow memory */
#else
#define SLOWER 1
#endif

static const char help[] =
	"usage: xausl releases import PACKAGE [--into DIR] [--sha256 HEX] [--release R] [--memory MIB]\n"
	"                             [--schemas DIR] [--versions DIR] [--now TIME]\n"
	"\n"
	"Takes an official release package as the publisher hands it out, an archive (ZIP) or a folder: schema documents,\n"
	"code lists (genericode, or tables), catalogue.  Nothing is fetched.  The package is refused as a whole, with file\n"
	"and cause, if anything in it is not as it should be.  It lies afterwards in DIR/RELEASE, beside the modules of\n"
	"this installation, and serves to check messages: xausl releases compare, xausl validate --with imported.\n"
	"\n"
	"  --into DIR      folder of imported releases; default: imported, beside xausl-schemas\n"
	"  --sha256 HEX    SHA-256 the package must have; from the publisher, by another way than the package\n"
	"  --release R     release it must be; needed where the calendar does not know the namespace yet\n"
	"  --memory MIB    what reading it may take, 16 to 4096; default 64\n"
	"  --schemas DIR   folder with one folder per release\n"
	"  --versions DIR  folder with the calendar releases.csv\n"
	"  --now TIME      as if it were TIME: 2026-11-16T09:00:00 (Europe/Berlin), or with a zone\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 imported, or there already; 1 the package is refused; 2 wrong usage, or it could not be read.\n";

struct job {
	struct xausl_import in;
	const char *into;
	uint64_t memory_mib;
};

struct outcome {
	int code;
	struct osci_err err;
};

static int trouble(const char *where, const char *what)
{
	fprintf(stderr, "xausl releases import: %s: %s\n", where, what);
	return TROUBLE;
}

/* --- folders -------------------------------------------------------------- */

static int remove_tree(const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int r = 0;

	while (walk && (e = fts_read(walk))) {
		if (e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP ? rmdir(e->fts_accpath) : unlink(e->fts_accpath))
			r = -errno;
	}
	if (walk)
		fts_close(walk);
	return walk ? r : -errno;
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fsync(fd) ? -errno : 0;
	close(fd);
	return r;
}

/* What imports that were killed have left; the lock is ours, so none of them is alive. */
static void remove_leftovers(const char *into)
{
	char *const paths[] = { (char *)into, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e = walk ? fts_read(walk) : NULL;

	for (e = e ? fts_children(walk, 0) : NULL; e; e = e->fts_link) {
		char path[4096];

		if (!strncmp(e->fts_name, HIDDEN, strlen(HIDDEN)) &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", into, e->fts_name) < sizeof(path))
			(void)remove_tree(path);
	}
	if (walk)
		fts_close(walk);
}

/* --- the process that reads ------------------------------------------------- */

/* Address space in use now, in octets; 0 if it cannot be told. */
static rlim_t address_space(void)
{
	char text[64] = "";
	uint64_t pages;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0 || osci_parse_u64(text, strcspn(text, " "), UINT32_MAX, &pages))
		return 0;
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit(uint64_t memory_mib)
{
	const struct rlimit none = { 0, 0 }, seconds = { READ_SECONDS * SLOWER, READ_SECONDS * SLOWER + 1 };
	rlim_t used = address_space();
	const struct rlimit space = { used + (memory_mib << 20), used + (memory_mib << 20) };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_CPU, &seconds);
	if (used && SLOWER == 1)
		(void)setrlimit(RLIMIT_AS, &space);
}

static void work(const struct job *job, int fd)
{
	const struct itimerval timer = { .it_value = { COMPILE_MS * SLOWER / 1000, COMPILE_MS * SLOWER % 1000 * 1000 } };
	struct xausl_package *package = NULL;
	struct outcome o = { 0 };

	limit(job->memory_mib);
	o.code = xausl_import_prepare(&job->in, &o.err);
	if (!o.code) {
		(void)setitimer(ITIMER_PROF, &timer, NULL); /* ends the process */
		o.code = xausl_package_open(&package, job->in.work, &o.err);
	}
	_exit(write(fd, &o, sizeof(o)) == (ssize_t)sizeof(o) ? 0 : 1);
}

static int refused(const struct job *job, int status, const struct outcome *o)
{
	const char *source = job->in.source;
	char text[512];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		fprintf(stderr, "xausl releases import: %s: the schema does not compile within %d ms\n", source, COMPILE_MS);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		fprintf(stderr, "xausl releases import: %s: cannot be read within %d s\n", source, READ_SECONDS);
	else if (WIFSIGNALED(status))
		fprintf(stderr, "xausl releases import: %s: reading it ended by signal %d\n", source, WTERMSIG(status));
	else if (o->code == -ENOMEM)
		fprintf(stderr, "xausl releases import: %s: reading it takes more than %u MiB (--memory)\n", source,
			(unsigned)job->memory_mib);
	else
		fprintf(stderr, "xausl releases import: %s\n", osci_err_text(&o->err, text, sizeof(text)));
	if (o->code == OSCI_E_USAGE || (o->code < 0 && o->code != -ENOMEM && !WIFSIGNALED(status)))
		return TROUBLE;
	fprintf(stderr, "xausl releases import: refused, nothing was installed\n");
	return REFUSED;
}

static int in_process(const struct job *job)
{
	struct outcome o = { .code = -EIO };
	int fds[2], status = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return trouble("pipe", strerrordesc_np(errno));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		work(job, fds[1]);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &o, sizeof(o)) != (ssize_t)sizeof(o))
		o = (struct outcome){ .code = -EIO };
	close(fds[0]);
	if (pid < 0)
		return trouble("process", "cannot be started");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return !o.code && WIFEXITED(status) ? DONE : refused(job, status, &o);
}

/* --- the result -------------------------------------------------------------- */

static void show(const struct xausl_package *p, const char *folder, bool already)
{
	struct xausl_package_info info;
	const char *uri;

	xausl_package_info(p, &info);
	printf("package     %s%s\n", info.source, info.folder ? " (folder)" : "");
	printf("SHA-256     %s%s\n", info.sha256, info.folder ? " (of the list of its files)" : "");
	printf("publisher   %s%s\n", info.publisher,
	       !strcmp(info.publisher, "not verified") ? ": nothing in a package proves who published it; --sha256 does, if the\n"
							 "            checksum comes from the publisher by another way" : "");
	printf("release     %s (%s)\n", info.version, info.namespace_uri);
	printf("messages    %zu\n", info.messages);
	printf("schema      %zu namespaces, compiled without a warning\n", info.namespaces);
	printf("code lists  %zu\n", info.lists);
	for (size_t i = 0; (uri = xausl_package_missing_list(p, i)); i++)
		printf("            not in the package, codes pass unchecked: %s\n", uri);
	printf("%-11s %s\n", already ? "there since" : "installed", already ? info.imported : folder);
}

static int finish(const struct job *job)
{
	_cleanup_(xausl_package_freep) struct xausl_package *p = NULL, *old = NULL;
	struct xausl_package_info info, before;
	struct osci_err err = { 0 };
	char folder[4096], text[512];
	int r;

	if (xausl_package_open(&p, job->in.work, &err))
		return trouble(job->in.source, osci_err_text(&err, text, sizeof(text)));
	xausl_package_info(p, &info);
	if ((size_t)snprintf(folder, sizeof(folder), "%s/%s", job->into, info.version) >= sizeof(folder))
		return trouble(job->into, "path too long");
	if (!access(folder, F_OK)) {
		if (!xausl_package_open(&old, folder, &err)) {
			xausl_package_info(old, &before);
			if (!strcmp(before.sha256, info.sha256)) {
				show(old, folder, true);
				return DONE;
			}
		}
		fprintf(stderr, "xausl releases import: %s: there already, from another package: remove the folder if\n"
				"this one shall take its place\n", folder);
		return REFUSED;
	}
	r = sync_folder(job->in.work);
	if (!r && rename(job->in.work, folder))
		r = -errno;
	if (!r)
		r = sync_folder(job->into);
	if (r)
		return trouble(folder, strerrordesc_np(-r));
	show(p, folder, false);
	return DONE;
}

static int import(struct job *job)
{
	char lock[4096], place[4096];
	int fd, status;

	if ((size_t)snprintf(place, sizeof(place), "%s/" HIDDEN "XXXXXX", job->into) >= sizeof(place) ||
	    (size_t)snprintf(lock, sizeof(lock), "%s/.lock", job->into) >= sizeof(lock))
		return trouble(job->into, "path too long");
	if (mkdir(job->into, 0755) && errno != EEXIST)
		return trouble(job->into, strerrordesc_np(errno));
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return trouble(lock, strerrordesc_np(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return trouble(job->into, "another import is at work");
	}
	remove_leftovers(job->into);
	if (!mkdtemp(place)) {
		status = trouble(place, strerrordesc_np(errno));
	} else {
		(void)chmod(place, 0755);
		job->in.work = place;
		status = in_process(job);
		if (!status)
			status = finish(job);
		(void)remove_tree(place);
	}
	close(fd);
	return status;
}

int xausl_releases_import(int argc, char **argv, const char *datadir, xausl_cli_config *config)
{
	static const struct option options[] = {
		{ "into", required_argument, NULL, 'i' },     { "sha256", required_argument, NULL, 'd' },
		{ "release", required_argument, NULL, 'r' },  { "memory", required_argument, NULL, 'm' },
		{ "schemas", required_argument, NULL, 's' },  { "versions", required_argument, NULL, 'v' },
		{ "now", required_argument, NULL, 'n' },      { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_(xausl_freep) struct xausl *x = NULL;
	const char *schemas = NULL, *versions = NULL;
	struct job job = { .memory_mib = MEMORY_MIB };
	struct osci_err err = { 0 };
	struct osci_clock clock;
	char into[4096];
	int c, status;

	osci_clock_init(&clock);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			if (osci_clock_set(&clock, optarg, &err))
				return trouble("--now", err.what);
			break;
		case 'm':
			if (osci_parse_u64(optarg, strlen(optarg), 4096, &job.memory_mib) || job.memory_mib < 16)
				return trouble("--memory", "a number of MiB from 16 to 4096 expected");
			break;
		case 'i': job.into = optarg; break;
		case 'd': job.in.sha256 = optarg; break;
		case 'r': job.in.version = optarg; break;
		case 's': schemas = optarg; break;
		case 'v': versions = optarg; break;
		case 'h': fputs(help, stdout); return DONE;
		default: fprintf(stderr, "try: xausl releases import --help\n"); return TROUBLE;
		}
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "xausl releases import: one package is expected; try: xausl releases import --help\n");
		return TROUBLE;
	}
	x = xausl_cli_open(schemas, versions, datadir);
	if (!x)
		return TROUBLE;
	snprintf(into, sizeof(into), "%s/imported", datadir);
	job.into = job.into ? job.into : into;
	job.in.source = argv[optind];
	job.in.own = x;
	job.in.now_ms = osci_clock_ms(&clock);
	status = import(&job);
	if (fflush(stdout) || ferror(stdout))
		return trouble("standard output", "cannot be written");
	return status;
}
