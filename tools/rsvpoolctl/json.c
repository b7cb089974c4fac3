// SPDX-License-Identifier: GPL-2.0
/*
 * JSON, by json-c: a number of the kernel's is a number, all else a string.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"

struct json_object *json_value(const char *text)
{
	if (!number_is_json(text))
		return json_object_new_string(text);
	return *text == '-' ? json_object_new_int64(strtoll(text, NULL, 10)) :
		json_object_new_uint64(strtoull(text, NULL, 10));
}

/* As @format, "%.1f" say, prints it. */
struct json_object *json_real(double value, const char *format)
{
	char text[64];

	snprintf(text, sizeof(text), format, value);
	return json_object_new_double_s(value, text);
}

struct json_object *json_pool(const struct pool *pool)
{
	static const char * const names[NR_KINDS] = {
		[SETTING] = "settings", [FACT] = "facts", [STAT] = "stats",
	};
	struct json_object *whole = json_object_new_object();
	struct json_object *part[NR_KINDS];
	unsigned int kind;
	size_t i;

	json_object_object_add(whole, "name", json_object_new_string(pool->name));
	for (kind = 0; kind < NR_KINDS; kind++) {
		part[kind] = json_object_new_object();
		json_object_object_add(whole, names[kind], part[kind]);
	}
	for (i = 0; i < pool->nr; i++)
		json_object_object_add(part[pool->item[i].kind],
				       pool->item[i].name,
				       json_value(pool->item[i].value));
	return whole;
}

/* And frees it. */
void json_print(struct json_object *value, bool on_one_line)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
		(on_one_line ? JSON_C_TO_STRING_SPACED :
		 JSON_C_TO_STRING_PRETTY);

	puts(json_object_to_json_string_ext(value, flags));
	json_object_put(value);
}
