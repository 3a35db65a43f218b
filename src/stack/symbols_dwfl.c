/* Names by libdwfl of elfutils; see stack/symbols.h. */
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

struct symbols {
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: libdwfl does not understand the file */
};

struct symbols *symbols_open(const struct module_source *source)
{
	/* The standard search: next to the file, /usr/lib/debug, by build-id, debuginfod. */
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	const char *path = source->opened ? source->opened : source->module.path;
	symbols->dwfl = dwfl_begin(&callbacks);
	int fd = dup(image_fd(source->image));
	if (!symbols->dwfl || fd < 0) {
		if (fd >= 0)
			close(fd);
		return symbols;
	}
	dwfl_report_begin(symbols->dwfl);
	/* Base 0: addresses are those of the file itself. */
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
	free(symbols);
}

/* What is known of an address. */
struct place {
	const char *symbol; /* covers the address; or NULL */
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
	/* A symbol without a size covers nothing that could be checked. */
	if (!name || offset >= symbol.st_size)
		return;
	place->symbol = name;
	place->offset = offset;
}

static void find_line(Dwfl_Module *module, uint64_t address, struct place *place)
{
	int line = 0;
	Dwfl_Line *found = dwfl_module_getsrc(module, address);
	if (!found)
		return;
	place->file = dwfl_lineinfo(found, NULL, &line, NULL, NULL, NULL);
	place->line = line > 0 ? (unsigned int)line : 0;
}

/* The name of the function that DIE describes: as the linker would know it, or as it is written. */
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

/* Where the function that DIE describes was inlined. */
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

/* The scopes around ADDRESS, the innermost first and out of inlined functions; freed by free(). */
static int find_scopes(Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
	Dwarf_Die *inner = NULL;
	*scopes = NULL;
	int count = dwarf_getscopes(unit, address, &inner);
	/* These lead into the abstract function; those of the innermost entry lead out of it. */
	if (count > 0)
		count = dwarf_getscopes_die(&inner[0], scopes);
	free(inner);
	return count;
}

/* Adds the functions that were inlined at ADDRESS; PLACE becomes the outermost one's. */
static void add_inlined(
	struct names_builder *builder, Dwfl_Module *module, uint64_t address, struct place *place)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, &bias);
	Dwarf_Die *scopes = NULL;
	int count = unit ? find_scopes(unit, address - bias, &scopes) : 0;
	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		if (tag == DW_TAG_inlined_subroutine) {
			names_add(builder, function_name(&scopes[i]), 0, place->file, place->line);
			find_call_site(unit, &scopes[i], place);
		} else if (tag == DW_TAG_subprogram) {
			/* It covers the address, whatever the symbol table has lost. */
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
	if (!symbols->module)
		return NULL;
	find_symbol(symbols->module, address, &place);
	find_line(symbols->module, address, &place);
	add_inlined(&builder, symbols->module, address, &place);
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
