/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small arithmetic; the log; what modules say of themselves.
 */
#ifndef _NATIVE_KERNEL_H
#define _NATIVE_KERNEL_H

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BITS_PER_LONG		((int)(8 * sizeof(long)))
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define S64_MAX			INT64_MAX
#define S32_MAX			INT32_MAX
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)

#define SZ_1K			0x400UL
#define SZ_4K			0x1000UL
#define SZ_64K			0x10000UL
#define SZ_256K			0x40000UL
#define SZ_1M			0x100000UL

#define container_of(p, type, member)	\
	((type *)((char *)(p) - offsetof(type, member)))

/* One evaluation of each argument; the type of their sum. */
#define __native_cmp(a, b, op) ({					\
	__typeof__((a) + (b)) __a = (a), __b = (b);			\
	__a op __b ? __a : __b; })
#define min(a, b)		__native_cmp(a, b, <)
#define max(a, b)		__native_cmp(a, b, >)
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(v, low, high)	min(max(v, low), high)
#define clamp_t(type, v, low, high)	\
	clamp((type)(v), (type)(low), (type)(high))
#define swap(a, b) do {							\
	__typeof__(a) __swap = (a);					\
	(a) = (b);							\
	(b) = __swap;							\
} while (0)
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)		round_down((x) + (y) - 1, y)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

static inline size_t array_size(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

#define struct_size(p, member, n)	\
	(sizeof(*(p)) + (n) * sizeof((p)->member[0]))

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

#define sort(base, nr, bytes, order, swap)	qsort(base, nr, bytes, order)
#define str_on_off(on)		((on) ? "on" : "off")
#define str_yes_no(yes)		((yes) ? "yes" : "no")

static inline int ilog2(unsigned long x)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(x);
}

#define BUILD_BUG_ON(bad)	_Static_assert(!(bad), "BUILD_BUG_ON")

/* Ends the program, with a line for the test's output. */
__noreturn void native_bug(const char *file, int line, const char *what);

#define BUG_ON(bad) do {						\
	if (unlikely(bad))						\
		native_bug(__FILE__, __LINE__, #bad);			\
} while (0)
#define BUG()			native_bug(__FILE__, __LINE__, "BUG")
#define WARN_ON(bad)		({ BUG_ON(bad); false; })
#define WARN_ON_ONCE(bad)	WARN_ON(bad)
#define WARN(bad, ...)		WARN_ON(bad)
#define WARN_ONCE(bad, ...)	WARN_ON(bad)

/*
 * The log: every line is formatted, so that a sanitizer sees what is read for it,
 * counted, and kept until the next one.
 */
extern unsigned long native_lines;
/* Those of them that are no complaints. */
extern unsigned long native_notes;
extern char native_line[512];
/* Called after each, if it is set. */
extern void (*native_line_hook)(void);
void native_printk(const char *format, ...);
int scnprintf(char *to, size_t bytes, const char *format, ...);
int native_format(char *to, size_t bytes, const char *format, va_list args);

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)	native_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	native_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	native_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	\
	(native_notes++, native_printk(pr_fmt(fmt), ##__VA_ARGS__))
#define pr_cont(fmt, ...)	native_printk(fmt, ##__VA_ARGS__)
#define pr_warn_ratelimited	pr_warn
#define pr_err_ratelimited	pr_err

struct ratelimit_state {
	int interval;
};

#define ratelimit_state_init(rs, every, burst)	((rs)->interval = (every))
#define __ratelimit(rs)		((rs)->interval != 0)

/* Modules. */
struct module;
struct kernel_param;

struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
	void (*free)(void *arg);
};

#define THIS_MODULE			((struct module *)NULL)
#define EXPORT_SYMBOL_GPL(name)		\
	_Static_assert(sizeof(&name), "exported")
#define MODULE_PARM_DESC(name, text)	\
	_Static_assert(sizeof(text), "described")
#define module_param_cb(name, ops, arg, perm)				\
	static __maybe_unused const void *__param_##name[] = { ops, arg }
#define __module_get(m)			((void)(m))
#define module_put(m)			((void)(m))

static inline bool try_module_get(struct module *module)
{
	return true;
}

static inline int param_get_uint(char *buffer, const struct kernel_param *kp)
{
	return 0;
}

static inline int param_set_uint_minmax(const char *val,
					const struct kernel_param *kp,
					unsigned int low, unsigned int high)
{
	return 0;
}

#endif /* _NATIVE_KERNEL_H */
