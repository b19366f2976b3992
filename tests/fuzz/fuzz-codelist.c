/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-codelist - code lists and catalogues of a package: genericode, tables, OASIS catalogues */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/package-priv.h"
#include "engine/release.h"
#include "xml/xml.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void leave(void)
{
	(void)!chdir("/");
	(void)rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* In memory: what is written is synchronised each time. */
	snprintf(folder, sizeof(folder), "%s/fuzz-codelist-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (osci_xml_init() || !mkdtemp(folder) || chdir(folder) || atexit(leave))
		abort();
	return 0;
}

/* A package of two files: the one there is, and one the catalogue may name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct osci_err err;
	const struct xausl_import in = { .source = "package", .work = "." };
	struct pkg p = { .in = &in, .err = &err, .work = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), .n_files = 2,
			 .sums = OSCI_BUF_INIT(65536) };
	FILE *f = fopen("0", "we");

	p.files = calloc(2, sizeof(*p.files));
	p.lists = calloc(XAUSL_LISTS_MAX, sizeof(*p.lists));
	if (!f || (size && fwrite(data, size, 1, f) != 1) || fclose(f) || !p.files || !p.lists || p.work < 0)
		abort();
	p.files[0] = (struct pkg_file){ .path = strdup("lists/a_1.xml"), .kind = PKG_XML, .size = size };
	p.files[1] = (struct pkg_file){ .path = strdup("xsd/base/names.xsd"), .kind = PKG_XSD, .size = size };
	(void)mkdir("codelists", 0700);
	if ((size && data[0] == '#' ? pkg_read_csv(&p, 0) : pkg_read_xml(&p, 0)) == 0 && p.n_lists) {
		struct xausl_release r = { .folder = folder, .module = "package" };
		struct xausl_list l;

		/* What the reader of packages writes, the reader of releases takes. */
		if (xausl_list_load(&l, &r, p.lists[0].name, &err) > 0)
			abort();
		xausl_list_clear(&l);
	}
	for (size_t i = 0; i < p.n_lists; i++) {
		char path[300];

		snprintf(path, sizeof(path), "codelists/%s", p.lists[i].name);
		(void)unlink(path);
	}
	(void)rmdir("codelists");
	(void)unlink("0");
	pkg_clear(&p);
	return 0;
}
