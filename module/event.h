/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events for user space.
 */
#ifndef _RSVPOOL_EVENT_H
#define _RSVPOOL_EVENT_H

struct rsvpool;

void event_look(struct rsvpool *pool);
void event_setup(struct rsvpool *pool);
void event_start(struct rsvpool *pool);
void event_stop(struct rsvpool *pool);
int event_init(void);
void event_exit(void);

#endif /* _RSVPOOL_EVENT_H */
