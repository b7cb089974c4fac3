/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_HASH_H
#define _NATIVE_HASH_H

static inline u32 hash_ptr(const void *p, unsigned int bits)
{
	return (u32)((uintptr_t)p * 0x9e3779b97f4a7c15ULL >> (64 - bits));
}

#endif /* _NATIVE_HASH_H */
