// SPDX-License-Identifier: GPL-2.0
/// Code that says it runs in any context must come to no allocator, no lock
/// that sleeps (on PREEMPT_RT either), no direct wake-up, and must not print.
///
/// "Says": its kernel-doc has "Context: Any", in its file or in include/linux/ of
/// this folder.  Calls are followed through all
/// files given, a name to the same file first; $RSVPOOL_REACH names the list
/// whose "cut" and "trap" lines count here too (scripts/lint.d/reach-any-context).
//
// This looks at the sources, so it works without a build and knows macros by
// their names; scripts/lint.d/reach looks at what was built, and trusts nothing.

@initialize:python@
@@
import glob, os, re

SAYS = re.compile(r"/\*\*\n \* (\w+) - (?:(?!\*/).)*?\n \* Context: Any\b", re.S)
NEVER = re.compile(
    # allocators
    r"(k|kv|v|devm_k)[mzc]alloc(_\w+)?|kmemdup|kstrdup|kasprintf|k?vfree(_(rcu|call|sensitive|atomic)\w*)?"
    r"|kfree(_\w+)?|kmem_cache_(alloc|free)(_\w+)?|(__)?alloc_pages?(_\w+)?"
    r"|(__)?get_free_pages?|get_zeroed_page|(__)?free_pages?|mempool_(alloc|free)"
    r"|(alloc|free)_percpu"
    # what sleeps, on PREEMPT_RT too
    r"|mutex_lock(_\w+)?|down(_\w+)?|(spin|read|write)_lock(_\w+)?|schedule"
    r"|schedule_timeout(_\w+)?|[mu]sleep(_\w+)?|wait_(event|for)\w*|might_sleep"
    r"|cond_resched|flush_work(queue)?|cancel_\w+_sync|synchronize_\w+"
    # direct wake-ups, by way of work too
    r"|wake_up(_\w+)?|complete(_all)?|up|(queue|schedule|mod)_(delayed_)?work(_on)?"
    r"|swake_up\w*|kthread_\w+"
    # printing
    r"|printk(_\w+)?|pr_\w+|dump_stack|WARN(_ON)?(_ONCE)?|seq_printf")

calls = {}          # (file, function): [(callee, line)]
cuts = set()
traps = set()
says = set()
says_in_header = set()
for path in glob.glob("include/linux/*.h"):
    says_in_header.update(SAYS.findall(open(path, encoding="utf-8").read()))
listed = os.environ.get("RSVPOOL_REACH")
if listed:
    for line in open(listed, encoding="utf-8"):
        words = line.split()
        if words[:1] == ["cut"]:
            cuts.add((words[1], words[2]))
        elif words[:1] == ["trap"]:
            traps.add(words[1])

def read(path, done=set()):
    if path not in done:
        done.add(path)
        says.update((path, name) for name in SAYS.findall(open(path, encoding="utf-8").read()))

@call@
identifier g;
position p;
@@
g@p(...)

@script:python@
g << call.g;
p << call.p;
@@
read(p[0].file)
calls.setdefault((p[0].file, p[0].current_element),
                 set()).add((str(g), int(p[0].line)))

@finalize:python@
@@
where = {}
for path, name in calls:
    where.setdefault(name, []).append(path)
    if name in says_in_header:
        says.add((path, name))

told = set()

def follow(path, name, way, seen):
    for callee, line in sorted(calls.get((path, name), ())):
        if (name, callee) in cuts:
            continue
        if callee.startswith("WARN") and name in traps:
            continue
        if NEVER.fullmatch(callee) and (path, line, callee) not in told:
            told.add((path, line, callee))
            print(f"{path}:{line}: any-context: {' > '.join(way)} > {callee}")
        paths = where.get(callee, [])
        for to in [path] if path in paths else paths[:1]:
            if (to, callee) not in seen:
                seen.add((to, callee))
                follow(to, callee, way + [callee], seen)

for path, name in sorted(says):
    follow(path, name, [name], {(path, name)})
