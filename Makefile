# SPDX-License-Identifier: GPL-2.0
#
# make                  build both modules for KDIR (default: the running kernel)
# make demo             set everything up and watch the main job in a VM
# make check            set everything up and pass all tests, on all test kernels
#                       (KERNELS="6.12 6.12-rt" narrows it)
# make lint             every static checker, over everything (KERNELS, too)
# make coverage         which lines of module/ the tests run, as a table and HTML
# make models           check the models of the lockless protocols with spin
# make bench            measure rsvpool and its peers, with plots: bench-report/
# make check-rt         measure real-time behaviour, with a report: rt-report/
# make dkms-install     install through DKMS from this checkout (KVER=...)
# make clean

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build

# The version stands in Kbuild, once.
VERSION := $(shell sed -n 's/^RSVPOOL_VERSION := //p' Kbuild)

all: modules

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# What DKMS runs, in a copy that it removes: the symbols' versions are kept for
# packages that are built against rsvpool.
dkms: modules
	test -d ../source
	mkdir -p ../source/symvers/$(KVER)
	cp Module.symvers ../source/symvers/$(KVER)/

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

demo:
	scripts/demo

check:
	scripts/check

lint:
	scripts/lint

coverage:
	scripts/coverage

models:
	scripts/setup models
	selftests/models/run

bench:
	scripts/bench

check-rt:
	scripts/rt-validate

dkms-install:
	scripts/dkms-install $(KVER)

version:
	@echo $(VERSION)

.PHONY: all modules dkms clean demo check check-rt lint coverage models bench \
	dkms-install version
