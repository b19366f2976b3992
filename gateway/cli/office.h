/* SPDX-License-Identifier: Apache-2.0 */
/*
 * office - what the commands for an office share: configuration of the client, and
 * showing receipts and deliveries in words
 */
#ifndef XAUSL_CLI_OFFICE_H
#define XAUSL_CLI_OFFICE_H

#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>

#include <osci/err.h>
#include <xgw/client.h>

/* Exit statuses of the office commands. */
#define XAUSL_EXIT_DONE 0
#define XAUSL_EXIT_REFUSED 1
#define XAUSL_EXIT_USAGE 2
#define XAUSL_EXIT_BUS 3

#define OFFICE_TIMEOUT_MS 10000

struct office {
	struct xgw_client *client;
	char *key; /* "azr:011200" */
};

/* Reads the client configuration @path, connects, says HELLO. Reports on stderr; returns an exit status. */
int office_open(struct office *o, const char *path);
void office_close(struct office *o);
/* "30s", "500ms", "2m" -> ms; false if it is no duration of at most a day. */
bool office_duration(const char *text, int *ret_ms);
/* A file, or standard input for "-"; at most @max octets. -errno or OSCI_E_LIMIT. */
int office_read_file(const char *path, size_t max, char **ret, size_t *ret_len);

/* One paragraph in plain words. */
void show_receipt(FILE *out, const json_t *receipt);
void show_delivery(FILE *out, const json_t *delivery);
/* An outcome after which no other answer to the request is to be expected. */
bool outcome_is_final(const char *outcome);

int cmd_submit(int argc, char **argv);
int cmd_answers(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_bus_key(int argc, char **argv);

#endif
