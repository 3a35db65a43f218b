/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names from ELF symbol tables, for builds without libdwfl; see stack/symbols.h. */
#include "config.h"

#include "stack/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/names.h"

/* Maximum plausible size of a table. */
#define TABLE_MAX (256 << 20)

/* One function. */
struct function {
	uint64_t start, size;
	const char *name; /* in `strings` */
};

struct symbols {
	struct function *functions; /* by address; owned */
	size_t count;
	char *strings; /* owned; NUL-terminated */
};

/* Reads SIZE bytes at OFFSET and NUL-terminates them, or NULL. */
static void *read_table(int fd, uint64_t offset, uint64_t size)
{
	if (size > TABLE_MAX)
		return NULL;
	char *table = xcalloc((size_t)size + 1, 1);
	if (pread(fd, table, (size_t)size, (off_t)offset) == (ssize_t)size)
		return table;
	free(table);
	return NULL;
}

static bool is_function(const Elf64_Sym *symbol, uint64_t strings_size)
{
	int type = ELF64_ST_TYPE(symbol->st_info);
	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_size &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_name < strings_size;
}

static int compare(const void *left, const void *right)
{
	const struct function *a = left, *b = right;
	return (a->start > b->start) - (a->start < b->start);
}

static void read_symbols(
	struct symbols *symbols, int fd, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
	Elf64_Sym *entries = read_table(fd, table->sh_offset, table->sh_size);
	symbols->strings = read_table(fd, strings->sh_offset, strings->sh_size);
	size_t count = (size_t)(table->sh_size / sizeof(*entries));
	if (entries && symbols->strings) {
		symbols->functions = xcalloc(count, sizeof(*symbols->functions));
		for (size_t i = 0; i < count; i++) {
			if (is_function(&entries[i], strings->sh_size))
				symbols->functions[symbols->count++] = (struct function){
					entries[i].st_value,
					entries[i].st_size,
					symbols->strings + entries[i].st_name,
				};
		}
		qsort(symbols->functions, symbols->count, sizeof(*symbols->functions), compare);
	}
	free(entries);
}

/* The section of TYPE, or NULL. */
static const Elf64_Shdr *find_section(const Elf64_Shdr *sections, size_t count, uint32_t type)
{
	for (size_t i = 0; i < count; i++) {
		if (sections[i].sh_type == type && sections[i].sh_link < count)
			return &sections[i];
	}
	return NULL;
}

static void read_file(struct symbols *symbols, int fd)
{
	Elf64_Ehdr header;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) || header.e_shnum == 0 ||
		header.e_shentsize != sizeof(Elf64_Shdr))
		return;
	Elf64_Shdr *sections = read_table(
		fd, header.e_shoff, (uint64_t)header.e_shnum * sizeof(*sections));
	if (!sections)
		return;
	const Elf64_Shdr *table = find_section(sections, header.e_shnum, SHT_SYMTAB);
	if (!table)
		table = find_section(sections, header.e_shnum, SHT_DYNSYM);
	if (table)
		read_symbols(symbols, fd, table, &sections[table->sh_link]);
	free(sections);
}

struct symbols *symbols_open(int fd, const struct symbols_files *files)
{
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	(void)files;
	read_file(symbols, fd);
	close(fd);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->functions);
	free(symbols->strings);
	free(symbols);
}

struct frame_names *symbols_find(struct symbols *symbols, uint64_t address)
{
	struct names_builder builder = {0};
	size_t low = 0, high = symbols->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (symbols->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 ||
		address - symbols->functions[low - 1].start >= symbols->functions[low - 1].size)
		return NULL;
	const struct function *function = &symbols->functions[low - 1];
	names_add(&builder, function->name, address - function->start, NULL, 0);
	return names_finish(&builder);
}

const char *symbols_library(void)
{
	return "ELF symbol tables (no libdw)";
}
