/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading ELF files; see stack/image.h. */
#include "config.h"

#include "stack/image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* More program headers than any linker creates: a file with more is invalid. */
#define HEADERS_MAX    256

/* Bytes of a note segment that are searched for the build ID. */
#define NOTES_MAX      4096

/* Size of _start, in the program and the loader, up to the call that never returns. */
#define ENTRY_SIZE     64

/* A larger .eh_frame is not indexed. */
#define EH_FRAME_MAX   (256 << 20)

/* Symbols beyond are not read: the memory of a worker is limited. */
#define SYMBOLS_MAX    (512 << 10)

/* Functions for which memory is allocated at once. */
#define FUNCTIONS_MORE 4096

/* The encoding of .eh_frame_hdr used by every linker (Linux Standard Base, "DWARF Extensions"). */
#define HDR_VERSION    1
#define PTR_ENC        0x1b /* pc-relative, 4 bytes, signed */
#define COUNT_ENC      0x03 /* 4 bytes, unsigned */
#define TABLE_ENC      0x3b /* relative to the header, 4 bytes, signed */

/* A function, by a symbol. */
struct function {
	uint64_t start, size;
};

struct image {
	struct cached_file *file;   /* owned */
	uint64_t entry;             /* address of the first instruction */
	bool made_once;             /* the following was attempted */
	struct ehframe_entry *made; /* owned; NULL: none */
	size_t made_count;
	uint64_t made_base;         /* address of .eh_frame */
	bool has_functions;         /* the following was attempted */
	struct function *functions; /* by address; owned; NULL: none */
	size_t function_count;
	size_t count;        /* of program headers */
	Elf64_Phdr *headers; /* owned */
};

bool image_read(const struct image *image, uint64_t offset, void *buf, size_t size)
{
	return cached_file_read(image->file, offset, buf, size);
}

static bool is_elf64(const Elf64_Ehdr *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 &&
	       header->e_phnum <= HEADERS_MAX;
}

struct image *image_new(struct cached_file *file)
{
	struct image *image = xcalloc(1, sizeof(*image));
	Elf64_Ehdr header;
	image->file = file;
	if (image_read(image, 0, &header, sizeof(header)) && is_elf64(&header)) {
		image->entry = header.e_entry;
		image->count = header.e_phnum;
		image->headers = xcalloc(image->count, sizeof(*image->headers));
		if (image_read(image, header.e_phoff, image->headers,
			    image->count * sizeof(*image->headers)))
			return image;
	}
	image_free(image);
	return NULL;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	cached_file_free(image->file);
	free(image->headers);
	free(image->made);
	free(image->functions);
	free(image);
}

int image_dup(const struct image *image)
{
	return cached_file_dup(image->file);
}

/* Whether OFFSET is in the pages mapped for HEADER. */
static bool maps_offset(const Elf64_Phdr *header, uint64_t offset)
{
	uint64_t mask = (uint64_t)sysconf(_SC_PAGESIZE) - 1, size;
	return header->p_type == PT_LOAD && offset >= (header->p_offset & ~mask) &&
	       !__builtin_add_overflow(header->p_offset, header->p_filesz + mask, &size) &&
	       offset < (size & ~mask);
}

bool image_address(const struct image *image, uint64_t offset, uint64_t *address)
{
	const Elf64_Phdr *best = NULL;
	for (size_t i = 0; i < image->count; i++) {
		const Elf64_Phdr *header = &image->headers[i];
		/* If two share a page, prefer the code segment: callers ask about code. */
		if (maps_offset(header, offset) && (!best || (header->p_flags & PF_X)))
			best = header;
	}
	if (best)
		*address = offset - best->p_offset + best->p_vaddr;
	return best != NULL;
}

bool image_code_offset(const struct image *image, uint64_t address, uint64_t *offset)
{
	for (size_t i = 0; i < image->count; i++) {
		const Elf64_Phdr *header = &image->headers[i];
		uint64_t mask = (uint64_t)sysconf(_SC_PAGESIZE) - 1,
			 start = header->p_vaddr & ~mask;
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) || address < start ||
			address - start >= header->p_filesz + (header->p_vaddr & mask))
			continue;
		*offset = address - header->p_vaddr + header->p_offset;
		return true;
	}
	return false;
}

