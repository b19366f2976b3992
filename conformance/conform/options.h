/* SPDX-License-Identifier: Apache-2.0 */
/* options - command line of xausl-conform */
#ifndef CF_OPTIONS_H
#define CF_OPTIONS_H

#include "report/report.h"
#include "run/run.h"

#define CF_ONLY_MAX	 1000
#define CF_SETTLE_MS	 250 /* silence, unless --settle says otherwise */
#define CF_SETTLE_MIN_MS 150 /* less: the partner, who looks around ten times a second, might not have looked */
#define CF_PATIENCE_S	 300 /* in which a person has typed a request */
#define CF_EXIT_UNUSABLE 2

struct cf_options {
	const char *files[CF_FILES_MAX];
	size_t n_files;
	char *owned[2 * CF_FILES_MAX]; /* paths of files found in folders */
	size_t n_owned;
	const char *requirements;
	const char *only[CF_ONLY_MAX]; /* ids; point into @only_text */
	size_t n_only;
	char *only_text;
	const char *release;
	const char *compare; /* report or baseline to compare with */
	const char *test_release; /* data folder that holds CF_RELEASE_NEXT, too */
	const char *work, *keys, *programs, *gateway, *intermediary, *partner;
	enum cf_keep keep;
	enum cf_vary vary;
	json_t *switches; /* --set */
	unsigned jobs, settle_ms;
	bool check, list, quiet;
	enum cf_foreign drive;
	const char *driver, *access; /* --driver, --access */
	const char *connect[CF_OFFICES_MAX]; /* client configurations; @drive is CF_FOREIGN_STACK with them */
	size_t n_connect;
	bool prepared;
	unsigned bus_port, intermediary_port, patience; /* 0 = not given; s */
	struct cf_report_files report;
	const char *operator_name, *file_number, *place, *subject;
};

/*
 * -1: go on; else the exit status, everything is said already.
 */
int cf_options_read(struct cf_options *o, int argc, char **argv);
/* folder.c: folders among the case files become the files in them; results as above. */
int cf_options_folders(struct cf_options *o);
void cf_options_clear(struct cf_options *o);

#endif
