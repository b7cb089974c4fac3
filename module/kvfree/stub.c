// SPDX-License-Identifier: GPL-2.0
/*
 * DKMS installs this in place of rsvpool_kvfree.ko for a kernel for which that does
 * not build.  The stub of rsvpool_stress.ko is the same.
 */
#include "../stress/stub.c"
