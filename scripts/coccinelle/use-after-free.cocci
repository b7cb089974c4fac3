// SPDX-License-Identifier: GPL-2.0
/// An element is not touched, passed on or freed again after it was given back.

@freed exists@
expression pool, to, at;
idexpression element;
identifier member, f;
position p, q;
@@
(
rsvpool_free@p(pool, element)
|
pool_free@p(pool, element)
)
... when != element = to
    when != &element
\(*element@q\|element@q->member\|element@q[at]\|f(..., element@q, ...)\|f(..., element@q + at, ...)\)

@script:python@
p << freed.p;
q << freed.q;
element << freed.element;
@@
print(f"{q[0].file}:{q[0].line}: use-after-free: {element} was given back "
      f"in line {p[0].line}")
