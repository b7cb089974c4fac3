// SPDX-License-Identifier: GPL-2.0
/*
 * The part of the pretended machine that is not inline: see native.h.
 */
#include <sys/mman.h>
#ifdef NATIVE_GS
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define NATIVE_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NATIVE_ASAN	1
#endif
#endif

#ifdef NATIVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, bytes)	((void)(p), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(p, bytes)	((void)(p), (void)(bytes))
#endif

unsigned long native_lines;
void (*native_line_hook)(void);
unsigned long native_notes;
char native_line[512];
static struct kobject kernel_kobject;
struct kobject *kernel_kobj = &kernel_kobject;

void native_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

/*
 * Text
 */

/* "%*pE" and "%*pb": what is printed for the kernel's own conversions. */
static int put_escaped(char *to, size_t room, const char *s, int length)
{
	int n = 0, i;

	for (i = 0; i < length; i++)
		n += snprintf(to + min((size_t)n, room),
			      room - min((size_t)n, room),
			      isprint((unsigned char)s[i]) ? "%c" : "\\x%02x",
			      (unsigned char)s[i]);
	return n;
}

/* One conversion at a time, each with the C library's own, but for %p's. */
int native_format(char *to, size_t bytes, const char *format, va_list args)
{
	char one[32];
	size_t n = 0, length;
	int width, longs;

	while (*format) {
		char *at = to + min(n, bytes);
		size_t room = bytes - min(n, bytes);

		if (*format != '%') {
			n += snprintf(at, room, "%c", *format++);
			continue;
		}
		length = 1 + strspn(format + 1, "-+ #0123456789.*lhz");
		BUG_ON(length + 2 > sizeof(one));
		memcpy(one, format, length + 1);
		one[length + 1] = 0;
		width = strchr(one, '*') ? va_arg(args, int) : 0;
		longs = strchr(one, 'z') ? 1 : strstr(one, "ll") ? 2 :
			strchr(one, 'l') ? 1 : 0;
		format += length + 1;
		switch (one[length]) {
		case '%':
			n += snprintf(at, room, "%%");
			break;
		case 's':
			n += snprintf(at, room, one, va_arg(args, char *));
			break;
		case 'p':
			if (*format == 'E')
				n += put_escaped(at, room,
						 va_arg(args, char *), width);
			else if (*format == 'b')
				n += snprintf(at, room, "%#lx",
					      *va_arg(args, unsigned long *));
			else
				n += snprintf(at, room, "%p",
					      va_arg(args, void *));
			format += strspn(format, "Ebl");
			break;
		default:
			n += longs == 2 ?
				snprintf(at, room, one,
					 va_arg(args, long long)) :
				longs == 1 ?
				snprintf(at, room, one, va_arg(args, long)) :
				snprintf(at, room, one, va_arg(args, int));
		}
	}
	if (bytes)
		to[min(n, bytes - 1)] = 0;
	return n;
}

void native_printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	native_format(native_line, sizeof(native_line), format, args);
	va_end(args);
	native_lines++;
	if (native_line_hook)
		native_line_hook();
}

/* What fits, without the end. */
int scnprintf(char *to, size_t bytes, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = native_format(to, bytes, format, args);
	va_end(args);
	return bytes ? min(n, bytes - 1) : 0;
}

int sysfs_emit_at(char *buf, int at, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = native_format(buf + at, PAGE_SIZE - at, format, args);
	va_end(args);
	return n;
}

int sysfs_emit(char *buf, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = native_format(buf, PAGE_SIZE, format, args);
	va_end(args);
	return n;
}

void seq_printf(struct seq_file *m, const char *format, ...)
{
	size_t room = sizeof(m->buf) - m->count;
	va_list args;
	size_t n;

	va_start(args, format);
	n = native_format(m->buf + m->count, room, format, args);
	va_end(args);
	BUG_ON(n >= room);
	m->count += n;
}

static unsigned int digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return UINT_MAX;
}

