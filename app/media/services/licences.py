"""Licences that a work can carry: what they are called, and where they are explained."""

_CC = "https://creativecommons.org/licenses"

LICENCES: dict[str, tuple[str, str | None]] = {
    "all-rights-reserved": ("All rights reserved", None),
    "cc-by": ("Creative Commons Attribution 4.0", f"{_CC}/by/4.0/"),
    "cc-by-sa": ("Creative Commons Attribution-ShareAlike 4.0", f"{_CC}/by-sa/4.0/"),
    "cc-by-nc": ("Creative Commons Attribution-NonCommercial 4.0", f"{_CC}/by-nc/4.0/"),
    "cc-by-nc-sa": ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0", f"{_CC}/by-nc-sa/4.0/"),
    "cc-by-nd": ("Creative Commons Attribution-NoDerivatives 4.0", f"{_CC}/by-nd/4.0/"),
    "cc-by-nc-nd": ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", f"{_CC}/by-nc-nd/4.0/"),
    "cc0": ("Creative Commons Zero: public domain", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
