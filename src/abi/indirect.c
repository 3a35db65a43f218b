/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that make another call; see abi/indirect.h. */
#include "config.h"

#include "abi/indirect.h"

#include "abi/argument.h"

/* What socketcall makes, by its first argument: see linux/net.h. */
static const struct socket_call {
	const char *name;
	uint16_t nr; /* in the same ABI: it has most of them as calls of their own, too */
	uint8_t words;
} socket_calls[] = {
	[1] = {"socket", 359, 3},
	[2] = {"bind", 361, 3},
	[3] = {"connect", 362, 3},
	[4] = {"listen", 363, 2},
	[5] = {"accept", 364, 3}, /* accept4 */
	[6] = {"getsockname", 367, 3},
	[7] = {"getpeername", 368, 3},
	[8] = {"socketpair", 360, 4},
	[9] = {"send", 369, 4},  /* sendto */
	[10] = {"recv", 371, 4}, /* recvfrom */
	[11] = {"sendto", 369, 6},
	[12] = {"recvfrom", 371, 6},
	[13] = {"shutdown", 373, 2},
	[14] = {"setsockopt", 366, 5},
	[15] = {"getsockopt", 365, 5},
	[16] = {"sendmsg", 370, 3},
	[17] = {"recvmsg", 372, 3},
	[18] = {"accept4", 364, 4},
	[19] = {"recvmmsg", 337, 5},
	[20] = {"sendmmsg", 345, 4},
};

static const struct socket_call *find(struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	uint32_t number = (uint32_t)args[0];
	if (argument_style(call) != STYLE_SOCKETCALL ||
		number >= sizeof(socket_calls) / sizeof(*socket_calls) ||
		!socket_calls[number].name)
		return NULL;
	return &socket_calls[number];
}

size_t indirect_words(struct call call, const uint64_t args[CALL_MAX_ARGS], uint64_t *address)
{
	const struct socket_call *made = find(call, args);
	if (!made)
		return 0;
	*address = (uint32_t)args[1];
	return made->words;
}

void indirect_resolve(struct call call, const uint64_t args[CALL_MAX_ARGS], const uint32_t words[],
	struct indirect *indirect)
{
	const struct socket_call *made = find(call, args);
	*indirect = (struct indirect){
		.name = made->name,
		.call = {made->nr, call.abi},
		.count = made->words,
	};
	for (size_t i = 0; i < made->words; i++)
		indirect->args[i] = words[i];
}
