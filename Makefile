# SPDX-License-Identifier: GPL-2.0
#
# make                  build the modules for KDIR (default: the running kernel)
# make demo             set everything up and watch the main job in a VM
# make check            set everything up and pass the tests that a change must pass
#                       (KERNELS="6.12 6.12-rt": all tests, on these)
# make check-all        every test on every kernel; takes up where it was stopped
# make lint             every static checker, over everything (KERNELS, too)
# make coverage         which lines of module/ the tests run, as a table and HTML
# make models           check the models of the lockless protocols with spin
# make native           test files of module/ in user space, with sanitizers
# make bench            measure rsvpool and its peers, with plots: bench-report/
# make check-rt         measure real-time behaviour, with a report: rt-report/
# make docs             render Documentation/ as HTML, and the reference for man:
#                       docs-html/, docs-man/
# make tool             build rsvpoolctl
# make tool-install     install rsvpoolctl, its page, completion and unit (DESTDIR)
# make dkms-install     install through DKMS from this checkout (KVER=...)
# make dkms-remove      undo that
# make deb              Debian packages: deb/
# make check-deb        install them in a VM, upgrade its kernel, purge them
# make dist             a tarball of the last commit
# make clean

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build

ifneq ($(words $(CURDIR)),1)
$(error rsvpool: the path of this folder has a space in it, which the kernel's \
	build cannot have: $(CURDIR))
endif

# A kernel that was built by clang gets modules built by clang: its options are not
# gcc's.  CC or LLVM, given to make, win.  The clang of the kernel's major version is
# taken if there is one, as a kernel may use what other versions do not know.
ifeq ($(LLVM)$(filter-out default undefined,$(origin CC)),)
CLANG := $(shell sed -n 's/^CONFIG_CLANG_VERSION=\(.*\)[0-9]\{4\}$$/\1/p' \
	$(firstword $(wildcard $(KDIR)/include/config/auto.conf $(KDIR)/.config) /dev/null))
COMPILER := $(if $(CLANG),LLVM=$(if $(shell command -v clang-$(CLANG)),-$(CLANG),1))
endif

# The version stands in Kbuild, once.
VERSION := $(shell scripts/version)

# All that DKMS builds from, and what a build leaves among it.
DKMS_FILES := Kbuild Makefile dkms.conf include module scripts/dkms-symvers \
	scripts/version
PRODUCTS := *.o *.ko *.mod *.mod.c *.cmd *.order *.gcno *.gcda

all: modules

kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR) $(COMPILER) modules

# rsvpool.ko needs none of the others.  What may not build is tried first:
# rsvpool_stress.ko knows more of a kernel than rsvpool_kvfree.ko.
OPTIONAL := "stress" "kvfree" "stress kvfree"

# $(call without,VARIABLE): all modules, or as many as can be built.
without = $(kbuild) || { \
	for left in $(OPTIONAL); do \
		names=$$(printf ' rsvpool_%s.ko' $$left); \
		echo "rsvpool: it is built again, without$$names" >&2; \
		$(RM) module/stress/*.ko module/kvfree/*.ko; \
		if $(kbuild) $(1)="$$left"; then \
			echo "rsvpool:$$names: not to be built for this kernel" >&2; \
			exit; \
		fi; \
	done; \
	exit 1; }

modules:
	@$(call without,RSVPOOL_WITHOUT)

# What DKMS builds: a stub stands for what does not build.
dkms-modules:
	@rm -f module/stress/*.ko module/kvfree/*.ko
	@$(call without,RSVPOOL_STUBS)

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

demo:
	scripts/demo

check:
	scripts/check

check-all:
	scripts/check --all

lint:
	scripts/lint

coverage:
	scripts/coverage

models:
	scripts/setup models
	selftests/models/run

native:
	scripts/setup native
	selftests/native/run

bench:
	scripts/bench

check-rt:
	scripts/rt-validate

docs:
	scripts/setup docs
	sphinx-build -q -W Documentation docs-html
	scripts/reference --man docs-man

tool:
	$(MAKE) -C tools/rsvpoolctl

tool-install:
	scripts/tool-install

dkms-install:
	scripts/dkms-install $(KVER)

dkms-remove:
	scripts/dkms-install --remove

# DKMS_SOURCE: the folder that they go to, as /usr/src/rsvpool-VERSION.
dkms-source:
	mkdir -p "$(DKMS_SOURCE)"
	tar -c $(patsubst %,--exclude='%',$(PRODUCTS)) $(DKMS_FILES) | \
		tar -x --no-same-owner -C "$(DKMS_SOURCE)"

deb:
	scripts/build-deb

check-deb:
	scripts/test-deb

# The commit says all there is to it: its files, their times, no owner.
DIST ?= .
dist:
	mkdir -p $(DIST)
	git -c tar.umask=0022 archive --prefix=rsvpool-$(VERSION)/ \
		-o $(DIST)/rsvpool-$(VERSION).tar HEAD
	xz -T1 -9 -f $(DIST)/rsvpool-$(VERSION).tar

version:
	@scripts/version

.PHONY: all modules dkms-modules clean demo check check-all check-deb check-rt lint \
	coverage models native bench docs tool tool-install dkms-install dkms-remove \
	dkms-source deb dist \
	version
