# SPDX-License-Identifier: GPL-2.0-or-later
# Generates the C tables of include/abi/argument.h and descriptor.h from data/, in this order: the
# call tables syscalls-ABI.tsv, values, scalars, structs, structs-i386, formats, args, args-i386,
# multi, returns, ioctls, descriptors. Lines that start with "#" are comments.
#
# The detail of an argument is words:
#
#   a name first: of flags and enum, the set of values ("int": a number); of struct_*, array_* and
#     remainder_*, the structure
#   low=MASK:SET, high=MASK:SET   these bits are of another set ("int": a number)
#   shift=N        the set is that of the value >> N; "low" is the rest
#   mask=~N        these bits are ignored
#   rest=mode      the low 9 bits are permissions
#   byteorder=big  a number of 16 bits in the network's order
#   set=SET        of a scalar in memory
#   count=, len=, size=, nfds=, maxnode=   argN, *argN, ret, pages(argN) or a number
#   max=argN, of=CONTENT, type=1
#   bare=1         of a result: the names have no label, and are always shown
#   wide=1         all 64 bits count: without it, flags, enum and hex are 32 bits
#   by=argN or by=argN,argM, table=NAME    what selects the row of multi.tsv
#   when=argN&FLAG, argN&(FLAG|FLAG), !(…), argN==VALUE, argN!=VALUE
#
# Whatever is not understood fails the build.

function wrong(what) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, what, $0 >"/dev/stderr"
	failed = 1
	exit 1
}

