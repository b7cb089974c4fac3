// SPDX-License-Identifier: GPL-2.0
/*
 * What stands for rsvpool_kvfree.ko where that does not build: the same as for
 * rsvpool_stress.ko.
 */
#include "../stress/stub.c"
