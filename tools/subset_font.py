"""Write the packaged Chinese font: a subset of Noto Sans SC under a family name of its own.

    python tools/subset_font.py NotoSansSC-Regular.otf LICENSE

takes the static OTF and its licence text from the package `pylopdf-fonts-zh-cn` and writes
`WenmingSansSC-Regular.otf` and `OFL.txt` into `analysis/plots/fonts/`. The result depends only on the
two inputs and on the version of fontTools.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[1] / "analysis" / "plots" / "fonts"
FAMILY = "Wenming Sans SC"
POSTSCRIPT = "WenmingSansSC-Regular"

PLACE_NAMES = (
    "䶮㙍垟塆垸埗埇堎塱墘墩墈磜磡礤嵖岈岙岽岜岵峁峂崀嵙嵝嶂嶝"
    "浉浐浛浠涢涞洣洑泐泖泷沄沩沣浈浬淏淠湉湴湙湜溆溇滃滆滘漖漷潕潢潴澛澥澴灏灞瀍瀼"
    "邗邙邛邡邴邳邽郃郇郏郐郓郚郯郾鄀鄄鄅鄌鄘鄚鄠鄢鄯鄱酂酃酆酉"
    "栟桁桄枥柘柞栎栒桕桠梽棘棪椑楂槎榄榕樟檨櫆"
    "犍猇獴珲珙珥珦珺琊琎琚琨琭瑀瑆瑢璟瓘甪畈畲畬疃疍"
    "盱盩厔睢睦砀砚砬砻硐硖碚碶磴礐礌礓礤礼祃祊禤秭稷穰窎窦筇筠筼箐箬篁"
    "耒耋荥荦莒莙莘菏菼萩葑葭葳蒗蒟蒲蓥蔺蕖薛藠藁虒虢蚌蛟蜈螳"
    "赉赟赣跶辿迳逄邕邾钎钖钭铚铧锜锳镆镡镬阆阇阌阏隰隈隩霅霑靰韶颍颛颢飏馀馓駅骊骎骕骦骙"
    "鲃鲅鲌鲘鲩鳌鳖鸠鸬鹮鹇麂麇黟黉黔黾鼋鼐龑龘龢昇喆堃淼垚犇骉晟祎翀翯翾昉昕昀旻昊昱晙曈曌曦朊"
    "玥玦玚玠玢玮琇琤瑄瑨璐璇璎璠璞瓒荛蔲薏伃伭佟俣倧偲傒僳妧妭姈姞姝婳媖嫄嬅孖宓弇彧怡恺惇愔憬戬"
    "靖峣峤崚嵘嵚嶷嵊嵎嵬嶓嶙崾崦坂坜坨坭坻垃垌垕垞垡垱垭垴埂埔埕埝埠埤埭埸堌堍堙堠堨塅塍塬墚墟壅壖"
    "圩圳圪圬圮坌坍坩坫坳夼奤尕屺岍岐岔岗岚岞岢岣岫岷岿峄峒峡崂崆崮嵋嵛嵩巉巘镕锟"
)
"""Characters of place and personal names, most of them outside GB 2312."""

SYMBOLS = (
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"
    "←↑→↓↔↕↖↗↘↙⇒≤≥≠≈±×÷√∑∞∈∩∪∵∴−‐–—―‘’“”…‰℃§¶•·・々〇〆〜"
    "★☆●○◎◆◇■□▲△▼▽◀▶✓㎡㎏㎞㎜㎝㏄²³½¼¾µΩαβγδθλμπρσφω€£¥￥％＋－＝＜＞～"
)


def _gb2312() -> set[str]:
    cells = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", errors="ignore") for pair in cells))


def characters() -> set[str]:
    """ASCII, Latin-1, GB 2312, general and full-width punctuation, symbols and rare name characters."""
    blocks = ((0x20, 0x7F), (0xA0, 0x100), (0x2010, 0x2040), (0x3000, 0x3020), (0xFF00, 0xFF5F))
    plain = {chr(code) for start, stop in blocks for code in range(start, stop)}
    return plain | _gb2312() | set(PLACE_NAMES) | set(SYMBOLS)


def _rename(font: TTFont) -> None:
    """Noto keeps its name for itself: the subset goes by another one, in every language."""
    names = {1: FAMILY, 2: "Regular", 3: f"2.004;{POSTSCRIPT}", 4: FAMILY, 6: POSTSCRIPT}
    table = font["name"]
    table.names = [
        record for record in table.names if record.langID == 0x409 and record.nameID not in (7, 16, 17)
    ]
    for record in table.names:
        record.string = names.get(record.nameID, record.toUnicode())
    top = font["CFF "].cff
    top.fontNames = [POSTSCRIPT]
    top[0].FullName, top[0].FamilyName = FAMILY, FAMILY


def subset(source: Path, target: Path) -> int:
    """Write the subset of `source` to `target`; the number of characters it covers."""
    options = Options(layout_features=[], hinting=False, name_languages=[0x409], notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG"]
    font = TTFont(source, recalcTimestamp=False)
    worker = Subsetter(options)
    worker.populate(text="".join(characters()))
    worker.subset(font)
    _rename(font)
    font.save(target)
    return len(font.getBestCmap())


def main() -> None:
    """Write the font and its licence."""
    source, licence = (Path(argument) for argument in sys.argv[1:3])
    FONTS.mkdir(parents=True, exist_ok=True)
    target = FONTS / f"{POSTSCRIPT}.otf"
    covered = subset(source, target)
    notice = TTFont(source)["name"].getDebugName(0)
    change = f"{FAMILY} is a modified version: a subset of Noto Sans SC 2.004, renamed."
    text = f"{notice}\n{change}\n\n{licence.read_text(encoding='utf-8')}"
    (FONTS / "OFL.txt").write_text(text, encoding="utf-8", newline="\n")
    print(f"{target}: {covered} characters, {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
