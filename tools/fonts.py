"""Make the fonts of the letters from the static cuts of Noto Serif SC. Run by hand, once for each new release of the font.

    .venv/bin/python tools/fonts.py FOLDER     (FOLDER: an unpacked `npm pack @expo-google-fonts/noto-serif-sc@0.4.3`)

Writes into static/fonts:

* lt-regular.ttf, lt-bold.ttf - family "LT": every character of GB 2312, Latin letters and the signs that letters use.
  Small, because a PDF engine reads the whole font for each document it embeds a part of.
* ltx-regular.ttf - family "LTX", the whole font as released, for rare characters in names.

The same input gives the same bytes, so that a change of a committed font shows.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
CUTS = {"lt-regular.ttf": "400Regular/NotoSerifSC_400Regular.ttf", "lt-bold.ttf": "700Bold/NotoSerifSC_700Bold.ttf"}
WHOLE = {"ltx-regular.ttf": "400Regular/NotoSerifSC_400Regular.ttf"}

# Not in GB 2312, but in letters: the zero of Chinese years, the euro, dashes and quotes of English typography,
# the boxes of a return slip, arrows and signs of formulas.
EXTRA = "〇€¥£₩©®™№–—‘’“”•…‰−×÷≤≥≠≈→←↑↓□✓■▪●○◆◇①②③④⑤⑥⑦⑧⑨⑩"


def wanted_characters() -> set[int]:
    """Code points of GB 2312 (rows 1-9 and 16-87), of Latin-1 and of EXTRA."""
    found = {*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, EXTRA)}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue  # a place that the standard leaves empty
    return found


def cut(source: Path, target: Path) -> None:
    options = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]  # copyright and licence stay in the file
    options.recalc_timestamp = False
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted_characters())
    subsetter.subset(font)
    font.save(target)
    with TTFont(target) as made:
        lost = [chr(code) for code in sorted(wanted_characters() - set(made.getBestCmap()))]
        print(f"{target.name}: {len(made.getBestCmap())} characters, {target.stat().st_size:,} bytes")
        print(f"  not in the source font: {''.join(lost) or 'none'}")


def main(folder: str) -> None:
    package = Path(folder)
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, cut_of in CUTS.items():
        cut(package / cut_of, FONTS / name)
    for name, whole in WHOLE.items():
        shutil.copyfile(package / whole, FONTS / name)
    shutil.copyfile(package / "LICENSE_FONT", FONTS / "OFL.txt")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
