/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of rsvpool_test_life.ko share.
 */
#ifndef _RSVPOOL_TEST_LIFE_H
#define _RSVPOOL_TEST_LIFE_H

#include "api.h"

extern const struct api_test null_tests[];
extern const struct api_test depth_tests[];
extern const struct api_test drain_tests[];
extern const struct api_test raise_tests[];
extern const struct api_test pin_tests[];

#endif /* _RSVPOOL_TEST_LIFE_H */
