/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration that the module is built for here: 64 bits, SMP, not RT.
 */
#ifndef _NATIVE_KCONFIG_H
#define _NATIVE_KCONFIG_H

#define CONFIG_64BIT			1
#define CONFIG_SMP			1
#define CONFIG_TRACEPOINTS		1
#define CONFIG_DEBUG_FS			1
#define CONFIG_SYSFS			1
/* this_cpu_cmpxchg is safe against signals, as it is against NMIs. */
#define CONFIG_HAVE_CMPXCHG_LOCAL	1
#define CONFIG_ARCH_HAVE_NMI_SAFE_CMPXCHG 1
#ifdef __x86_64__
#define CONFIG_X86			1
#define CONFIG_X86_64			1
#endif

/* An option that is defined as 1 is followed by a comma, others are not. */
#define __NATIVE_COMMA_1		,
#define __NATIVE_THIRD(a, b, c, ...)	c
#define __NATIVE_ON(comma)		__NATIVE_THIRD(x comma 1, 1, 0, 0)
#define __NATIVE_VALUE(value)		__NATIVE_ON(__NATIVE_COMMA_##value)
#define IS_ENABLED(option)		__NATIVE_VALUE(option)
#define IS_BUILTIN(option)		IS_ENABLED(option)

#define KERNEL_VERSION(a, b, c)		(((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE		KERNEL_VERSION(6, 99, 0)

#endif /* _NATIVE_KCONFIG_H */
