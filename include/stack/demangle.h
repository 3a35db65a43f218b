/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Demangling of symbols. Without a library for it, nothing is demangled. Any thread.
 */
#ifndef STOP_STACK_DEMANGLE_H
#define STOP_STACK_DEMANGLE_H

/* SYMBOL demangled, freed with free(); NULL if it is not mangled. */
char *demangle(const char *symbol);

/* The library and what it supports, for -V; NULL: none. Static. */
const char *demangle_library(void);

#endif
