/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPU hotplug: see hotplug.c.
 */
#ifndef _RSVPOOL_HOTPLUG_H
#define _RSVPOOL_HOTPLUG_H

int hotplug_init(void);
void hotplug_exit(void);

#endif /* _RSVPOOL_HOTPLUG_H */
