/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_ERR_H
#define _NATIVE_ERR_H

#define MAX_ERRNO	4095

/* What the C library has no name for. */
#ifndef ENOTSUPP
#define ENOTSUPP	524
#endif

static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-MAX_ERRNO;
}

static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || IS_ERR(p);
}

static inline int PTR_ERR_OR_ZERO(const void *p)
{
	return IS_ERR(p) ? PTR_ERR(p) : 0;
}

static inline void *ERR_CAST(const void *p)
{
	return (void *)p;
}

#endif /* _NATIVE_ERR_H */
