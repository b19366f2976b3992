/* SPDX-License-Identifier: Apache-2.0 */
/* course_command - inge-sim course: what the regional office and the operator do on the course side */
#ifndef SIM_COURSE_COMMAND_H
#define SIM_COURSE_COMMAND_H

/* Arguments begin with "course"; returns the exit status. */
int sim_course_command(int argc, char **argv);

#endif