/* The table in .eh_frame_hdr, which HEADER describes. */
static bool header_table(
	const struct image *image, const Elf64_Phdr *header, struct image_table *table)
{
	struct {
		unsigned char version, ptr_enc, count_enc, table_enc;
		int32_t eh_frame;
		uint32_t count;
	} hdr;
	if (!image_read(image, header->p_offset, &hdr, sizeof(hdr)) || hdr.version != HDR_VERSION ||
		hdr.ptr_enc != PTR_ENC || hdr.count_enc != COUNT_ENC ||
		hdr.table_enc != TABLE_ENC || hdr.count > header->p_filesz / 8)
		return false;
	*table = (struct image_table){
		.base = header->p_vaddr,
		.address = header->p_vaddr + sizeof(hdr),
		.count = hdr.count,
	};
	return hdr.count > 0;
}

/* Finds section NAME. */
static bool find_section(const struct image *image, const char *name, Elf64_Shdr *section)
{
	Elf64_Ehdr header;
	Elf64_Shdr names;
	char text[16] = "";
	if (!image_read(image, 0, &header, sizeof(header)) ||
		header.e_shentsize != sizeof(Elf64_Shdr) ||
		!image_read(image, header.e_shoff + header.e_shstrndx * sizeof(names), &names,
			sizeof(names)))
		return false;
	for (size_t i = 0; i < header.e_shnum; i++) {
		if (image_read(image, header.e_shoff + i * sizeof(*section), section,
			    sizeof(*section)) &&
			image_read(image, names.sh_offset + section->sh_name, text,
				strlen(name) + 1) &&
			memcmp(text, name, strlen(name) + 1) == 0)
			return true;
	}
	return false;
}

/* Builds the table of a file that has none. */
static void make_table(struct image *image)
{
	Elf64_Shdr section;
	image->made_once = true;
	if (!find_section(image, ".eh_frame", &section) || section.sh_size > EH_FRAME_MAX)
		return;
	unsigned char *bytes = xcalloc(section.sh_size, 1);
	if (image_read(image, section.sh_offset, bytes, section.sh_size))
		image->made = ehframe_index(bytes, section.sh_size, &image->made_count);
	image->made_base = section.sh_addr;
	free(bytes);
}

bool image_table(struct image *image, struct image_table *table)
{
	for (size_t i = 0; i < image->count; i++) {
		if (image->headers[i].p_type == PT_GNU_EH_FRAME)
			return header_table(image, &image->headers[i], table);
	}
	if (!image->made_once)
		make_table(image);
	*table = (struct image_table){
		.base = image->made_base,
		.made = image->made,
		.count = image->made_count,
	};
	return image->made_count > 0;
}

/* Functions. */

static void add_functions(struct image *image, const Elf64_Sym *symbols, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const Elf64_Sym *symbol = &symbols[i];
		int type = ELF64_ST_TYPE(symbol->st_info);
		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || !symbol->st_size ||
			symbol->st_shndx == SHN_UNDEF)
			continue;
		if (image->function_count % FUNCTIONS_MORE == 0)
			image->functions = xreallocarray(image->functions,
				image->function_count + FUNCTIONS_MORE, sizeof(*image->functions));
		image->functions[image->function_count++] = (struct function){
			symbol->st_value, symbol->st_size};
	}
}

static int compare_functions(const void *left, const void *right)
{
	const struct function *a = left, *b = right;
	return (a->start > b->start) - (a->start < b->start);
}

/* Reads the functions of the larger of the tables of symbols that the file has. */
static void read_functions(struct image *image)
{
	Elf64_Shdr section;
	Elf64_Sym symbols[256];
	image->has_functions = true;
	if (!find_section(image, ".symtab", &section) && !find_section(image, ".dynsym", &section))
		return;
	size_t count = section.sh_size / sizeof(*symbols);
	if (count > SYMBOLS_MAX)
		count = SYMBOLS_MAX;
	for (size_t at = 0; at < count; at += sizeof(symbols) / sizeof(*symbols)) {
		size_t some = count - at < sizeof(symbols) / sizeof(*symbols)
		                      ? count - at
		                      : sizeof(symbols) / sizeof(*symbols);
		if (!image_read(image, section.sh_offset + at * sizeof(*symbols), symbols,
			    some * sizeof(*symbols)))
			break;
		add_functions(image, symbols, some);
	}
	if (image->function_count)
		qsort(image->functions, image->function_count, sizeof(*image->functions),
			compare_functions);
}

