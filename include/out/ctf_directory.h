/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a recording, which is private: its metadata, which is replaced as a whole, and
 * its parts, files that are never replaced (event/recording.h).
 *
 * One thread at a time. All functions return 0 or -errno, unless they say otherwise.
 */
#ifndef STOP_OUT_CTF_DIRECTORY_H
#define STOP_OUT_CTF_DIRECTORY_H

#include <stddef.h>

/* Creates the directory PATH, which must not exist. Returns its descriptor, or -errno. */
int ctf_directory_new(const char *path);

/* Writes the metadata, SIZE bytes. */
int ctf_directory_write_metadata(int directory, const char *metadata, size_t size);

/* Creates the file of part NUMBER, from 0. Returns its descriptor, or -errno. */
int ctf_directory_new_part(int directory, unsigned int number);

/* Removes it, if it is there. */
void ctf_directory_remove_part(int directory, unsigned int number);

/* Closes DIRECTORY, that of PATH, and removes it with its metadata; it has no parts. */
void ctf_directory_discard(int directory, const char *path);

/* Writes SIZE bytes to FD: all, unless it returns an error. */
int ctf_directory_write(int fd, const void *bytes, size_t size);

/* Text that grows: metadata. The zero value is empty. */
struct ctf_metadata_text {
	char *text; /* owned */
	size_t size, capacity;
};

int ctf_metadata_text_add(struct ctf_metadata_text *metadata, const char *text, size_t size);
void ctf_metadata_text_clear(struct ctf_metadata_text *metadata);

#endif
