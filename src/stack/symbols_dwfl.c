/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names from libdwfl of elfutils; see stack/symbols.h. */
#include "config.h"

#include "stack/symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <elfutils/version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/debug_file.h"
#include "stack/names.h"

/* An address range of a compilation unit. */
struct range {
	Dwarf_Addr start, end;
	Dwarf_Off unit; /* offset of its DIE */
};

/* A file as libdwfl sees it. */
struct view {
	int fd;              /* owned; -1: none */
	Elf *elf;            /* owned */
	Dwfl *dwfl;          /* owned */
	Dwfl_Module *module; /* NULL: libdwfl cannot read the file */
};

struct symbols {
	const struct symbols_files *files;
	struct view main, debug; /* the file, and its debug file */
	struct view *dwarf;      /* which of them has debug information; NULL: none */
	Elf *shared_elf;         /* what debug files share; owned, as are the following */
	Dwarf *shared;
	int shared_fd;
	bool indexed;         /* the following is set */
	struct range *ranges; /* by start; owned */
	size_t range_count;
};

/* See Dwfl_Callbacks: the only module of a view has its file already. */
static int find_elf(
	Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path, Elf **elf)
{
	const struct view *view = *data;
	(void)module, (void)name, (void)base, (void)path;
	*elf = view->elf;
	return -1;
}

/* There are no other files than those that we were given. */
static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
	const char *path, const char *link, GElf_Word sum, char **found)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)link, (void)sum;
	*found = NULL;
	return -1;
}

/* The range of link-time addresses of ELF. False: there is none. */
static bool find_extent(Elf *elf, GElf_Addr *start, GElf_Addr *end)
{
	size_t count = 0;
	*start = UINT64_MAX;
	*end = 0;
	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
			continue;
		GElf_Addr align = header.p_align ? header.p_align : 1;
		GElf_Addr first = header.p_vaddr & -align;
		if (first < *start)
			*start = first;
		if (header.p_vaddr + header.p_memsz > *end)
			*end = header.p_vaddr + header.p_memsz;
	}
	return *start < *end;
}

/* Opens the view of ELF, open as FD; takes both. */
static void open_view(struct view *view, Elf *elf, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_nothing,
		.section_address = dwfl_offline_section_address,
	};
	GElf_Addr start, end;
	void **data;
	*view = (struct view){.fd = fd, .elf = elf};
	if (!elf || !find_extent(elf, &start, &end))
		return;
	view->dwfl = dwfl_begin(&callbacks);
	if (!view->dwfl)
		return;
	dwfl_report_begin(view->dwfl);
	/* At link-time addresses. */
	view->module = dwfl_report_module(view->dwfl, "file", start, end);
	if (view->module &&
		dwfl_module_info(view->module, &data, NULL, NULL, NULL, NULL, NULL, NULL))
		*data = view;
	dwfl_report_end(view->dwfl, NULL, NULL);
}

static void close_view(struct view *view)
{
	if (view->dwfl)
		dwfl_end(view->dwfl); /* with its reference to the file */
	if (view->fd >= 0)
		close(view->fd);
}

static bool has_dwarf(struct view *view)
{
	Dwarf_Addr bias;
	return view->module && dwfl_module_getdwarf(view->module, &bias);
}

struct symbols *symbols_open(int fd, const struct symbols_files *files)
{
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	Dwarf_Addr bias;
	symbols->files = files;
	symbols->debug.fd = symbols->shared_fd = -1;
	Elf *elf = debug_file_elf(&fd);
	open_view(&symbols->main, elf, fd);
	if (has_dwarf(&symbols->main))
		symbols->dwarf = &symbols->main;
	if (elf && !symbols->dwarf) {
		elf = debug_file_find(elf, files, &fd);
		open_view(&symbols->debug, elf, fd);
		if (has_dwarf(&symbols->debug))
			symbols->dwarf = &symbols->debug;
	}
	if (symbols->dwarf)
		debug_file_add_shared(dwfl_module_getdwarf(symbols->dwarf->module, &bias), files,
			&symbols->shared_elf, &symbols->shared, &symbols->shared_fd);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	close_view(&symbols->debug);
	close_view(&symbols->main);
	if (symbols->shared)
		dwarf_end(symbols->shared);
	if (symbols->shared_elf)
		elf_end(symbols->shared_elf);
	if (symbols->shared_fd >= 0)
		close(symbols->shared_fd);
	free(symbols->ranges);
	free(symbols);
}

/* What is known about an address. */
struct place {
	const char *symbol; /* the one that covers the address, or NULL */
	uint64_t offset;
	const char *file; /* or NULL */
	unsigned int line;
};

static void find_symbol(struct view *view, uint64_t address, struct place *place)
{
	GElf_Off offset;
	GElf_Sym symbol;
	if (!view->module || place->symbol)
		return;
	const char *name = dwfl_module_addrinfo(
		view->module, address, &offset, &symbol, NULL, NULL, NULL);
	/* Whether a symbol without a size covers the address is unknown. */
	if (!name || offset >= symbol.st_size)
		return;
	place->symbol = name;
	place->offset = offset;
}

/*
 * Units by address. libdwfl's own index is built from .debug_aranges, a section that clang does not
 * write.
 */

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;
	return (a->start > b->start) - (a->start < b->start);
}

