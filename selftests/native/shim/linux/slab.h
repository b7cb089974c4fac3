/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory, by malloc(); and what the module asks of pages, nodes and shrinkers.
 */
#ifndef _NATIVE_SLAB_H
#define _NATIVE_SLAB_H

#define __GFP_DIRECT_RECLAIM	0x1u
#define __GFP_KSWAPD_RECLAIM	0x2u
#define __GFP_RECLAIM		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define __GFP_IO		0x4u
#define __GFP_FS		0x8u
#define __GFP_ZERO		0x10u
#define __GFP_NOWARN		0x20u
#define __GFP_NORETRY		0x40u
#define __GFP_NOMEMALLOC	0x80u
#define __GFP_HIGH		0x100u
#define __GFP_COMP		0x200u
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL		(__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_NOIO		__GFP_RECLAIM
#define GFP_NOFS		(__GFP_RECLAIM | __GFP_IO)
#define GFP_NOWAIT		(__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

/*
 * Memory is had as long as the machine has it, but for what the test forbids: no
 * more than native_memory bytes in one piece, and, from native_allocations on,
 * nothing.
 */
extern size_t native_memory;
extern unsigned long native_allocations;
void *native_alloc(size_t bytes, gfp_t gfp);
void native_free(const void *p);

/*
 * Several at once, at most native_bulk of them; all or nothing, or into the places
 * that are empty.
 */
extern unsigned int native_bulk, native_bulk_calls;
unsigned int native_alloc_bulk(gfp_t gfp, unsigned int nr, void **to,
			       size_t bytes, bool all);

#define kmalloc(bytes, gfp)		native_alloc(bytes, gfp)
#define kzalloc(bytes, gfp)		native_alloc(bytes, (gfp) | __GFP_ZERO)
#define kcalloc(n, bytes, gfp)		kzalloc(array_size(n, bytes), gfp)
#define kmalloc_array(n, bytes, gfp)	kmalloc(array_size(n, bytes), gfp)
#define kmalloc_node(bytes, gfp, node)	kmalloc(bytes, gfp)
#define kzalloc_node(bytes, gfp, node)	((void)(node), kzalloc(bytes, gfp))
#define kcalloc_node(n, bytes, gfp, node)	kcalloc(n, bytes, gfp)
#define kvmalloc(bytes, gfp)		kmalloc(bytes, gfp)
#define kvzalloc(bytes, gfp)		kzalloc(bytes, gfp)
#define kvmalloc_node(bytes, gfp, node)	kmalloc(bytes, gfp)
#define kvzalloc_node(bytes, gfp, node)	kzalloc(bytes, gfp)
#define kvmalloc_array(n, bytes, gfp)	kmalloc_array(n, bytes, gfp)
#define kvcalloc(n, bytes, gfp)		kcalloc(n, bytes, gfp)
#define kfree(p)			native_free(p)
#define kvfree(p)			native_free(p)
#define kmalloc_size_roundup(bytes)	round_up(bytes, 8UL)

struct kmem_cache {
	unsigned int size;
};

#define kmem_cache_size(c)		((c)->size)
#define kmem_cache_alloc(c, gfp)	kmalloc((c)->size, gfp)
#define kmem_cache_alloc_node(c, gfp, node)	kmalloc((c)->size, gfp)
#define kmem_cache_free(c, p)		native_free(p)
#define kmem_cache_alloc_bulk(c, gfp, nr, to)	\
	(native_alloc_bulk(gfp, nr, to, (c)->size, true) ? (nr) : 0)

struct page;
#define alloc_pages_node(node, gfp, order)	\
	((struct page *)kmalloc(PAGE_SIZE << (order), gfp))
#define alloc_pages_bulk_node(gfp, node, nr, pages)	\
	native_alloc_bulk(gfp, nr, (void **)(pages), PAGE_SIZE, false)
#define page_address(page)		((void *)(page))
#define virt_to_page(p)			((struct page *)(p))
#define free_pages(p, order)		native_free((void *)(p))
#define page_to_nid(page)		(0)
#define totalram_pages()		((1UL << 32) / PAGE_SIZE)

struct shrinker {
	unsigned long seeks;
};

#define shrinker_alloc(flags, name)	((struct shrinker *)NULL)
#define shrinker_register(s)		((void)(s))
#define shrinker_free(s)		((void)(s))

#endif /* _NATIVE_SLAB_H */