/* Base 0: "0x" before a digit is 16, "0" is 8.  A newline may follow. */
int kstrtoull(const char *s, unsigned int base, unsigned long long *to)
{
	unsigned long long value = 0;
	const char *begin;

	if (*s == '+')
		s++;
	if (!base) {
		base = 10;
		if (s[0] == '0')
			base = tolower((unsigned char)s[1]) == 'x' &&
				isxdigit((unsigned char)s[2]) ? 16 : 8;
	}
	if (base == 16 && s[0] == '0' && tolower((unsigned char)s[1]) == 'x')
		s += 2;
	for (begin = s; digit(*s) < base; s++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit(*s), &value))
			return -ERANGE;
	if (s == begin)
		return -EINVAL;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*to = value;
	return 0;
}

int kstrtoll(const char *s, unsigned int base, long long *to)
{
	unsigned long long value;
	bool negative = *s == '-';
	int err = kstrtoull(s + negative, base, &value);

	if (err)
		return err;
	if (negative && s[1] == '+')
		return -EINVAL;
	if (value > (unsigned long long)LLONG_MAX + negative)
		return -ERANGE;
	*to = negative ? -value : value;
	return 0;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *to)
{
	unsigned long long value;
	int err = kstrtoull(s, base, &value);

	if (err)
		return err;
	if (value > UINT_MAX)
		return -ERANGE;
	*to = value;
	return 0;
}

int kstrtoint(const char *s, unsigned int base, int *to)
{
	long long value;
	int err = kstrtoll(s, base, &value);

	if (err)
		return err;
	if (value > INT_MAX || value < INT_MIN)
		return -ERANGE;
	*to = value;
	return 0;
}

int kstrtobool(const char *s, bool *to)
{
	if (!strchr("01nyNY", *s) || !*s)
		return -EINVAL;
	*to = strchr("1yY", *s);
	return 0;
}

int match_string(const char * const *words, size_t nr, const char *s)
{
	size_t i;

	for (i = 0; i < nr && words[i]; i++)
		if (!strcmp(words[i], s))
			return i;
	return -EINVAL;
}

/* One newline at the end is nothing. */
bool sysfs_streq(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '\n';
	m -= m && b[m - 1] == '\n';
	return n == m && !memcmp(a, b, n);
}

int __sysfs_match_string(const char * const *words, size_t nr, const char *s)
{
	size_t i;

	for (i = 0; i < nr && words[i]; i++)
		if (sysfs_streq(words[i], s))
			return i;
	return -EINVAL;
}

ssize_t native_strscpy(char *to, const char *from, size_t bytes)
{
	size_t length = strnlen(from, bytes);

	BUG_ON(!bytes);
	if (length < bytes) {
		memcpy(to, from, length + 1);
		return length;
	}
	memcpy(to, from, bytes - 1);
	to[bytes - 1] = 0;
	return -E2BIG;
}

char *skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t length = strlen(s);

	while (length && isspace((unsigned char)s[length - 1]))
		s[--length] = 0;
	return skip_spaces(s);
}

char *kmemdup_nul(const char *s, size_t length, gfp_t gfp)
{
	char *copy = kmalloc(length + 1, gfp);

	if (copy) {
		memcpy(copy, s, length);
		copy[length] = 0;
	}
	return copy;
}

char *kstrndup(const char *s, size_t most, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, most), gfp) : NULL;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

/*
 * Memory
 */

/* What memory that was not cleared begins with. */
#define NATIVE_GARBAGE		0xa5
#define NATIVE_GARBAGE_BYTES	((size_t)64)

unsigned int native_wakes;
size_t native_memory = SIZE_MAX;
unsigned long native_allocations = ULONG_MAX;

void *native_alloc(size_t bytes, gfp_t gfp)
{
	void *p;

	might_alloc(gfp);
	if (bytes > native_memory || !READ_ONCE(native_allocations))
		return NULL;
	__atomic_sub_fetch(&native_allocations, 1, __ATOMIC_RELAXED);
	if (gfp & __GFP_ZERO)
		return calloc(1, bytes ?: 1);
	p = malloc(bytes ?: 1);
	if (p)
		memset(p, NATIVE_GARBAGE, min(bytes, NATIVE_GARBAGE_BYTES));
	return p;
}

