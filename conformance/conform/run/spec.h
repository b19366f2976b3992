/* SPDX-License-Identifier: Apache-2.0 */
/* spec - what a world needs to know of a case */
#ifndef CF_RUN_SPEC_H
#define CF_RUN_SPEC_H

#include "run/run.h"

/* New references, NULL without memory. */
json_t *cf_spec_inge(const struct cf_case *c, struct osci_err *err);
/* Switches of the partner: those of the job, and @more for what the job does not name. */
json_t *cf_spec_partner(const struct cf_job *job, const json_t *more);
/* To be free()d. */
struct cf_office_spec *cf_spec_offices(const struct cf_case *c, const struct cf_drive *d);

#endif
