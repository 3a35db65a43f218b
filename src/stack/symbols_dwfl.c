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
#include "stack/names.h"

/* An address range of a compilation unit. */
struct range {
	Dwarf_Addr start, end;
	Dwarf_Off unit; /* offset of its DIE */
};

struct symbols {
	Dwfl *dwfl;
	Dwfl_Module *module;  /* NULL: libdwfl cannot read the file */
	bool indexed;         /* the following is set */
	struct range *ranges; /* by start; owned */
	size_t range_count;
};

struct symbols *symbols_open(const struct module_source *source)
{
	/* The standard search: next to the file, /usr/lib/debug, by build ID, debuginfod. */
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	const char *path = source->opened ? source->opened : source->module.path;
	symbols->dwfl = dwfl_begin(&callbacks);
	int fd = image_dup(source->image);
	if (!symbols->dwfl || fd < 0) {
		if (fd >= 0)
			close(fd);
		return symbols;
	}
	dwfl_report_begin(symbols->dwfl);
	/* Base 0: link-time addresses. */
	symbols->module = dwfl_report_elf(symbols->dwfl, source->module.path, path, fd, 0, true);
	if (!symbols->module)
		close(fd);
	dwfl_report_end(symbols->dwfl, NULL, NULL);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
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

static void find_symbol(Dwfl_Module *module, uint64_t address, struct place *place)
{
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name = dwfl_module_addrinfo(
		module, address, &offset, &symbol, NULL, NULL, NULL);
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
	while ((unit = dwfl_module_nextcu(symbols->module, unit, &bias)))
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
	Dwarf_Die *indexed = dwfl_module_addrdie(symbols->module, address, bias);
	if (indexed) {
		*unit = *indexed;
		return true;
	}
	Dwarf *dwarf = dwfl_module_getdwarf(symbols->module, bias);
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
	if (!symbols->module)
		return NULL;
	find_symbol(symbols->module, address, &place);
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
