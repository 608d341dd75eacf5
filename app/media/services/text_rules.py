"""How short texts from people and files are tidied: one line, a date, a language."""

import re
import unicodedata
from datetime import date

LANGUAGES = {
    "ar": "العربية", "bn": "বাংলা", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά",
    "en": "English", "es": "Español", "et": "Eesti", "fa": "فارسی", "fi": "Suomi", "fr": "Français", "he": "עברית",
    "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "id": "Bahasa Indonesia", "is": "Íslenska", "it": "Italiano",
    "ja": "日本語", "ko": "한국어", "lt": "Lietuvių", "lv": "Latviešu", "nl": "Nederlands", "no": "Norsk",
    "pl": "Polski", "pt": "Português", "ro": "Română", "ru": "Русский", "sk": "Slovenčina", "sl": "Slovenščina",
    "sr": "Српски", "sv": "Svenska", "sw": "Kiswahili", "th": "ไทย", "tr": "Türkçe", "uk": "Українська", "ur": "اردو",
    "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
_ISO_639_2 = {
    "ara": "ar", "ben": "bn", "cat": "ca", "ces": "cs", "cze": "cs", "dan": "da", "deu": "de", "ger": "de", "ell": "el",
    "gre": "el", "eng": "en", "spa": "es", "est": "et", "fas": "fa", "per": "fa", "fin": "fi", "fra": "fr", "fre": "fr",
    "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is", "ice": "is", "ita": "it", "jpn": "ja",
    "kor": "ko", "lit": "lt", "lav": "lv", "nld": "nl", "dut": "nl", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro",
    "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "srp": "sr", "swe": "sv", "swa": "sw", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "zho": "zh", "chi": "zh",
}  # fmt: skip
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def one_line(text: str, longest: int) -> str:
    """``text`` on one line, without what cannot be seen and what turns its direction, cut to ``longest``."""
    return " ".join(_UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).split())[:longest].strip()


def language_tag(written: str) -> str:
    """A BCP 47 tag for what a file or a person wrote (``eng``, ``en-GB``, ``DE``), or "" when it is none."""
    written = written.strip().replace("_", "-")
    first, _, rest = written.partition("-")
    first = _ISO_639_2.get(first.lower(), first.lower())
    tag = f"{first}-{rest}" if rest else first
    return tag if _TAG.fullmatch(tag) and first not in {"und", "mis", "mul", "zxx"} else ""


def language_name(tag: str) -> str:
    """A language in its own words, or its tag where we do not know them."""
    return LANGUAGES.get(tag.partition("-")[0], tag if tag != "und" else "Text")


def find_date(written: str) -> date | None:
    """The day that a tag names: ``2024-03-01``, ``20240301`` or ``2024`` (its first day)."""
    match = re.match(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?", written.strip())
    if not match:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None
