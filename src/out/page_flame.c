/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph; see out/page_flame.h. */
#include "config.h"

#include "out/page_flame.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/units.h"
#include "out/frames.h"

#define NODES_MAX  4000
#define DEPTH_MAX  64
#define WIDTH      1200
#define HEIGHT     16
#define NARROW     2   /* narrower ones are not drawn */
#define LETTER     6.5 /* width of a letter, about */
#define NAME_BYTES 200

/* A function below the same callers. */
struct node {
	char name[NAME_BYTES]; /* escaped */
	uint64_t ns;
	size_t first, next; /* child, sibling: numbers in the tree; 0: none */
};

struct tree {
	struct node *node; /* owned; the first is the root */
	size_t count;
	int depth;
	uint64_t cut_ns; /* of stacks for whose callees there was no room */
};

/* The child of PARENT called NAME, added if there is room; 0: there is none. */
static size_t child_of(struct tree *tree, size_t parent, const char *name)
{
	for (size_t at = tree->node[parent].first; at; at = tree->node[at].next) {
		if (strncmp(tree->node[at].name, name, NAME_BYTES - 1) == 0)
			return at;
	}
	if (tree->count == NODES_MAX)
		return 0;
	struct node *node = &tree->node[tree->count];
	snprintf(node->name, sizeof(node->name), "%s", name);
	node->next = tree->node[parent].first;
	tree->node[parent].first = tree->count;
	return tree->count++;
}

static void add_stack(struct tree *tree, const struct stack_row *row)
{
	const struct stack *stack = row->stack;
	char text[FRAME_TEXT_MAX];
	size_t at = 0;
	int depth = 1;
	tree->node[0].ns += row->total_ns;
	for (size_t i = stack->count; i-- > 0;) {
		for (size_t n = frame_functions(stack->frame[i]); n-- > 0;) {
			if (depth < DEPTH_MAX)
				at = child_of(tree, at, frame_function(stack->frame[i], n, text));
			if (!at || depth == DEPTH_MAX) {
				tree->cut_ns += row->total_ns;
				return;
			}
			tree->node[at].ns += row->total_ns;
			depth++;
			tree->depth = depth > tree->depth ? depth : tree->depth;
		}
	}
	at = child_of(tree, at, text_escape(row->name, sizeof(row->name), text, sizeof(text)));
	if (at)
		tree->node[at].ns += row->total_ns;
	else
		tree->cut_ns += row->total_ns;
}

struct drawing {
	FILE *stream;
	const struct tree *tree;
	size_t size, limit;
	uint64_t hidden_ns; /* of parts that are not drawn */
};

static void put_text(struct drawing *drawing, const char *text, size_t most)
{
	for (size_t i = 0; i < most && text[i]; i++) {
		const char *name = text[i] == '&'    ? "&amp;"
		                   : text[i] == '<'  ? "&lt;"
		                   : text[i] == '>'  ? "&gt;"
		                   : text[i] == '"'  ? "&quot;"
		                   : text[i] == '\'' ? "&#39;"
		                                     : NULL;
		if (name)
			fputs(name, drawing->stream);
		else
			fputc(text[i], drawing->stream);
		drawing->size++;
	}
}

/* Bytes of TEXT that fit into WIDTH, at the end of a character. */
static size_t fitting(const char *text, double width)
{
	size_t most = (size_t)(width / LETTER), size = strlen(text);
	if (size <= most)
		return size;
	while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void draw(struct drawing *drawing, size_t at, double x, double width, int depth)
{
	const struct node *node = &drawing->tree->node[at];
	char time[UNITS_MAX];
	double left = x;
	if (width < NARROW || drawing->size > drawing->limit) {
		drawing->hidden_ns += node->ns;
		return;
	}
	if (at) {
		int size = fprintf(drawing->stream, "<g><title>%s: ", units_time(node->ns, time));
		put_text(drawing, node->name, NAME_BYTES);
		size += fprintf(drawing->stream,
			"</title><rect class=\"f%zu\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
			"height=\"%d\"/>",
			at % 4, x, (depth - 1) * (HEIGHT + 1), width - 0.5, HEIGHT);
		if (width > 4 * LETTER) {
			size += fprintf(drawing->stream, "<text x=\"%.1f\" y=\"%d\">", x + 2,
				depth * (HEIGHT + 1) - 5);
			put_text(drawing, node->name, fitting(node->name, width - 4));
			size += fprintf(drawing->stream, "</text>");
		}
		size += fprintf(drawing->stream, "</g>\n");
		drawing->size += size > 0 ? (size_t)size : 0;
	}
	for (size_t child = node->first; child; child = drawing->tree->node[child].next) {
		double part = width * (double)drawing->tree->node[child].ns / (double)node->ns;
		draw(drawing, child, left, part, depth + 1);
		left += part;
	}
}

/* Says what the drawing lacks. */
static void put_rest(struct drawing *drawing)
{
	uint64_t all_ns = drawing->tree->node[0].ns;
	uint64_t rest_ns = drawing->hidden_ns + drawing->tree->cut_ns;
	char time[UNITS_MAX];
	if (!rest_ns || !all_ns)
		return;
	int size = fprintf(drawing->stream,
		"<p class=\"dim\">Not drawn: parts of %s, %.1f %% of the time, which are too narrow or "
		"have more than %d callers.</p>",
		units_time(rest_ns, time), 100.0 * (double)rest_ns / (double)all_ns, DEPTH_MAX - 1);
	drawing->size += size > 0 ? (size_t)size : 0;
}

size_t page_flame_write(FILE *stream, const struct report *report, size_t limit)
{
	struct tree tree = {.node = xcalloc(NODES_MAX, sizeof(*tree.node)), .count = 1};
	for (size_t i = 0; i < report->stack_count; i++) {
		if (report->stacks[i].stack->count)
			add_stack(&tree, &report->stacks[i]);
	}
	struct drawing drawing = {.stream = stream, .tree = &tree, .limit = limit};
	fprintf(stream,
		"<svg class=\"flame\" role=\"img\" aria-label=\"flame graph\" width=\"%d\" "
		"height=\"%d\">\n",
		WIDTH, (tree.depth + 1) * (HEIGHT + 1));
	if (tree.node[0].ns)
		draw(&drawing, 0, 0, WIDTH, 0);
	fputs("</svg>", stream);
	put_rest(&drawing);
	free(tree.node);
	return drawing.size;
}
