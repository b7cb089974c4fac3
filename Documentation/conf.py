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


def setup(app):
    app.add_directive("requirements", Requirements)