static void add_ranges(struct symbols *symbols, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	while ((at = dwarf_ranges(unit, at, &base, &start, &end)) > 0) {
		if (start >= end)
			continue;
		if (symbols->range_count % 256 == 0)
			symbols->ranges = xreallocarray(symbols->ranges, symbols->range_count + 256,
				sizeof(*symbols->ranges));
		symbols->ranges[symbols->range_count++] = (struct range){
			start, end, dwarf_dieoffset(unit)};
	}
}

static void index_units(struct symbols *symbols)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = NULL;
	symbols->indexed = true;
	while ((unit = dwfl_module_nextcu(symbols->dwarf->module, unit, &bias)))
		add_ranges(symbols, unit);
	if (symbols->range_count)
		qsort(symbols->ranges, symbols->range_count, sizeof(*symbols->ranges),
			compare_ranges);
}

/* The range containing ADDRESS, or NULL. Units do not overlap. */
static const struct range *find_range(const struct symbols *symbols, Dwarf_Addr address)
{
	size_t low = 0, high = symbols->range_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (symbols->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < symbols->range_count && symbols->ranges[low].start <= address
	               ? &symbols->ranges[low]
	               : NULL;
}

/* Finds the unit containing ADDRESS; *BIAS is what has to be added to its addresses. */
static bool find_unit(struct symbols *symbols, uint64_t address, Dwarf_Die *unit, Dwarf_Addr *bias)
{
	if (!symbols->dwarf)
		return false;
	Dwarf_Die *indexed = dwfl_module_addrdie(symbols->dwarf->module, address, bias);
	if (indexed) {
		*unit = *indexed;
		return true;
	}
	Dwarf *dwarf = dwfl_module_getdwarf(symbols->dwarf->module, bias);
	if (!dwarf)
		return false;
	if (!symbols->indexed)
		index_units(symbols);
	const struct range *range = find_range(symbols, address - *bias);
	return range && dwarf_offdie(dwarf, range->unit, unit);
}

static void find_line(Dwarf_Die *unit, Dwarf_Addr address, struct place *place)
{
	int line = 0;
	Dwarf_Line *found = dwarf_getsrc_die(unit, address);
	if (!found)
		return;
	place->file = dwarf_linesrc(found, NULL, NULL);
	place->line = dwarf_lineno(found, &line) == 0 && line > 0 ? (unsigned int)line : 0;
}

/* The name of function DIE: its linkage name, or else its name. */
static const char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
		dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
		return dwarf_formstring(&attribute);
	return dwarf_attr_integrate(die, DW_AT_name, &attribute) ? dwarf_formstring(&attribute)
	                                                         : NULL;
}

static unsigned int number_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	return dwarf_attr(die, name, &attribute) && dwarf_formudata(&attribute, &value) == 0
	               ? (unsigned int)value
	               : 0;
}

/* Finds where function DIE was inlined. */
static void find_call_site(Dwarf_Die *unit, Dwarf_Die *die, struct place *place)
{
	Dwarf_Files *files;
	size_t count;
	unsigned int file = number_of(die, DW_AT_call_file);
	place->file = NULL;
	if (dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count)
		place->file = dwarf_filesrc(files, file, NULL, NULL);
	place->line = number_of(die, DW_AT_call_line);
}

/* The scopes around ADDRESS, innermost first, through inlined functions; freed with free(). */
static int find_scopes(Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
	Dwarf_Die *inner = NULL;
	*scopes = NULL;
	int count = dwarf_getscopes(unit, address, &inner);
	/* These lead into the abstract function; those of the innermost DIE lead outwards. */
	if (count > 0)
		count = dwarf_getscopes_die(&inner[0], scopes);
	free(inner);
	return count;
}

/* Adds the functions of UNIT that were inlined at ADDRESS; PLACE becomes the outermost one's. */
static void add_inlined(
	struct names_builder *builder, Dwarf_Die *unit, Dwarf_Addr address, struct place *place)
{
	Dwarf_Die *scopes = NULL;
	int count = find_scopes(unit, address, &scopes);
	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		if (tag == DW_TAG_inlined_subroutine) {
			names_add(builder, function_name(&scopes[i]), 0, place->file, place->line);
			find_call_site(unit, &scopes[i], place);
		} else if (tag == DW_TAG_subprogram) {
			/* It covers the address even if the symbol table was stripped. */
			if (!place->symbol)
				place->symbol = function_name(&scopes[i]);
			break;
		}
	}
	free(scopes);
}

struct frame_names *symbols_find(struct symbols *symbols, uint64_t address)
{
	struct names_builder builder = {0};
	struct place place = {0};
	Dwarf_Die unit;
	Dwarf_Addr bias;
	find_symbol(&symbols->debug, address, &place);
	find_symbol(&symbols->main, address, &place);
	if (find_unit(symbols, address, &unit, &bias)) {
		find_line(&unit, address - bias, &place);
		add_inlined(&builder, &unit, address - bias, &place);
	}
	if (place.symbol || place.file || builder.count)
		names_add(&builder, place.symbol, place.offset, place.file, place.line);
	return names_finish(&builder);
}

const char *symbols_library(void)
{
	static char text[32];
	if (!text[0])
		snprintf(text, sizeof(text), "elfutils %s", dwfl_version(NULL));
	return text;
}
