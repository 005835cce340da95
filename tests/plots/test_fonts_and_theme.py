from __future__ import annotations

import subprocess
import sys
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, findfont

from analysis.plots import fonts, theme
from analysis.plots import theme as use_theme
from analysis.plots.theme import BLUE, ORANGE


@pytest.fixture
def fresh_families():
    fonts.families.cache_clear()
    yield
    fonts.families.cache_clear()


def test_importing_plots_does_not_load_matplotlib():
    code = "import sys, analysis.plots; print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_the_packaged_font_comes_first_and_is_found():
    first = fonts.families()[0]
    assert findfont(FontProperties(family=first)) == str(fonts.PACKAGED)
    assert first == "Wenming Sans SC"
    assert "Noto" not in first


def test_the_packaged_font_has_the_characters_of_the_field():
    covered = TTFont(fonts.PACKAGED).getBestCmap()
    rows = [bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]
    hanzi = "".join(pair.decode("gb2312", errors="ignore") for pair in rows)
    assert len(hanzi) == 6763
    wanted = hanzi + "䶮㙍垟堎" + "①⑩⑳→←≥≤％—々·“”（）：；、。〔〕√×○□℃㎡−" + "AZaz09%.-"
    assert [character for character in wanted if ord(character) not in covered] == []


def test_the_licence_of_the_font_lies_beside_it():
    text = fonts.PACKAGED.with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert fonts.PACKAGED.stat().st_size < 2_000_000


def test_without_the_packaged_font_one_of_the_system_is_used(monkeypatch, tmp_path, fresh_families):
    monkeypatch.setattr(fonts, "PACKAGED", tmp_path / "gone.otf")
    monkeypatch.setattr(fonts, "SYSTEM", ("No Such Font", "DejaVu Serif"))
    assert fonts.families() == ("DejaVu Serif", "DejaVu Sans")


def test_without_any_chinese_font_there_is_one_warning(monkeypatch, tmp_path, fresh_families):
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"not a font")
    monkeypatch.setattr(fonts, "PACKAGED", broken)
    monkeypatch.setattr(fonts, "SYSTEM", ())
    with pytest.warns(UserWarning, match=r"没有可用的中文字体.*No Chinese font") as caught:
        assert fonts.families() == ("DejaVu Sans",)
        fonts.families()
    assert len(caught) == 1


def test_a_character_no_font_has_is_noticed():
    with use_theme(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plt.figure()
        figure.text(0.5, 0.5, "\U000f0000")
        with pytest.raises(UserWarning, match="Glyph"):
            figure.canvas.draw()
    plt.close(figure)


def test_the_theme_is_restored_also_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ValueError, match="inside"), theme():
        assert mpl.rcParams["font.family"][0] == "Wenming Sans SC"
        raise ValueError("inside")
    assert dict(mpl.rcParams) == before


def test_the_two_colours_differ_for_colour_blind_readers():
    """Deuteranopia after Machado, Oliveira and Fernandes (2009), severity 1.0."""
    seen = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
    blue, orange = (seen @ np.array(to_rgb(colour)) for colour in (BLUE, ORANGE))
    assert np.abs(blue - orange).max() > 0.3
