"""The typefaces that screenshots for training are drawn in: Debian's packages, and the one that comes with Pillow."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import ImageFont

FOLDER: Final = Path("/usr/share/fonts")
PACKAGES: Final = (
    "fonts-dejavu fonts-liberation fonts-roboto-unhinted fonts-lato fonts-open-sans fonts-noto-core fonts-noto-ui-core "
    "fonts-firacode fonts-hack fonts-jetbrains-mono fonts-cantarell fonts-karla fonts-quicksand fonts-croscore "
    "fonts-crosextra-carlito fonts-crosextra-caladea fonts-b612 fonts-urw-base35 fonts-freefont-ttf "
    "fonts-oxygen fonts-noto-mono fonts-inconsolata fonts-roboto-slab fonts-adf-gillius fonts-adf-libris "
    "fonts-adf-universalis fonts-adf-verana fonts-averia-sans-gwf fonts-averia-serif-gwf fonts-clear-sans fonts-cmu "
    "fonts-comic-neue fonts-dosis fonts-ebgaramond fonts-fantasque-sans fonts-gemunu-libre fonts-go fonts-hermit "
    "fonts-jura fonts-league-spartan fonts-lindenhill fonts-linuxlibertine fonts-mplus fonts-paratype fonts-play "
    "fonts-quattrocento fonts-sil-andika fonts-sil-charis fonts-sil-gentium-basic fonts-smc-manjari fonts-sora "
    "fonts-tiresias fonts-tlwg-waree-ttf fonts-tuffy fonts-yrsa-rasa"
)  # fmt: skip
"""Debian packages; whichever is missing is done without."""

# What an interface is set in counts more than what a book is: the weight is how many lots a family gets.
_STEMS: Final[dict[str, int]] = {
    "DejaVuSans": 3, "DejaVuSans-Bold": 2, "DejaVuSansCondensed": 2, "DejaVuSansMono": 2, "DejaVuSerif": 1,
    "LiberationSans-Regular": 4, "LiberationSans-Bold": 3, "LiberationSansNarrow-Regular": 1,
    "LiberationMono-Regular": 2, "LiberationSerif-Regular": 2, "LiberationSerif-Bold": 1,
    "Roboto-Regular": 5, "Roboto-Medium": 4, "Roboto-Bold": 3, "Roboto-Light": 2, "RobotoCondensed-Regular": 2,
    "RobotoSlab-Regular": 1, "Lato-Regular": 3, "Lato-Bold": 2, "Lato-Medium": 2, "Lato-Semibold": 2,
    "OpenSans-Regular": 4, "OpenSans-Semibold": 3, "OpenSans-Bold": 2, "OpenSans-Light": 1,
    "NotoSans-Regular": 4, "NotoSans-Bold": 2, "NotoSansDisplay-Regular": 1,
    "NotoSansMono-Regular": 1, "NotoSerif-Regular": 1,
    "FiraCode-Regular": 1, "FiraCode-Medium": 1, "Hack-Regular": 1, "Hack-Bold": 1, "JetBrainsMono-Regular": 1,
    "Cantarell-Regular": 2, "Karla-Regular": 1, "Karla-Bold": 1, "Quicksand-Regular": 1, "Quicksand-Medium": 1,
    "Arimo-Regular": 3, "Arimo-Bold": 2, "Cousine-Regular": 1, "Tinos-Regular": 1,
    "Caladea-Regular": 1, "B612-Regular": 2, "B612-Bold": 1, "B612Mono-Regular": 1,
    "NimbusSans-Regular": 3, "NimbusSans-Bold": 2, "NimbusMonoPS-Regular": 1, "URWGothic-Book": 1,
    "NimbusRoman-Regular": 1, "FreeSans": 2, "FreeSansBold": 1, "FreeMono": 1, "FreeSerif": 1,
    "Oxygen-Sans": 2, "Oxygen-Sans-Bold": 1, "Inconsolata": 1, "NotoMono-Regular": 1,
    "ClearSans-Regular": 2, "ClearSans-Medium": 2, "ClearSans-Bold": 1, "Go-Regular": 1, "Go-Medium": 1,
    "Go-Bold": 1, "Go-Mono": 1, "PTS55F": 2, "PTS75F": 1, "PTM55F": 1, "PTF55F": 1, "Sora-Regular": 2,
    "Sora-SemiBold": 2, "LeagueSpartan-Regular": 1, "LeagueSpartan-SemiBold": 1, "GilliusADF-Regular": 2,
    "GilliusADF-Bold": 1, "GilliusADFNo2-Regular": 1, "UniversalisADFStd-Regular": 1, "UniversalisADFStd-Bold": 1,
    "LibrisADFStd-Regular": 1, "VeranaSans-Regular": 1, "VeranaSansMedium-Regular": 1, "Verana-Regular": 1,
    "Dosis-Medium": 1, "Dosis-SemiBold": 1, "Jura-Medium": 1, "Jura-SemiBold": 1, "Play-Regular": 1, "Play-Bold": 1,
    "ComicNeue-Regular": 1, "ComicNeue-Bold": 1, "GemunuLibre-Medium": 1, "Manjari-Regular": 1, "Manjari-Bold": 1,
    "tiresias_infofont": 1, "tuffy_regular": 1, "tuffy_bold": 1, "AveriaSansGWF-Regular": 1, "AveriaSansGWF-Bold": 1,
    "AveriaSerifGWF-Regular": 1, "Waree": 1, "Andika-Regular": 1, "CharisSIL-Regular": 1, "EBGaramond12-Regular": 1,
    "LindenHill": 1, "LinBiolinum_R": 1, "LinBiolinum_RB": 1, "LinLibertine_R": 1, "Rasa-Medium": 1, "Yrsa-Medium": 1,
    "GenBasR": 1, "Quattrocento-Regular": 1, "C059-Roman": 1, "P052-Roman": 1, "URWBookman-Light": 1, "cmunss": 1,
    "cmuntt": 1, "MplusCodeLatin60-Regular": 1, "FantasqueSansMono-Regular": 1, "Hermit-medium": 1,
    "LiberationMono-Bold": 1, "NimbusMonoPS-Bold": 2, "OxygenMono-Regular": 1, "FreeMonoBold": 1,
    "JetBrainsMono-Medium": 1, "Quicksand-Bold": 2, "Karla-Medium": 1, "Cantarell-Bold": 1, "Carlito-Regular": 1,
    "Carlito-Bold": 1,
}  # fmt: skip
BUILT_IN: Final = ""
"""Stands for the typeface that comes with Pillow."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file, or the built-in one."""

    path: str

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """The typeface at `size` pixels."""
        return _load(self.path, round(size * 4))

    @property
    def name(self) -> str:
        """The file's stem."""
        return Path(self.path).stem if self.path else "built-in"


@functools.lru_cache(2000)
def _load(path: str, quarters: int) -> ImageFont.FreeTypeFont:
    size = quarters / 4
    if path == BUILT_IN:
        font = ImageFont.load_default(size=size)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise RuntimeError("this Pillow was built without FreeType")
        return font
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def typefaces() -> tuple[Typeface, ...]:
    """The typefaces that are installed, each as often as it weighs."""
    files = {file.stem: str(file) for file in sorted(FOLDER.rglob("*.[ot]tf"))} if FOLDER.is_dir() else {}
    found = [Typeface(files[stem]) for stem, weight in _STEMS.items() for _ in range(weight) if stem in files]
    return (*found, *([Typeface(BUILT_IN)] * 5))
