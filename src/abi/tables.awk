# Makes the C tables of system calls from data/syscalls-ABI.tsv, one file an ABI.
#
# A line of data: number, name, number of arguments, classes (with commas between), note ("-" for
# none, "never-fails" where every result is a success); TABs between; "#" begins a comment.
# A line that is anything else ends the build here, not in a table that is quietly wrong.

function wrong(what) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, what, $0 >"/dev/stderr"
	failed = 1
	exit 1
}

# "desc,%stat" becomes the bits of CLASS_DESC and CLASS_ANY_STAT. A class that enum call_class has
# not got is for the C compiler to refuse.
function class_bits(classes,    list, n, i, bits) {
	if (classes == "-")
		return "0"
	n = split(classes, list, ",")
	for (i = 1; i <= n; i++) {
		sub(/^%/, "ANY_", list[i])
		bits = bits (i > 1 ? " | " : "") "1U << CLASS_" toupper(list[i])
	}
	return bits
}

function end_table() {
	if (abi != "")
		print "};\n"
}

function begin_table() {
	end_table()
	abi = FILENAME
	sub(/.*syscalls-/, "", abi)
	sub(/\.tsv$/, "", abi)
	abis[++abi_count] = abi
	previous = -1
	printf "static const struct syscall_desc %s_calls[] = {\n", abi
}

BEGIN {
	FS = "\t"
	print "/* Made by src/abi/tables.awk from src/abi/data/; see abi/tables.h. */"
	print "#include \"config.h\"\n"
	print "#include \"abi/tables.h\"\n"
}

FNR == 1 { begin_table() }

/^#/ { next }

NF != 5 || $1 !~ /^[0-9]+$/ || $2 !~ /^[a-z_][a-z0-9_#]*$/ || $3 !~ /^[0-6]$/ ||
$4 !~ /^(-|[a-z%,]+)$/ || $5 !~ /^(-|never-fails)$/ { wrong("not a line of a call table") }

$1 + 0 <= previous { wrong("numbers must grow from line to line") }

{
	previous = $1 + 0
	printf "\t[%d] = {\"%s\", %s, %d, %s},\n",
		$1, $2, class_bits($4), $3, ($5 == "never-fails") ? "true" : "false"
}

END {
	if (failed)
		exit 1
	end_table()
	print "const struct syscall_table syscall_tables[ABI_COUNT] = {"
	for (i = 1; i <= abi_count; i++)
		printf "\t[ABI_%s] = {%s_calls, sizeof(%s_calls) / sizeof(*%s_calls)},\n",
			toupper(abis[i]), abis[i], abis[i], abis[i]
	print "};"
}
