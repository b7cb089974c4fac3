/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_BITOPS_H
#define _NATIVE_BITOPS_H

#define BITS_PER_TYPE(type)	(8 * sizeof(type))

static inline unsigned int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

#endif /* _NATIVE_BITOPS_H */
