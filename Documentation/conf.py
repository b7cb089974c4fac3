# SPDX-License-Identifier: GPL-2.0
# sphinx-build -W Documentation OUT
import pathlib
import re
import subprocess

from docutils.parsers.rst import Directive

kbuild = pathlib.Path(__file__).parent.parent / "Kbuild"

project = "rsvpool"
author = "The rsvpool developers"
copyright = author
release = re.search(r"RSVPOOL_VERSION := (\S+)", kbuild.read_text()).group(1)
version = release
html_theme = "alabaster"
highlight_language = "none"


class Requirements(Directive):
    """What scripts/requirements makes of requirements/."""

    def run(self):
        script = kbuild.parent / "scripts" / "requirements"
        lines = subprocess.run([script, "--rst"], check=True, text=True,
                               capture_output=True).stdout.splitlines()
        self.state_machine.insert_input(lines, str(script))
        return []


class Reference(Directive):
    """What scripts/reference makes of the headers."""

    def lines(self, *words):
        script = kbuild.parent / "scripts" / "reference"
        lines = subprocess.run([script, *words], check=True, text=True,
                               capture_output=True).stdout.splitlines()
        self.state_machine.insert_input(lines, str(script))
        return []


class Header(Reference):
    """The kernel-doc of a header."""

    required_arguments = 1

    def run(self):
        return self.lines("--rst", self.arguments[0])


class Errnos(Reference):
    """What each function returns for which error."""

    def run(self):
        return self.lines("--errnos")


def setup(app):
    app.add_directive("requirements", Requirements)
    app.add_directive("header", Header)
    app.add_directive("errnos", Errnos)
