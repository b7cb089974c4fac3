// SPDX-License-Identifier: GPL-2.0
/*
 * What use-after-free.cocci has to find: every line that says so, and no other.
 */
#include <linux/rsvpool.h>
#include <linux/string.h>

struct packet {
	int length;
};

int sample_reads(struct rsvpool *pool, struct packet *packet)
{
	rsvpool_free(pool, packet);
	return packet->length;			/* found */
}

void sample_passes_on(struct rsvpool *pool, void *element, bool clear)
{
	rsvpool_free(pool, element);
	if (clear)
		memset(element, 0, 64);		/* found */
	else
		memset(element + 8, 0, 56);	/* found */
}

void sample_frees_twice(struct rsvpool *pool, bool again)
{
	void *element = rsvpool_tryalloc(pool);

	rsvpool_free(pool, element);
	if (again)
		rsvpool_free(pool, element);	/* found */
}

int sample_may(struct rsvpool *pool, struct packet *packet)
{
	int length = packet->length;

	rsvpool_free(pool, packet);
	packet = rsvpool_tryalloc(pool);
	if (packet)
		packet->length = length;
	return length;
}

bool sample_compares(struct rsvpool *pool, void *element, void *other)
{
	rsvpool_free(pool, element);
	return element == other;
}
