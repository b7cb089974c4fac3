/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text.  strsep(), strnlen() and the like are the C library's.
 */
#ifndef _NATIVE_STRING_H
#define _NATIVE_STRING_H

int kstrtoull(const char *s, unsigned int base, unsigned long long *to);
int kstrtoll(const char *s, unsigned int base, long long *to);
int kstrtouint(const char *s, unsigned int base, unsigned int *to);
int kstrtoint(const char *s, unsigned int base, int *to);
int kstrtobool(const char *s, bool *to);
#define kstrtou64(s, base, to)	kstrtoull(s, base, to)
#define kstrtou32(s, base, to)	kstrtouint(s, base, to)

int match_string(const char * const *words, size_t nr, const char *s);
int __sysfs_match_string(const char * const *words, size_t nr, const char *s);
#define sysfs_match_string(words, s)	\
	__sysfs_match_string(words, ARRAY_SIZE(words), s)
#define unsafe_memcpy(to, from, bytes, why)	memcpy(to, from, bytes)
bool sysfs_streq(const char *a, const char *b);
ssize_t native_strscpy(char *to, const char *from, size_t bytes);
#define __native_strscpy2(to, from)	native_strscpy(to, from, sizeof(to))
#define __native_strscpy3(to, from, n)	native_strscpy(to, from, n)
#define __native_strscpy(a, b, c, name, ...)	name
#define strscpy(...)	__native_strscpy(__VA_ARGS__, __native_strscpy3,	\
					 __native_strscpy2)(__VA_ARGS__)
char *skip_spaces(const char *s);
char *strim(char *s);
char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t most, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t length, gfp_t gfp);
#define kmemdup(p, bytes, gfp)	memcpy(kmalloc(bytes, gfp), p, bytes)

static inline size_t str_has_prefix(const char *s, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(s, prefix, length) ? 0 : length;
}

#endif /* _NATIVE_STRING_H */
