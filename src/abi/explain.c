/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks up explanations; see abi/explain.h. */
#include "config.h"

#include "abi/explain.h"

#include <stdlib.h>
#include <string.h>

#include "abi/explain_tables.h"
#include "abi/syscall.h"

static int by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct explanation *)row)->call);
}

const struct explanation *explain_call(const char *name)
{
	char bare[CALL_NAME_MAX];
	size_t size = strcspn(name, "@");
	if (size >= sizeof(bare))
		return NULL;
	memcpy(bare, name, size);
	bare[size] = '\0';
	return bsearch(bare, explanations, explanation_count, sizeof(*explanations), by_name);
}

const struct explanation *explain_nth(size_t at)
{
	return at < explanation_count ? &explanations[at] : NULL;
}

const struct error_explanation *explain_error(const struct explanation *explanation, int err)
{
	for (size_t i = 0; explanation && i < explanation->error_count; i++) {
		if (explanation->errors[i].err == err)
			return &explanation->errors[i];
	}
	return NULL;
}

const struct errno_explanation *explain_errno(int err)
{
	for (size_t i = 0; i < errno_explanation_count; i++) {
		if (errno_explanations[i].err == err)
			return &errno_explanations[i];
	}
	return NULL;
}

const struct errno_explanation *explain_nth_errno(size_t at)
{
	return at < errno_explanation_count ? &errno_explanations[at] : NULL;
}
