"""Licences that a work can carry, by their SPDX identifiers: what they are called, and where they are explained."""

_CC = "https://creativecommons.org/licenses"

LICENCES: dict[str, tuple[str, str | None]] = {
    "all-rights-reserved": ("All rights reserved", None),
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", f"{_CC}/by/4.0/"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution-ShareAlike 4.0", f"{_CC}/by-sa/4.0/"),
    "CC-BY-NC-4.0": ("Creative Commons Attribution-NonCommercial 4.0", f"{_CC}/by-nc/4.0/"),
    "CC-BY-NC-SA-4.0": ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0", f"{_CC}/by-nc-sa/4.0/"),
    "CC-BY-ND-4.0": ("Creative Commons Attribution-NoDerivatives 4.0", f"{_CC}/by-nd/4.0/"),
    "CC-BY-NC-ND-4.0": ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", f"{_CC}/by-nc-nd/4.0/"),
    "CC0-1.0": ("Creative Commons Zero: public domain", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