# The number that TEXT is, decimal or hexadecimal; exact up to 2^53. Negative ones have 32 bits.
function number(text,    i, value) {
	if (text ~ /^[0-9]+$/)
		return text + 0
	if (text ~ /^-[0-9]+$/)
		return 4294967296 + text
	if (text !~ /^0x[0-9a-f]+$/)
		wrong("not a number: " text)
	value = 0
	for (i = 3; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}

function c_name(name) {
	gsub(/[^A-Za-z0-9_]/, "_", name)
	return name
}

# --- values

function add_value(set, kind, name, value) {
	if (kind !~ /^(bitmask|enum)$/ || set !~ /^[a-z0-9_.]+$/ || name !~ /^[A-Za-z_][A-Za-z0-9_]*$/)
		wrong("not a line of names of values")
	if (!(set in set_number)) {
		set_number[set] = ++set_count
		set_names[set_count] = set
		set_mask[set] = kind == "bitmask"
	} else if (set_names[set_count] != set || set_mask[set] != (kind == "bitmask")) {
		wrong("a set is one block of lines of one kind")
	}
	value_count[set]++
	set_value[set, value_count[set]] = value
	set_value_name[set, value_count[set]] = name
	if (!((set, name) in by_name))
		by_name[set, name] = value
	if (!(name in any_value))
		any_value[name] = value
	if (kind == "enum")
		add_key(value_keys, set_number[set], number(value) % 4294967296, 0, value_count[set] - 1)
}

# The number of the value called NAME.
function value_of(name) {
	if (name ~ /^(0x[0-9a-f]+|[0-9]+)$/)
		return number(name)
	if (!(name in any_value))
		wrong("no value is called " name)
	return number(any_value[name])
}

function set_pointer(set) {
	if (set == "int")
		return "NULL"
	if (!(set in set_number))
		wrong("no set of values is called " set)
	return "&values_" c_name(set)
}

# --- hash tables of generated numbers: open addressing, of at least twice the size

# Where the table in C starts to look, which has to be the same there: see hash() in argument.c.
function hash(table, first, second, size,    folded) {
	folded = first % 65536 + int(first / 65536) * 7 + second * 31 + table * 97
	return folded % size
}

function add_key(keys, table, first, second, result,    key) {
	key = sprintf("%d %.0f %.0f", table, first, second)
	if (key in keys)
		return 0
	keys[key] = result
	return 1
}

function write_hash(name, keys,    key, part, size, slot, slots, total, i) {
	total = 0
	for (key in keys)
		total++
	for (size = 64; size < 2 * total; size *= 2)
		continue
	for (key in keys) {
		split(key, part, " ")
		slot = hash(part[1], part[2], part[3], size)
		while (slot in slots)
			slot = (slot + 1) % size
		slots[slot] = sprintf("{UINT32_C(%.0f), UINT32_C(%.0f), %d, %d}", part[2], part[3], part[1], keys[key])
	}
	printf "static const struct key %s[%d] = {\n", name, size
	for (i = 0; i < size; i++)
		if (i in slots)
			printf "\t[%d] = %s,\n", i, slots[i]
	print "};\n"
	for (i = 0; i < size; i++)
		delete slots[i]
}

# --- types

# Stores in Element, Elements what TYPE of SIZE bytes on x86-64 is made of; the size of an element in
# ABI (0: x86-64, 1: i386, 2: x32) is that of element_size().
function parse_type(type, size,    at) {
	Elements = 1
	Element = type
	if ((at = index(type, "["))) {
		Elements = substr(type, at + 1) + 0
		Element = substr(type, 1, at - 1)
	}
	ElementSize = Elements ? int(size / Elements) : 0
}

function element_size(type, size, abi) {
	if (abi == 0)
		return size
	if (type ~ /\*$/ || type ~ /^(__sighandler_t|__sigrestore_t|sigval_t)$/)
		return 4
	if (type ~ /^(size_t|__kernel_size_t|long|long int|unsigned long|long unsigned int)$/)
		return 4
	if (type ~ /^(__kernel_(long|ulong|off|old_time|clock)_t)$/)
		return abi == 1 ? 4 : 8
	return size
}

function default_show(type, size, set) {
	if (set != "" && set != "mode")
		return "VALUES"
	if (set == "mode")
		return "MODE"
	if (type ~ /\*$/ || type ~ /^(__sighandler_t|__sigrestore_t|sigval_t)$/)
		return "POINTER"
	if (type == "char")
		return "TEXT"
	if (type ~ /^__be16$/)
		return "PORT"
	if (type ~ /^__be32$/)
		return "IPV4"
	if (type ~ /pid_t$/)
		return "PID"
	if (type ~ /^__kernel_(u|g)id(32)?_t$/)
		return "UID"
	if (type ~ /^(int|__s|s64|short int|long int|long$|long long int|__kernel_(long|off|old_time|time64|clock|timer)_t)/)
		return "SIGNED"
	return "UNSIGNED"
}

function add_type(name, size) {
	if (name in type_number)
		return
	type_number[name] = ++type_count
	type_names[type_count] = name
	field_count[name] = 0
	type_size[name, 0] = size
}

function add_field(abi, struct, field, offset, size, type, set,    n, bit) {
	n = ++fields_of[struct, abi]
	bit = 0
	F_bits[struct, abi, n] = 0
	if (size ~ /:/) {
		split(size, Bits, ":")
		F_bit[struct, abi, n] = Bits[1]
		F_bits[struct, abi, n] = Bits[2]
		size = type ~ /64/ ? 8 : 4
		parse_type(type, size)
		# The bits count from the byte at the offset, and may cross into the next ones.
		ElementSize = int((Bits[1] + Bits[2] + 7) / 8)
		if (ElementSize == 3)
			ElementSize = 4
	} else {
		F_bit[struct, abi, n] = 0
		parse_type(type, size)
	}
	F_name[struct, abi, n] = field
	F_offset[struct, abi, n] = offset
	F_size[struct, abi, n] = ElementSize
	F_count[struct, abi, n] = Elements
	F_type[struct, abi, n] = Element
	F_set[struct, abi, n] = set
	F_index[struct, abi, field] = n
}

function add_struct_line(abi) {
	if (NF != 6 || $1 !~ /^[a-z_][a-z0-9_]*$/ || $3 !~ /^[0-9]+$/ || $4 !~ /^[0-9]+(:[0-9]+)?$/)
		wrong("not a line of a structure")
	if ($2 == "") {
		add_type($1, abi == 0 ? $4 : 0)
		has_layout[$1, abi] = 1
		type_size[$1, abi] = $4
	} else {
		if (!(($1, abi) in has_layout))
			wrong("the line of the structure itself comes first")
		add_field(abi, $1, $2, $3, $4, $5, $6)
	}
}

function align(value, to) {
	return to > 1 ? int((value + to - 1) / to) * to : value
}

function alignment(size, abi) {
	return abi == 1 && size > 4 ? 4 : (size > 8 ? 8 : (size ? size : 1))
}

# Derives the layout of STRUCT in ABI from that of x86-64: each field at the same distance from the
# place where the previous one's end and the rules of alignment put it. Returns 0 if that is not
# possible: fields overlap, and have other sizes.
function derive_layout(struct, abi,    n, end, new_end, most, overlaps, differs, natural, offset, size) {
	for (n = 1; n <= fields_of[struct, 0]; n++) {
		if (F_offset[struct, 0, n] < end || F_bits[struct, 0, n])
			overlaps = 1
		end = F_offset[struct, 0, n] + F_size[struct, 0, n] * F_count[struct, 0, n]
		if (element_size(F_type[struct, 0, n], F_size[struct, 0, n], abi) != F_size[struct, 0, n])
			differs = 1
	}
	if (overlaps && differs)
		return 0
	end = new_end = 0
	most = 1
	for (n = 1; n <= fields_of[struct, 0]; n++) {
		offset = F_offset[struct, 0, n]
		size = element_size(F_type[struct, 0, n], F_size[struct, 0, n], abi)
		add_field(abi, struct, F_name[struct, 0, n], 0, size * F_count[struct, 0, n], F_type[struct, 0, n] \
			(F_count[struct, 0, n] != 1 ? "[" F_count[struct, 0, n] "]" : ""), F_set[struct, 0, n])
		F_bit[struct, abi, n] = F_bit[struct, 0, n]
		F_bits[struct, abi, n] = F_bits[struct, 0, n]
		if (F_bits[struct, 0, n])
			F_size[struct, abi, n] = F_size[struct, 0, n]
		if (overlaps) {
			F_offset[struct, abi, n] = offset
			continue
		}
		natural = align(end, alignment(F_size[struct, 0, n], 0))
		if (offset == natural) {
			F_offset[struct, abi, n] = align(new_end, alignment(size, abi))
			if (alignment(size, abi) > most)
				most = alignment(size, abi)
		} else {
			F_offset[struct, abi, n] = new_end + (offset - end)
		}
		end = offset + F_size[struct, 0, n] * F_count[struct, 0, n]
		new_end = F_offset[struct, abi, n] + size * F_count[struct, 0, n]
	}
	type_size[struct, abi] = overlaps ? type_size[struct, 0] : align(new_end, most)
	if (!overlaps && !differs && new_end == end)
		type_size[struct, abi] = type_size[struct, 0]
	return 1
}

# Whether a field belongs to what is shown of a structure without a line in formats.tsv.
function is_shown_by_default(struct, abi, n,    name) {
	name = F_name[struct, abi, n]
	if (name ~ /^_|pad|spare|reserved|unused|\.$/ || F_count[struct, abi, n] == 0 || F_size[struct, abi, n] == 0)
		return 0
	return F_offset[struct, abi, n] >= Shown_end || F_bits[struct, abi, n]
}

function field_format(set,    key) {
	return set == "" || set == "mode" ? "NULL" : format_of(set_pointer(set), "NULL", "NULL", 0, 0, 0, 0, 0, 0)
}

function write_field(struct, abi, n, show, set, verbose,    size) {
	size = F_size[struct, abi, n]
	if (show == "")
		show = default_show(F_type[struct, abi, n], size, set)
	if (set == "mode" && show == "VALUES")
		show = "MODE"
	if (show !~ /^(TEXT|BYTES|IPV6|SIGNALS)$/ && size != 1 && size != 2 && size != 4 && size != 8)
		show = "BYTES"
	if (show ~ /^(TEXT|BYTES|IPV6)$/) {
		size *= F_count[struct, abi, n]
		Count = 1
	} else {
		Count = F_count[struct, abi, n]
	}
	Field_lines = Field_lines sprintf("\t{\"%s\", %d, %d, %d, %d, %d, FIELD_%s, %s, %s},\n", F_name[struct, abi, n],
		F_offset[struct, abi, n], size, Count, F_bit[struct, abi, n], F_bits[struct, abi, n], show,
		verbose ? "true" : "false", show == "VALUES" ? field_format(set) : "NULL")
	Field_total++
}

# The fields of STRUCT in ABI as lines of C in Field_lines, and their number in Field_total.
function make_fields(struct, abi,    list, n, i, j, part, show, set, verbose, found) {
	Field_lines = ""
	Field_total = 0
	if (struct in shown) {
		n = split(shown[struct], list, " ")
		verbose = 0
		for (i = 1; i <= n; i++) {
			if (list[i] == "|") {
				verbose = 1
				continue
			}
			show = set = ""
			split(list[i], part, /[:=]/)
			if (list[i] ~ /:/)
				show = toupper(part[2])
			found = 0
			for (j = 1; j <= fields_of[struct, abi]; j++) {
				if (F_name[struct, abi, j] != part[1] && index(F_name[struct, abi, j], part[1] ".") != 1)
					continue
				found = 1
				used_field[struct, part[1]] = 1
				set = list[i] ~ /=/ ? part[2] : F_set[struct, abi, j]
				write_field(struct, abi, j, show, set, verbose)
			}
			if (!found && abi == 0)
				missing_field[struct, part[1]] = 1
		}
		return
	}
	Shown_end = 0
	for (j = 1; j <= fields_of[struct, abi]; j++) {
		if (!is_shown_by_default(struct, abi, j))
			continue
		write_field(struct, abi, j, "", F_set[struct, abi, j], 0)
		if (!F_bits[struct, abi, j])
			Shown_end = F_offset[struct, abi, j] + F_size[struct, abi, j] * F_count[struct, abi, j]
	}
}

function write_types(    t, struct, abi, lines, layouts) {
	for (t = 1; t <= type_count; t++) {
		struct = type_names[t]
		layouts = ""
		for (abi = 0; abi < 3; abi++) {
			if (abi > 0 && !((struct, abi) in has_layout) && ((struct, 0) in has_layout)) {
				if (abi == 2 || !((struct, 1) in has_layout))
					if (derive_layout(struct, abi))
						has_layout[struct, abi] = 1
			}
			if (!((struct, abi) in has_layout)) {
				layouts = layouts sprintf("{NULL, 0, 0}, ")
				continue
			}
			make_fields(struct, abi)
			if (!(Field_lines in fields_written) && Field_total) {
				fields_written[Field_lines] = "fields_" c_name(struct) "_" abi
				Field_text = Field_text sprintf("static const struct field %s[] = {\n%s};\n", fields_written[Field_lines], Field_lines)
			}
			layouts = layouts sprintf("{%s, %d, %d}, ", Field_total ? fields_written[Field_lines] : "NULL",
				Field_total, type_size[struct, abi])
		}
		Type_text = Type_text sprintf("extern const struct argument_type type_%s;\nconst struct argument_type type_%s = {\"%s\", SPECIAL_%s, %s, %s, %s, {%s}};\n", c_name(struct), c_name(struct),
			struct, (struct in special) ? special[struct] : "NONE", (struct in scalar_show) ? "true" : "false",
			(struct in shows_entry) ? "true" : "false", (struct in cut) ? "true" : "false", layouts)
	}
}

# --- formats of values

function format_of(set, low, high, low_mask, high_mask, ignored, shift, rest, big,    text) {
	text = sprintf("{%s, %s, %s, %s, %s, %s, %d, %s, %s}", set, low, high, low_mask, high_mask, ignored,
		shift, rest ? "true" : "false", big ? "true" : "false")
	if (!(text in format_number)) {
		format_number[text] = format_count++
		formats[format_count] = text
	}
	return "&value_formats[" format_number[text] "]"
}

# --- arguments

function index_of(text) {
	if (text !~ /^arg[0-5]$/)
		wrong("not an argument: " text)
	return substr(text, 4) + 0
}

function parse_count(text) {
	Count_value = 0
	if (text == "ret") {
		Count_from = "COUNT_RESULT"
	} else if (text ~ /^\*arg[0-5]$/) {
		Count_from = "COUNT_POINTED"
		Count_value = index_of(substr(text, 2))
	} else if (text ~ /^pages\(arg[0-5]\)$/) {
		Count_from = "COUNT_PAGES"
		Count_value = index_of(substr(text, 7, 4))
	} else if (text ~ /^[0-9]+$/) {
		Count_from = "COUNT_CONSTANT"
		Count_value = text + 0
	} else {
		Count_from = "COUNT_ARGUMENT"
		Count_value = index_of(text)
	}
}

# "arg1&(A|B)" as an initialiser of struct argument_condition.
function condition(text,    test, argument, rest, list, n, i, value) {
	test = "ANY"
	if (text ~ /^!\(.*\)$/) {
		test = "NO"
		text = substr(text, 3, length(text) - 3)
	}
	argument = index_of(substr(text, 1, 4))
	rest = substr(text, 5)
	if (rest ~ /^&/) {
		rest = substr(rest, 2)
		gsub(/[()]/, "", rest)
	} else if (rest ~ /^==/) {
		test = "EQUAL"
		rest = substr(rest, 3)
	} else if (rest ~ /^!=/) {
		test = "UNEQUAL"
		rest = substr(rest, 3)
	} else {
		wrong("not a condition: " text)
	}
	n = split(rest, list, "|")
	value = 0
	for (i = 1; i <= n; i++)
		value += value_of(list[i])
	return sprintf("{CONDITION_%s, %d, UINT64_C(%.0f)}", test, argument, value)
}

# VARIANT: "time", "uid", "high" or "": see args-i386.tsv.
function vary_type(name, variant) {
	if (variant == "time" && ((name "64") in type_number))
		return name "64"
	if (variant == "uid" && name ~ /^(uid_t|gid_t)$/)
		return substr(name, 1, 3) "16"
	return name
}

# The number of the argument of KIND with DETAIL, of CALL. Equal ones have the same.
function argument(call, kind, detail, variant,    words, n, i, at, key, value, direction, type, set,
	low, high, low_mask, high_mask, ignored, shift, rest, big, max, of, in_bytes, has_type, wide, bare, when, first, second,
	table, text, format) {
	Count_from = "COUNT_NONE"
	Count_value = 0
	direction = kind ~ /_in$/ ? "ARGUMENT_IN" : kind ~ /_out$/ ? "ARGUMENT_OUT" : kind ~ /_io$/ ? "ARGUMENT_IN | ARGUMENT_OUT" : "0"
	sub(/_(in|out|io)$/, "", kind)
	type = set = format = "NULL"
	low = high = "NULL"
	low_mask = high_mask = ignored = "0"
	shift = rest = big = 0
	max = first = second = "ARGUMENT_NOT"
	of = "BYTES"
	in_bytes = has_type = wide = bare = "false"
	when = "{CONDITION_ALWAYS, 0, 0}"
	table = 0
	n = split(detail, words, " ")
	i = 1
	if (kind ~ /^(flags|enum|flags_low|futexop)$/) {
		if (n < 1)
			wrong("the set is missing")
		if (words[1] == "ioctl")
			set = "NULL"
		else
			set = set_pointer(words[1])
		if (words[1] == "ioctl")
			kind = "ioctl"
		i = 2
	} else if (kind ~ /^(struct|array|remainder)$/) {
		if (n < 1)
			wrong("the structure is missing")
		type = vary_type(words[1], variant)
		if (!(type in type_number))
			add_type(type, 0)
		type = "&type_" c_name(type)
		i = 2
	} else if (kind == "strv" && n == 1) {
		of = words[1] == "envp" ? "STRINGS" : "BYTES"
		i = 2
	}
	if (kind ~ /^(uid|gid)$/ && variant == "uid")
		type = "&type_uid16"
	if (kind == "unused" && variant == "high")
		kind = "off_high"
	for (; i <= n; i++) {
		at = index(words[i], "=")
		if (at < 2)
			wrong("not understood: " words[i])
		key = substr(words[i], 1, at - 1)
		value = substr(words[i], at + 1)
		if (key ~ /^(count|len|size|nfds|maxnode)$/) {
			parse_count(value)
			if (key == "len" && kind == "array")
				in_bytes = "true"
		} else if (key == "low" || key == "high") {
			at = index(value, ":")
			if (at < 2)
				wrong("not understood: " words[i])
			if (key == "low") {
				low_mask = substr(value, 1, at - 1)
				low = set_pointer(substr(value, at + 1))
			} else {
				high_mask = substr(value, 1, at - 1)
				high = set_pointer(substr(value, at + 1))
			}
		} else if (key == "shift") {
			shift = value
		} else if (key == "mask") {
			ignored = substr(value, 2)
		} else if (key == "rest") {
			rest = 1
		} else if (key == "byteorder") {
			big = 1
		} else if (key == "set") {
			set = set_pointer(value)
		} else if (key == "max") {
			max = index_of(value)
		} else if (key == "of") {
			of = toupper(value)
			sub(/^LINUX_DIRENT/, "DIRENTS", of)
		} else if (key == "bare") {
			bare = "true"
		} else if (key == "wide") {
			wide = "true"
		} else if (key == "type") {
			has_type = "true"
		} else if (key == "when") {
			when = condition(value)
		} else if (key == "by") {
			first = index_of(substr(value, 1, 4))
			if (value ~ /,/)
				second = index_of(substr(value, 6))
		} else if (key == "table") {
			table = value
		} else {
			wrong("not understood: " words[i])
		}
	}
	if (set != "NULL" || low != "NULL" || ignored != "0" || low_mask != "0")
		format = format_of(set, low, high, low_mask, high_mask, ignored, shift, rest, big)
	if (kind == "multi") {
		if (first == "ARGUMENT_NOT")
			wrong("a selecting argument is missing")
		if (table == 0)
			table = call
		if (variant != "" && variant != "high")
			table = table "/" variant
		if (!(table in table_number))
			table_number[table] = ++table_count
		table = table_number[table]
	}
	text = sprintf("{ARG_%s, %s, %s, %d, %s, CONTENT_%s, %s, %s, %s, %s, {%s, %s}, %d, %s, %s, %s}", toupper(kind), direction,
		Count_from, Count_value, max, of, in_bytes, has_type, wide, bare, first, second, table, format, type, when)
	if (!(text in argument_number)) {
		argument_number[text] = ++argument_count
		arguments[argument_count] = text
		argument_format[argument_count] = ignored " " low_mask " " (low == "NULL" ? "" : low) " " shift
	}
	return argument_number[text]
}

function add_argument(file) {
	if (NF != 5 || $1 !~ /^[a-z_][a-z0-9_#]*$/)
		wrong("not a line of arguments")
	if ($3 == "like") {
		like[$1] = $4
		return
	}
	if ($2 == "style") {
		style[file, $1] = toupper($3)
		return
	}
	if ($2 !~ /^[0-5]$/)
		wrong("not the index of an argument")
	A_kind[file, $1, $2] = $3
	A_detail[file, $1, $2] = $4
	if ($5 !~ /^[a-z_][a-z0-9_]*$/)
		wrong("not the name of an argument")
	A_name[file, $1, $2] = $5
	if ($2 + 1 > A_count[file, $1])
		A_count[file, $1] = $2 + 1
	known_call[$1] = 1
}

# --- calls

# The number of struct call_arguments of CALL in ABI, or 0.
function call_arguments(call, abi,    file, name, words, variant, i, text, names, n, result) {
	file = "args"
	name = call
	variant = ""
	if (abi == "i386") {
		if (call in like) {
			split(like[call], words, " ")
			name = words[1]
			if (like[call] ~ / /) {
				variant = words[2]
				sub(/=.*/, "", variant)
				if (variant !~ /^(time|uid|high)$/)
					wrong("not understood: " like[call])
			}
			if (!(("args", name) in A_count) && !(name in returns_kind))
				wrong("no call is called " name)
		} else if (("args-i386", call) in A_count) {
			file = "args-i386"
		}
	}
	text = names = ""
	n = A_count[file, name] + 0
	for (i = 0; i < 6; i++)
		text = text (i < n && ((file, name, i) in A_kind) ? argument(name, A_kind[file, name, i], A_detail[file, name, i], variant) : 0) ", "
	for (i = 0; i < n; i++)
		names = names (((file, name, i) in A_name) ? "\"" A_name[file, name, i] "\"" : "NULL") ", "
	result = 0
	if (name in returns_kind)
		result = argument(name, returns_kind[name], returns_detail[name], variant)
	if (name in returns_kind)
		used_return[name] = 1
	used_call[name] = 1
	if (n == 0 && result == 0)
		return 0
	text = sprintf("{{%s}, {%s}, %d, %d, STYLE_%s}", text, names == "" ? "NULL" : names, result, n, ((file, name) in style) ? style[file, name] : "PLAIN")
	if (!(text in call_number)) {
		call_number[text] = ++call_count
		calls[call_count] = text
	}
	return call_number[text]
}

# --- selectors of multi.tsv

# The value of selector number WHICH of a row of TABLE that is called NAME, as argument.c will see it.
function add_multi(table, variant,    name, number_of, selector, list, n, first, second, index_, result) {
	name = table (variant != "" ? "/" variant : "")
	if (!(name in table_number))
		return
	n = split($2, list, ",")
	first = value_of(list[1]) % 4294967296
	second = n > 1 ? value_of(list[2]) % 4294967296 : 0
	index_ = $3 == "ret" ? 6 : $3
	result = argument(table, $4, $5, variant)
	add_key(multi_keys, table_number[name] * 8 + index_, first, second, result)
}

BEGIN {
	FS = "\t"
	print "/* Generated by src/abi/arguments.awk from src/abi/data/; see abi/argument.h. */"
	print "#include \"config.h\"\n"
	print "#include \"abi/argument_tables.h\"\n"
}

/^#/ { next }

FILENAME ~ /syscalls-/ {
	abi = FILENAME
	sub(/.*syscalls-/, "", abi)
	sub(/\.tsv$/, "", abi)
	if (!(abi in abi_seen)) {
		abi_seen[abi] = 1
		abis[++abi_count] = abi
	}
	number_of_call[abi, ++calls_of[abi]] = $1
	name_of_call[abi, calls_of[abi]] = $2
	exists[$2] = 1
	next
}

FILENAME ~ /values\.tsv$/ {
	if (NF != 5)
		wrong("not a line of names of values")
	add_value($1, $2, $3, $4)
	next
}

FILENAME ~ /scalars\.tsv$/ {
	if (NF != 3)
		wrong("not a line of scalars")
	size = $2 ~ /64|long|\*|size_t|time_t/ ? 8 : $2 ~ /short/ ? 2 : 4
	add_type($1, size)
	has_layout[$1, 0] = 1
	type_size[$1, 0] = size
	add_field(0, $1, "", 0, size, $2, "")
	scalar_show[$1] = $3
	shown[$1] = ":" $3
	next
}

FILENAME ~ /structs\.tsv$/ {
	add_struct_line(0)
	next
}

FILENAME ~ /structs-i386\.tsv$/ {
	add_struct_line(1)
	next
}

FILENAME ~ /formats\.tsv$/ {
	if (NF != 3 || !($1 in type_number))
		wrong("not a line of formats")
	if (sub(/,entry$/, "", $2))
		shows_entry[$1] = 1
	if ($2 != "-")
		special[$1] = toupper($2)
	if ($3 != "-")
		shown[$1] = $3
	if ($3 ~ /\|/)
		cut[$1] = 1
	next
}

FILENAME ~ /args\.tsv$/ {
	add_argument("args")
	next
}

FILENAME ~ /args-i386\.tsv$/ {
	add_argument("args-i386")
	next
}

FILENAME ~ /returns\.tsv$/ {
	if (NF < 2 || NF > 3)
		wrong("not a line of results")
	returns_kind[$1] = $2
	returns_detail[$1] = $3
	next
}

FILENAME ~ /ioctls\.tsv$/ {
	if (NF != 4 || $1 !~ /^0x[0-9a-f]+$/ || $2 !~ /^[A-Z_a-z0-9]+$/ || $3 !~ /^(0x[0-9a-f]+)?$/)
		wrong("not a line of ioctls")
	if (number($1) < last_ioctl)
		wrong("ioctls must be in ascending order")
	last_ioctl = number($1)
	ioctl_lines = ioctl_lines sprintf("\t{%s, \"%s\"},\n", $1, $2)
	ioctl_total++
	if (!($2 in any_value))
		any_value[$2] = $1
	if ($3 != "")
		compat_ioctl[sprintf("%.0f", number($3))] = compat_ioctl[sprintf("%.0f", number($3))] "\t{" $3 ", \"" $2 "\"},\n"
	next
}

# All calls are known: make their arguments before the rows of multi.tsv that they refer to.
FILENAME ~ /multi\.tsv$/ && !made_calls {
	made_calls = 1
	for (a = 1; a <= abi_count; a++)
		for (c = 1; c <= calls_of[abis[a]]; c++)
			arguments_of[a, c] = abis[a] == "io_uring" ? 0 : call_arguments(name_of_call[abis[a], c], abis[a])
}

FILENAME ~ /multi\.tsv$/ {
	if (NF != 5 || $3 !~ /^(ret|[0-5])$/)
		wrong("not a line of selected arguments")
	if (!($1 in table_number))
		wrong("no argument is selected by this table")
	add_multi($1, "")
	add_multi($1, "time")
	add_multi($1, "uid")
	next
}

FILENAME ~ /descriptors\.tsv$/ {
	if (NF != 5 || !($1 in exists))
		wrong("not a line of descriptors")
	split($3, place, " ")
	row_at = row_to = "ARGUMENT_NOT"
	if ($3 ~ /^arg[0-5]$/) {
		row_place = "ARGUMENT"
		row_at = index_of($3)
	} else {
		row_place = toupper(place[1])
		if (place[2] != "")
			row_at = index_of(place[2])
		if (place[3] != "")
			row_to = index_of(place[3])
	}
	row = sprintf(".effect = DESCRIPTOR_%s, .place = PLACE_%s, .at = %s, .to = %s, .object = OBJECT_%s",
		toupper($2), row_place, row_at, row_to, $4 == "-" ? "UNKNOWN" : toupper($4))
	n = split("path dir of of2 peer local family pid clock replaces", keys, " ")
	for (i = 1; i <= n; i++)
		row_value[keys[i]] = "ARGUMENT_NOT"
	when = "{CONDITION_ALWAYS, 0, 0}"
	m = split($5, words, " ")
	for (i = 1; i <= m; i++) {
		at = index(words[i], "=")
		key = substr(words[i], 1, at - 1)
		if (key == "when")
			when = condition(substr(words[i], at + 1))
		else if (key in row_value)
			row_value[key] = index_of(substr(words[i], at + 1))
		else
			wrong("not understood: " words[i])
	}
	for (i = 1; i <= n; i++)
		row = row ", ." keys[i] " = " row_value[keys[i]]
	if (!($1 in rows_of))
		row_calls[++row_call_count] = $1
	rows_text[$1] = rows_text[$1] "\t{" row ", .when = " when "},\n"
	rows_of[$1]++
	next
}

{ wrong("not a file of data") }

function write_call_table(a,    c, abi, name) {
	abi = abis[a]
	printf "static const struct call_row %s_rows[] = {\n", abi
	for (c = 1; c <= calls_of[abi]; c++) {
		name = name_of_call[abi, c]
		if (arguments_of[a, c] || (name in rows_of))
			printf "\t[%d] = {%d, %d, %d},\n", number_of_call[abi, c], arguments_of[a, c], row_first[name], rows_of[name]
	}
	print "};\n"
}

END {
	if (failed)
		exit 1
	for (name in known_call)
		if (!(name in exists)) {
			printf "args.tsv: no ABI has the call %s\n", name >"/dev/stderr"
			exit 1
		}
	for (i = 1; i <= row_call_count; i++) {
		row_first[row_calls[i]] = row_total + 0
		row_total += rows_of[row_calls[i]]
		row_lines = row_lines rows_text[row_calls[i]]
	}
	write_types()
	for (key in missing_field) {
		split(key, part, SUBSEP)
		if (!(key in used_field)) {
			printf "formats.tsv: %s has no field %s\n", part[1], part[2] >"/dev/stderr"
			exit 1
		}
	}
	for (s = 1; s <= set_count; s++) {
		set = set_names[s]
		printf "static const struct value_name names_%s[] = {\n", c_name(set)
		for (i = 1; i <= value_count[set]; i++)
			printf "\t{(uint64_t)INT64_C(%s), \"%s\"},\n", set_value[set, i], set_value_name[set, i]
		print "};"
		printf "extern const struct value_set values_%s;\nconst struct value_set values_%s = {\"%s\", names_%s, %d, %d, %s};\n", c_name(set), c_name(set), set, c_name(set),
			value_count[set], s, set_mask[set] ? "true" : "false"
	}
	print "\nconst struct value_set *const value_sets[] = {"
	for (s = 1; s <= set_count; s++)
		printf "\t&values_%s,\n", c_name(set_names[s])
	printf "};\nconst size_t value_set_count = %d;\n\n", set_count
	printf "static const struct value_format value_formats[%d] = {\n", format_count
	for (i = 1; i <= format_count; i++)
		printf "\t%s,\n", formats[i]
	print "};\n"
	printf "%s", Field_text
	printf "%s", Type_text
	print "\nconst struct argument arguments[] = {"
	print "\t{.kind = ARG_NONE, .max = ARGUMENT_NOT, .when = {CONDITION_ALWAYS, 0, 0}},"
	for (i = 1; i <= argument_count; i++)
		printf "\t%s,\n", arguments[i]
	print "};\n\nconst struct call_arguments call_arguments[] = {\n\t{{0}, {NULL}, 0, 0, STYLE_PLAIN},"
	for (i = 1; i <= call_count; i++)
		printf "\t%s,\n", calls[i]
	print "};\n"
	for (a = 1; a <= abi_count; a++)
		write_call_table(a)
	print "const struct call_rows call_rows[ABI_COUNT] = {"
	for (a = 1; a <= abi_count; a++)
		printf "\t[ABI_%s] = {%s_rows, sizeof(%s_rows) / sizeof(*%s_rows)},\n", toupper(abis[a]), abis[a], abis[a], abis[a]
	print "};\n"
	write_hash("value_keys", value_keys)
	write_hash("multi_keys", multi_keys)
	print "const struct key_table value_table = {value_keys, sizeof(value_keys) / sizeof(*value_keys)};"
	print "const struct key_table multi_table = {multi_keys, sizeof(multi_keys) / sizeof(*multi_keys)};\n"
	printf "static const struct ioctl_name ioctls[] = {\n%s};\n", ioctl_lines
	n = 0
	for (value in compat_ioctl)
		compat_values[++n] = value + 0
	for (i = 2; i <= n; i++) {
		value = compat_values[i]
		for (j = i - 1; j > 0 && compat_values[j] > value; j--)
			compat_values[j + 1] = compat_values[j]
		compat_values[j + 1] = value
	}
	print "static const struct ioctl_name compat_ioctls[] = {"
	for (i = 1; i <= n; i++)
		printf "%s", compat_ioctl[sprintf("%.0f", compat_values[i])]
	print "};"
	print "const struct ioctl_table ioctl_tables[2] = {"
	print "\t{ioctls, sizeof(ioctls) / sizeof(*ioctls)},"
	print "\t{compat_ioctls, sizeof(compat_ioctls) / sizeof(*compat_ioctls)},\n};\n"
	printf "const struct descriptor_row descriptor_table[] = {\n%s};\n", row_lines
}
