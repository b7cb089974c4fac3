// SPDX-License-Identifier: GPL-2.0
/*
 * A scenario's parameters.
 *
 * Answers for: parsing "key=value key=value" into struct stress_params by a
 * scenario's table; one pr_warn line for each refusal; printing the table.  No
 * locks, task context only.
 */
#include "stress.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/string.h>

static unsigned int *param_numbers(const struct stress_param *param,
				   struct stress_params *params)
{
	return (void *)params + param->offset;
}

static const struct stress_param *
table_end(const struct stress_param *param)
{
	while (param->name)
		param++;
	return param;
}

/* The next parameter of the scenario's two tables; NULL at the end. */
static const struct stress_param *
param_next(const struct stress_scenario *scenario,
	   const struct stress_param *param)
{
	if (!param)
		param = scenario->params;
	else
		param++;
	if (param->name)
		return param;
	/* Behind the first table comes the second, if there is one. */
	return scenario->more && param == table_end(scenario->params) ?
	       scenario->more : NULL;
}

static void param_default(const struct stress_param *param,
			  struct stress_params *params)
{
	unsigned int *numbers = param_numbers(param, params);

	if (param->type == STRESS_NAME)
		return;
	numbers[0] = param->def;
	if (param->type == STRESS_RANGE)
		numbers[1] = param->def_to;
}

static int parse_name(const struct stress_param *param, char *value, void *out)
{
	return strscpy(out, value, RSVPOOL_NAME_MAX + 1) > 0 ? 0 : -EINVAL;
}

/* Same grammar as rsvpool's own numbers: decimal, 0x..., 0... for octal. */
static int parse_number(const struct stress_param *param, const char *value,
			unsigned int *out)
{
	int err = kstrtouint(value, 0, out);

	if (err)
		return err;
	return *out < param->min || *out > param->max ? -ERANGE : 0;
}

static int parse_range(const struct stress_param *param, char *value,
		       unsigned int *out)
{
	char *to = strstr(value, "..");
	int err;

	if (to) {
		*to = '\0';
		to += 2;
	} else {
		to = value;
	}
	err = parse_number(param, value, &out[0]) ?:
	      parse_number(param, to, &out[1]);
	if (err)
		return err;
	return out[0] <= out[1] ? 0 : -EINVAL;
}

static int parse_choice(const struct stress_param *param, const char *value,
			unsigned int *out)
{
	unsigned int i;

	for (i = 0; param->choices[i]; i++) {
		if (!strcmp(value, param->choices[i])) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_set(const struct stress_param *param, char *value,
		     unsigned int *out)
{
	unsigned int place;
	char *word;

	*out = 0;
	if (!strcmp(value, "none"))
		return 0;
	while ((word = strsep(&value, ","))) {
		if (parse_choice(param, word, &place))
			return -EINVAL;
		*out |= BIT(place);
	}
	return 0;
}

static int param_parse(const struct stress_param *param, char *value,
		       struct stress_params *params)
{
	void *out = param_numbers(param, params);

	switch (param->type) {
	case STRESS_NAME:
		return parse_name(param, value, out);
	case STRESS_NUMBER:
		return parse_number(param, value, out);
	case STRESS_RANGE:
		return parse_range(param, value, out);
	case STRESS_CHOICE:
		return parse_choice(param, value, out);
	case STRESS_SET:
		return parse_set(param, value, out);
	}
	return -EINVAL;
}

/* Find a parameter and its number by name; NULL if there is none. */
static const struct stress_param *
param_find(const struct stress_scenario *scenario, const char *name,
	   unsigned int *nr)
{
	const struct stress_param *param;

	for (*nr = 0, param = param_next(scenario, NULL); param;
	     (*nr)++, param = param_next(scenario, param)) {
		if (!strcmp(param->name, name))
			return param;
	}
	return NULL;
}

/**
 * stress_params_parse - read a scenario's parameters
 * @scenario: the scenario
 * @line: "key=value key=value ..."; is written to
 * @params: where they go, defaults included
 *
 * Context: Task.
 * Return: 0; -EINVAL or -ERANGE, with one line in the log that says why.
 */
int stress_params_parse(const struct stress_scenario *scenario, char *line,
			struct stress_params *params)
{
	const struct stress_param *param;
	unsigned long seen = 0;
	const char *reason;
	char *word, *value;
	unsigned int nr;
	int err;

	memset(params, 0, sizeof(*params));
	for (param = param_next(scenario, NULL); param;
	     param = param_next(scenario, param))
		param_default(param, params);

	while ((word = strsep(&line, STRESS_SPACE))) {
		if (!*word)
			continue;
		err = -EINVAL;
		value = strchr(word, '=');
		reason = "has no value";
		if (!value)
			goto refuse;
		*value++ = '\0';
		param = param_find(scenario, word, &nr);
		reason = "no such parameter";
		if (!param)
			goto refuse;
		reason = "given twice";
		if (__test_and_set_bit(nr, &seen))
			goto refuse;
		err = param_parse(param, value, params);
		reason = err == -ERANGE ? "out of range" : "not a valid value";
		if (err)
			goto refuse;
	}
	return scenario->check ? scenario->check(params) : 0;

refuse:
	pr_warn("%s: %s: %s\n", scenario->name, word, reason);
	return err;
}

static void show_set(struct seq_file *m, const struct stress_param *param,
		     unsigned long set)
{
	const char *comma = "";
	unsigned int i;

	if (!set)
		seq_puts(m, "none");

	for (i = 0; param->choices[i]; i++) {
		if (test_bit(i, &set)) {
			seq_printf(m, "%s%s", comma, param->choices[i]);
			comma = ",";
		}
	}
}

static void show_default(struct seq_file *m, const struct stress_param *param)
{
	switch (param->type) {
	case STRESS_NAME:
		seq_puts(m, "NAME");
		break;
	case STRESS_NUMBER:
		seq_printf(m, "%u", param->def);
		break;
	case STRESS_RANGE:
		seq_printf(m, "%u..%u", param->def, param->def_to);
		break;
	case STRESS_CHOICE:
		seq_puts(m, param->choices[param->def]);
		break;
	case STRESS_SET:
		show_set(m, param, param->def);
		break;
	}
}

static void show_values(struct seq_file *m, const struct stress_param *param)
{
	switch (param->type) {
	case STRESS_NAME:
		break;
	case STRESS_NUMBER:
	case STRESS_RANGE:
		seq_printf(m, " (%u to %u)", param->min, param->max);
		break;
	case STRESS_CHOICE:
	case STRESS_SET:
		seq_puts(m, param->type == STRESS_SET ? " (any of " : " (");
		show_set(m, param, ~0UL);
		seq_putc(m, ')');
		break;
	}
}

/* One line that can be written to "run", then one line for each parameter. */
void stress_params_show(struct seq_file *m,
			const struct stress_scenario *scenario)
{
	const struct stress_param *param;

	seq_puts(m, scenario->name);
	for (param = param_next(scenario, NULL); param;
	     param = param_next(scenario, param)) {
		seq_printf(m, " %s=", param->name);
		show_default(m, param);
	}
	seq_printf(m, "\n\t# %s\n", scenario->help);
	for (param = param_next(scenario, NULL); param;
	     param = param_next(scenario, param)) {
		seq_printf(m, "\t# %s: %s", param->name, param->help);
		show_values(m, param);
		seq_putc(m, '\n');
	}
}
