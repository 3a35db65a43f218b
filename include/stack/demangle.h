/*
 * Symbols as their languages write them. Where the build found no library for it, nothing is
 * demangled. Any thread.
 */
#ifndef STOP_STACK_DEMANGLE_H
#define STOP_STACK_DEMANGLE_H

/* The readable form of SYMBOL, for free(); NULL where it is not mangled. */
char *demangle(const char *symbol);

/* The library and what it reads, for -V; NULL: there is none. Static. */
const char *demangle_library(void);

#endif
