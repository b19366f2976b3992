#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tap-skip.sh PROGRAM... - cmocka 1.1.5 prints a skipped test as "not ok N # SKIP"; TAP wants "ok N # SKIP"
set -o pipefail
"$@" | sed -u 's/^not ok \(.*# SKIP\)/ok \1/'