unsigned int native_bulk = UINT_MAX, native_bulk_calls;

unsigned int native_alloc_bulk(gfp_t gfp, unsigned int nr, void **to,
			       size_t bytes, bool all)
{
	unsigned int got = 0, i;

	native_bulk_calls++;
	if (all && nr > native_bulk)
		return 0;
	for (i = 0; i < nr && got < native_bulk; i++) {
		BUG_ON(!all && to[i]);
		to[i] = native_alloc(bytes, gfp);
		if (!to[i])
			break;
		got++;
	}
	if (all && got < nr) {
		while (got)
			native_free(to[--got]);
	}
	return got;
}

void native_free(const void *p)
{
	free((void *)p);
}

/*
 * Per-CPU data: each CPU's area is a piece of one mapping.  What is handed out is
 * noted, with a gap behind it that a sanitizer is told of.
 */
#define PERCPU_ALIGN	64UL
#define PERCPU_PIECES	256

char *native_area[NATIVE_CPUS];
static struct percpu_piece {
	size_t from, bytes;
} piece[PERCPU_PIECES];
static unsigned int pieces;

static void percpu_mark(size_t from, size_t bytes, bool usable)
{
	int cpu;

	for (cpu = 0; cpu < NATIVE_CPUS; cpu++) {
		if (usable) {
			ASAN_UNPOISON_MEMORY_REGION(native_area[cpu] + from,
						    bytes);
			memset(native_area[cpu] + from, 0, bytes);
		} else {
			ASAN_POISON_MEMORY_REGION(native_area[cpu] + from,
						  bytes);
		}
	}
}

static void percpu_map(void)
{
	char *all = mmap(NULL, NATIVE_CPUS * NATIVE_PERCPU_BYTES,
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	int cpu;

	BUG_ON(all == MAP_FAILED);
	for (cpu = 0; cpu < NATIVE_CPUS; cpu++)
		native_area[cpu] = all + cpu * NATIVE_PERCPU_BYTES;
	percpu_mark(0, NATIVE_PERCPU_BYTES, false);
}

/* The first gap that is large enough; pieces are in order. */
void *native_percpu_alloc(size_t bytes)
{
	size_t from = 0, whole = round_up(bytes, PERCPU_ALIGN) + PERCPU_ALIGN;
	unsigned int i;

	if (!native_area[0])
		percpu_map();
	for (i = 0; i < pieces && piece[i].from - from < whole; i++)
		from = piece[i].from + piece[i].bytes;
	if (pieces == PERCPU_PIECES || from + whole > NATIVE_PERCPU_BYTES)
		return NULL;
	memmove(&piece[i + 1], &piece[i], (pieces++ - i) * sizeof(*piece));
	piece[i] = (struct percpu_piece) { from, whole };
	percpu_mark(from, bytes, true);
	return (void *)(NATIVE_PERCPU_START + from);
}

void free_percpu(void *p)
{
	size_t from = (uintptr_t)p - NATIVE_PERCPU_START;
	unsigned int i;

	if (!p)
		return;
	for (i = 0; i < pieces && piece[i].from != from; i++)
		;
	BUG_ON(i == pieces);
	percpu_mark(from, piece[i].bytes, false);
	memmove(&piece[i], &piece[i + 1], (--pieces - i) * sizeof(*piece));
}

size_t native_percpu_used(void)
{
	return pieces ? piece[pieces - 1].from + piece[pieces - 1].bytes : 0;
}

void native_set_cpu(int cpu)
{
	if (!native_area[0])
		percpu_map();
	native.cpu = cpu;
#ifdef NATIVE_GS
	BUG_ON(syscall(SYS_arch_prctl, ARCH_SET_GS,
		       native_area[cpu] - NATIVE_PERCPU_START));
#endif
}