/* Whether SYMBOL, whose names are at OFFSET of the file, has NAME. */
static bool has_name(
	const struct image *image, const Elf64_Sym *symbol, uint64_t offset, const char *name)
{
	char text[32] = "";
	size_t size = strlen(name) + 1;
	return symbol->st_shndx != SHN_UNDEF && size <= sizeof(text) &&
	       image_read(image, offset + symbol->st_name, text, size) &&
	       memcmp(text, name, size) == 0;
}

/* Finds NAME in the section TABLE. */
static bool find_symbol(
	const struct image *image, const char *table, const char *name, struct image_symbol *symbol)
{
	Elf64_Ehdr header;
	Elf64_Shdr section, names;
	Elf64_Sym entry;
	if (!find_section(image, table, &section) ||
		!image_read(image, 0, &header, sizeof(header)) ||
		!image_read(image, header.e_shoff + section.sh_link * sizeof(names), &names,
			sizeof(names)))
		return false;
	size_t count = section.sh_size / sizeof(entry);
	if (count > SYMBOLS_MAX)
		count = SYMBOLS_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!image_read(
			    image, section.sh_offset + i * sizeof(entry), &entry, sizeof(entry)))
			return false;
		if (has_name(image, &entry, names.sh_offset, name)) {
			*symbol = (struct image_symbol){entry.st_value, entry.st_size};
			return true;
		}
	}
	return false;
}

bool image_symbol(const struct image *image, const char *name, struct image_symbol *symbol)
{
	return find_symbol(image, ".dynsym", name, symbol) ||
	       find_symbol(image, ".symtab", name, symbol);
}

uint64_t image_function(struct image *image, uint64_t address)
{
	if (!image->has_functions)
		read_functions(image);
	size_t low = 0, high = image->function_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (image->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	const struct function *function = &image->functions[low - 1];
	return address - function->start < function->size ? function->start : 0;
}

bool image_is_entry(const struct image *image, uint64_t address)
{
	return image->entry && address - image->entry < ENTRY_SIZE;
}

static size_t padded(uint64_t size)
{
	return (size_t)((size + 3) & ~UINT64_C(3));
}

/* Searches SIZE bytes of NOTES for the build ID. Returns whether it was found. */
static bool find_build_id(const unsigned char *notes, size_t size, char id[BUILD_ID_MAX])
{
	Elf64_Nhdr note;
	while (size >= sizeof(note)) {
		memcpy(&note, notes, sizeof(note));
		size_t name = padded(note.n_namesz), desc = padded(note.n_descsz);
		if (note.n_namesz > NOTES_MAX || note.n_descsz > NOTES_MAX ||
			sizeof(note) + name + desc > size)
			return false;
		const unsigned char *bytes = notes + sizeof(note) + name;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
			memcmp(notes + sizeof(note), "GNU", 4) == 0) {
			for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < BUILD_ID_MAX; i++)
				sprintf(id + 2 * i, "%02x", bytes[i]);
			return true;
		}
		notes += sizeof(note) + name + desc;
		size -= sizeof(note) + name + desc;
	}
	return false;
}

void image_build_id(const struct image *image, char id[BUILD_ID_MAX])
{
	unsigned char notes[NOTES_MAX];
	id[0] = '\0';
	for (size_t i = 0; i < image->count; i++) {
		const Elf64_Phdr *header = &image->headers[i];
		size_t size = header->p_filesz < NOTES_MAX ? (size_t)header->p_filesz : NOTES_MAX;
		if (header->p_type == PT_NOTE && image_read(image, header->p_offset, notes, size) &&
			find_build_id(notes, size, id))
			return;
	}
}
