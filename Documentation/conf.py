# SPDX-License-Identifier: GPL-2.0
# sphinx-build -W Documentation OUT
import pathlib
import re

kbuild = pathlib.Path(__file__).parent.parent / "Kbuild"

project = "rsvpool"
author = "The rsvpool developers"
copyright = author
release = re.search(r"RSVPOOL_VERSION := (\S+)", kbuild.read_text()).group(1)
version = release
html_theme = "alabaster"
highlight_language = "none"
