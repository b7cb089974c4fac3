#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""read-metrics - what rsvpoolctl metrics prints, read by Prometheus' own parsers

usage: read-metrics open|text FILE [USER]...

Prints "NAME{LABEL=VALUE,...} VALUE" for each sample, in order.  It fails if the
parser does, and if a file of USERs, the alerts and the dashboard, names a metric
that is not there.
"""
import re
import sys

from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser


def main():
    kind, path, *users = sys.argv[1:]
    with open(path, encoding="ascii") as file:
        text = file.read()
    read = (openmetrics.parser if kind == "open" else
            parser).text_string_to_metric_families
    names = set()
    for family in read(text):
        if not family.documentation or family.type not in ("gauge", "counter"):
            sys.exit(f"{family.name}: {family.type}: {family.documentation}")
        for sample in family.samples:
            names.add(sample.name)
            labels = ",".join(f"{k}={v}" for k, v in
                              sorted(sample.labels.items()))
            print(f"{sample.name}{{{labels}}} {sample.value:g}")
    for user in users:
        with open(user, encoding="utf-8") as file:
            missing = set(re.findall(r"\brsvpool_[a-z_]+", file.read())) - names
        if missing:
            sys.exit(f"{user}: there is no {' '.join(sorted(missing))}")


main()
