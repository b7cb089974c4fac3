// SPDX-License-Identifier: GPL-2.0
/// A section that a function begins is ended on every way out of it, once.
//
// Of sections on the function's own stack that it lends to nobody but
// rsvpool's calls: who ends another one cannot be told from here.

@lent exists@
identifier s;
identifier f != {rsvpool_section_begin, rsvpool_section_alloc, rsvpool_section_end};
position p;
@@
struct rsvpool_section s@p;
...
f(..., &s, ...)

@own@
identifier s;
position p != lent.p;
@@
struct rsvpool_section s@p;

@begun@
identifier own.s, err;
statement S;
position p;
@@
(
if (rsvpool_section_begin@p(&s, ...)) S
|
if (!CHECK(!rsvpool_section_begin@p(&s, ...))) S
|
err = rsvpool_section_begin@p(&s, ...);
if (err) S
)

@ended forall@
identifier own.s, err;
statement S;
position begun.p, q;
@@
(
if (rsvpool_section_begin@p@q(&s, ...)) S
|
if (!CHECK(!rsvpool_section_begin@p@q(&s, ...))) S
|
err = rsvpool_section_begin@p@q(&s, ...);
if (err) S
)
... when strict
    when any
rsvpool_section_end(&s)

@unended@
identifier own.s;
position begun.p;
position r != ended.q;
@@
rsvpool_section_begin@p@r(&s, ...)

@script:python@
p << unended.r;
s << own.s;
@@
print(f"{p[0].file}:{p[0].line}: section: {s} is not ended on every way")

@twice exists@
identifier own.s;
position p;
@@
rsvpool_section_end(&s)
... when != rsvpool_section_begin(&s, ...)
rsvpool_section_end@p(&s)

@script:python@
p << twice.p;
s << own.s;
@@
print(f"{p[0].file}:{p[0].line}: section: {s} is ended twice")

@unbegun exists@
identifier own.s;
position p;
@@
struct rsvpool_section s;
... when != rsvpool_section_begin(&s, ...)
rsvpool_section_end@p(&s)

@script:python@
p << unbegun.p;
s << own.s;
@@
print(f"{p[0].file}:{p[0].line}: section: {s} may not have been begun")
