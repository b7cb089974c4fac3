// SPDX-License-Identifier: GPL-2.0
/*
 * show: all that sysfs says of one pool.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define NAME_WIDTH	21

static bool is_bytes(const char *name)
{
	size_t len = strlen(name);

	return len > 6 && !strcmp(name + len - 6, "_bytes");
}

static void show_item(const struct item *item)
{
	uint64_t bytes;

	printf("  %-*s %s", NAME_WIDTH, item->name,
	       *item->value ? item->value : "-");
	if (is_bytes(item->name) && number_is_plain(item->value, &bytes) &&
	    bytes >= 1024) {
		char *size = size_text(bytes);

		printf("  (%s)", size);
		free(size);
	}
	putchar('\n');
}

void show_print(const struct pool *pool, bool heading)
{
	static const char * const titles[NR_KINDS] = {
		[SETTING] = "settings", [FACT] = "facts", [STAT] = "statistics",
	};
	unsigned int kind = NR_KINDS;
	size_t i;

	if (heading)
		printf("pool %s\n", pool->name);
	for (i = 0; i < pool->nr; i++) {
		if (pool->item[i].kind != kind) {
			kind = pool->item[i].kind;
			printf("%s%s\n", heading || i ? "\n" : "",
			       titles[kind]);
		}
		show_item(&pool->item[i]);
	}
}

enum status cmd_show(struct args *args)
{
	struct pool pool;

	if (args->nr != 1)
		misuse(args->nr ? "show: more than one pool is given" :
		       "show: no pool is given");
	need_pool(args->word[0]);
	if (!pool_read(&pool, args->word[0]))
		die(NO_POOL, "pool '%s' has gone", args->word[0]);
	if (args->json)
		json_print(json_pool(&pool), false);
	else
		show_print(&pool, true);
	pool_free(&pool);
	return DONE;
}
