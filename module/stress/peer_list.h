/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The peers, one a line, in their order in every result.  Each is defined by
 * DEFINE_STRESS_PEER() in a file peer_*.c.  Included once for each array, enum or
 * list of declarations that is made from the list; the includer defines
 * STRESS_PEER(), which is undefined here.  So there is no include guard.
 */
STRESS_PEER(tryalloc)
STRESS_PEER(alloc)
STRESS_PEER(bulk16)
STRESS_PEER(bulk64)
STRESS_PEER(mempool_page)
STRESS_PEER(mempool_kmalloc)
STRESS_PEER(mempool_preallocated)
STRESS_PEER(mempool_bulk16)
STRESS_PEER(alloc_page)
STRESS_PEER(alloc_pages_bulk64)
STRESS_PEER(alloc_pages_nolock)
STRESS_PEER(kmem_cache)
STRESS_PEER(sheaves)
STRESS_PEER(kmalloc_nolock)
STRESS_PEER(gen_pool)
STRESS_PEER(objpool)
STRESS_PEER(rawarray)
STRESS_PEER(irqarray)
#undef STRESS_PEER
