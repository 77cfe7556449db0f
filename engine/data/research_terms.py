"""What the tables of the two research sets say, in our terms."""

from __future__ import annotations

Row = dict[str, str]
CITATION = "citation"
"""Fact of a case: the published set that it is from."""
BUS_BRA = "BUS-BRA (Gómez-Flores et al., Medical Physics 2023)"
BREAST_USG = "BrEaST-Lesions-USG (Pawłowska et al., Scientific Data 2024)"
_UNKNOWN = {"", "not available", "not applicable", "indefinable"}
_ECHOGENICITY = {
    "anechoic": {"echo_pattern": ("anechoic",)},
    "hyperechoic": {"echo_pattern": ("hyperechoic",)},
    "hypoechoic": {"echo_pattern": ("hypoechoic",)},
    "isoechoic": {"echo_pattern": ("isoechoic",)},
    "heterogeneous": {"internal_echoes": ("heterogeneous",)},
    "complex cystic/solid": {"composition": ("mixed",)},
}
_CALCIFICATIONS = {
    "no": {"calcification": ("none",), "calcification_site": ("none",)},
    # Coarse or fine is not recorded, so only the site is known.
    "in a mass": {"calcification_site": ("in mass",)},
    "intraductal": {"calcification_site": ("intraductal",)},
}
_POSTERIOR = {"no": "none", "enhancement": "enhancement", "shadowing": "shadowing", "combined": "combined"}
_SHAPES = {"oval", "round", "irregular"}
_MARGINS = {"indistinct", "angular", "microlobulated", "spiculated"}


def breast_usg_terms(row: Row) -> dict[str, tuple[str, ...]]:
    """Descriptor terms of one row of BrEaST-Lesions-USG; what it does not record stays missing.

    Pawłowska et al., Scientific Data 2024. Location and orientation are not recorded; a mass called "hypoechoic" may
    still be heterogeneous, so each echogenicity fills one field only.
    """
    terms: dict[str, tuple[str, ...]] = {}
    shape, margin = row.get("Shape", "").lower(), row.get("Margin", "").lower()
    if shape in _SHAPES:
        terms["shape"] = (shape,)
    if margin == "circumscribed":
        terms["margin"] = (margin,)
    elif margin.startswith("not circumscribed"):
        terms["margin"] = tuple(m for m in margin.partition(" - ")[2].split("&") if m.strip() in _MARGINS)
    posterior = _POSTERIOR.get(row.get("Posterior_features", "").lower())
    if posterior:
        terms["posterior_features"] = (posterior,)
    terms |= _ECHOGENICITY.get(row.get("Echogenicity", "").lower(), {})
    terms |= _CALCIFICATIONS.get(row.get("Calcifications", "").lower(), {})
    return terms


def breast_usg_facts(row: Row) -> dict[str, str]:
    """Category, age, pixel size and the findings that are no descriptor of ours."""
    facts = {
        CITATION: BREAST_USG,
        "birads": row.get("BIRADS", "").upper(),
        "age": row.get("Age", ""),
        "diagnosis": row.get("Diagnosis", ""),
        "verification": row.get("Verification", ""),
        "tissue_composition": row.get("Tissue_composition", ""),
        "halo": row.get("Halo", ""),
        "skin_thickening": row.get("Skin_thickening", ""),
        "pixel_size_mm": _millimetres(row.get("Pixel_size", "")),
    }
    return _known(facts)


def bus_bra_facts(row: Row) -> dict[str, str]:
    """Category, device, side, histology and the official fold of one row of BUS-BRA."""
    columns = {"birads": "BIRADS", "device": "Device", "side": "Side", "histology": "Histology", "fold": "fold"}
    return _known({CITATION: BUS_BRA, **{name: row.get(column, "") for name, column in columns.items()}})


def _known(facts: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in facts.items() if v.lower() not in _UNKNOWN}


def _millimetres(centimetres: str) -> str:
    try:
        return f"{float(centimetres) * 10:.6g}"
    except ValueError:
        return ""
