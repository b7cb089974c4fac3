// SPDX-License-Identifier: GPL-2.0
/*
 * Of rsvpool_test_wait: crowds of threads, and going to a context.  Kbuild has an
 * object in one module only.
 */
#include "wait_threads.c"
#include "wait_context.c"
