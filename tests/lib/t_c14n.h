/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_c14n - our canonical form of every element of a document against that of libxml2's canonicaliser
 *
 * The one difference that is meant: libxml2 writes a namespace that is declared around the subtree and has a quotation
 * mark in it, we refuse it.
 */
#ifndef T_C14N_H
#define T_C14N_H

#include <stddef.h>
#include <libxml/tree.h>

/* How many elements were compared, at most @max; *@differs is the first element where the two part, or NULL. */
size_t t_c14n_compare(xmlDocPtr doc, size_t max, xmlNodePtr *differs);

#endif
