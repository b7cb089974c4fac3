// SPDX-License-Identifier: GPL-2.0
/// rsvpool_create() returns an ERR_PTR, never NULL; the calls that hand out
/// elements return NULL, never an ERR_PTR.

@null exists@
expression pool, to;
position p;
@@
pool = rsvpool_create(...)
... when != IS_ERR(pool)
    when != IS_ERR_OR_NULL(pool)
    when != PTR_ERR_OR_ZERO(pool)
    when != pool = to
(
pool@p == NULL
|
!pool@p
)

@script:python@
p << null.p;
pool << null.pool;
@@
print(f"{p[0].file}:{p[0].line}: error-pointer: {pool} is never NULL, "
      "ask IS_ERR()")

@mistaken exists@
expression element, to;
identifier f = {rsvpool_tryalloc, rsvpool_alloc, rsvpool_alloc_killable, rsvpool_alloc_timeout, rsvpool_section_alloc, rsvpool_get};
position p;
@@
element = f(...)
... when != element = to
\(IS_ERR@p\|IS_ERR_OR_NULL@p\|PTR_ERR@p\|PTR_ERR_OR_ZERO@p\)(element)

@script:python@
p << mistaken.p;
element << mistaken.element;
f << mistaken.f;
@@
print(f"{p[0].file}:{p[0].line}: error-pointer: {f}() returns NULL, "
      f"{element} is never an ERR_PTR")
