"""Fonts that hold Chinese: the packaged one, then those of the system, then one clear warning."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

PACKAGED = Path(__file__).with_name("fonts") / "WenmingSansSC-Regular.otf"
SYSTEM = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
LATIN = "DejaVu Sans"
"""Comes with matplotlib; the last resort for a character that no Chinese font has."""


@cache
def families() -> tuple[str, ...]:
    """Names of the font families to draw with, best first; warns once when none of them holds Chinese."""
    from matplotlib.font_manager import fontManager

    known = {entry.name for entry in fontManager.ttflist}
    chinese = (*_packaged(PACKAGED), *(name for name in SYSTEM if name in known))
    if not chinese:
        warnings.warn(_NO_FONT, stacklevel=2)
    return (*chinese, LATIN)


_NO_FONT = (
    f"没有可用的中文字体，图中汉字会显示为方框：程序自带的字体 {PACKAGED.name} 缺失，请重新安装，"
    f"或在系统中安装任一中文字体（如 {SYSTEM[0]}）。 / No Chinese font can be used, charts will show boxes: "
    f"the packaged font {PACKAGED.name} is missing. Install the package or any Chinese font again."
)


def _packaged(file: Path) -> tuple[str, ...]:
    """The family of a font file, registered; nothing when it is missing or broken."""
    from matplotlib.font_manager import FontProperties, fontManager

    try:
        fontManager.addfont(file)
        return (FontProperties(fname=file).get_name(),)
    except (OSError, RuntimeError):
        return ()
