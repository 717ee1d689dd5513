"""Makes src/api/caniemail.json, the data of the HTML check, of those that the npm package caniemail has:

    npm pack caniemail && tar xf caniemail-*.tgz
    python tools/update_caniemail.py package/dist/data/caniemail.json

The data are those of caniemail.com (MIT licence). To each feature is added how the check finds it, in the names of
src/message/html_features.h; features for which there is no such name are left out.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "src" / "api" / "caniemail.json"
KEPT = ("slug", "title", "description", "url", "category", "tags", "keywords", "stats", "notes_by_num")

ATTRIBUTES = [
    "align",
    "background",
    "cellpadding",
    "cellspacing",
    "dir",
    "height",
    "hidden",
    "lang",
    "popover",
    "required",
    "role",
    "srcset",
    "target",
    "valign",
    "width",
]

# Features whose slugs do not tell by themselves how they are found; none: they cannot be.
FOUND_BY: dict[str, tuple[str, ...]] = {
    "html-anchor-links": ("[href=#",),
    "html-button-reset": ("<button[type=reset",),
    "html-button-submit": ("<button[type=submit",),
    "html-comments": ("<!--",),
    "html-doctype": ("<!doctype",),
    "html-h1-h6": tuple(f"<h{level}" for level in range(1, 7)),
    "html-image-maps": ("<map",),
    "html-lists": ("<ul", "<ol", "<dl"),
    "html-loading-attribute": ("[loading",),
    "html-mailto-links": ("[href=mailto:",),
    "html-meta-color-scheme": ("<meta[name=color-scheme",),
    "html-semantics": tuple(
        f"<{name}"
        for name in [
            "article",
            "aside",
            "details",
            "figcaption",
            "figure",
            "footer",
            "header",
            "main",
            "mark",
            "nav",
            "section",
            "summary",
            "time",
        ]
    ),
    "css-block-inline-size": ("{block-size", "{inline-size"),
    "css-border-inline-block": ("{border-inline", "{border-block"),
    "css-border-inline-block-individual": tuple(
        f"{{border-{axis}-{side}" for axis in ("inline", "block") for side in ("start", "end")
    ),
    "css-border-inline-block-longhand": tuple(
        f"{{border-{axis}-{what}" for axis in ("inline", "block") for what in ("color", "style", "width")
    ),
    "css-border-radius-logical": tuple(
        f"{{border-{block}-{inline}-radius" for block in ("start", "end") for inline in ("start", "end")
    ),
    "css-column-layout-properties": ("{columns", "{column-gap", "{column-rule", "{column-span", "{column-width"),
    "css-comments": ("css-comment",),
    "css-conic-gradient": ("fn:conic-gradient", "fn:repeating-conic-gradient"),
    "css-display-flex": ("{display:flex", "{display:inline-flex"),
    "css-display-grid": ("{display:grid", "{display:inline-grid"),
    "css-display-none": ("{display:none",),
    "css-gap": ("{gap", "{row-gap"),
    "css-grid-template": ("{grid-template", "{grid-template-columns", "{grid-template-rows", "{grid-template-areas"),
    "css-important": ("!important",),
    "css-inert-attribute": ("[inert",),
    "css-intrinsic-size": ("value:min-content", "value:max-content", "value:fit-content", "fn:fit-content"),
    "css-left-right-top-bottom": ("{left", "{right", "{top", "{bottom"),
    "css-linear-gradient": ("fn:linear-gradient", "fn:repeating-linear-gradient"),
    "css-margin-block-start-end": ("{margin-block-start", "{margin-block-end"),
    "css-margin-inline-block": ("{margin-inline", "{margin-block"),
    "css-margin-inline-start-end": ("{margin-inline-start", "{margin-inline-end"),
    "css-modern-color": ("fn:color", "fn:hwb", "fn:lab", "fn:lch", "fn:oklab", "fn:oklch"),
    "css-nesting": ("nesting",),
    "css-padding-block-start-end": ("{padding-block-start", "{padding-block-end"),
    "css-padding-inline-block": ("{padding-inline", "{padding-block"),
    "css-padding-inline-start-end": ("{padding-inline-start", "{padding-inline-end"),
    "css-radial-gradient": ("fn:radial-gradient", "fn:repeating-radial-gradient"),
    "css-rgb": ("fn:rgb",),
    "css-rgba": ("fn:rgba",),
    "css-scroll-snap": ("{scroll-snap-type", "{scroll-snap-align", "{scroll-snap-stop"),
    "css-selector-adjacent-sibling": ("sel:+",),
    "css-selector-attribute": ("sel:[",),
    "css-selector-chaining": ("sel:chain",),
    "css-selector-child": ("sel:>",),
    "css-selector-class": ("sel:.",),
    "css-selector-descendant": ("sel:space",),
    "css-selector-general-sibling": ("sel:~",),
    "css-selector-grouping": ("sel:,",),
    "css-selector-id": ("sel:#",),
    "css-selector-type": ("sel:type",),
    "css-selector-universal": ("sel:*",),
    "css-sytem-ui": ("value:system-ui",),
    "css-unit-calc": ("fn:calc",),
    "css-unit-initial": ("value:initial",),
    "css-unit-percent": ("unit:%",),
    "css-variables": ("fn:var",),
}

# The rest, by the form of the slug.
RULES: tuple[tuple[str, str], ...] = (
    (r"html-(aria-.*)", "[{}"),
    (rf"html-({'|'.join(ATTRIBUTES)})", "[{}"),
    (r"html-input-(.*)", "<input[type={}"),
    (r"html-(.*)", "<{}"),
    (r"css-at-media-(.*)", "@media:{}"),
    (r"css-at-(.*)", "@{}"),
    (r"css-pseudo-class-(.*)", ":{}"),
    (r"css-pseudo-element-(.*)", "::{}"),
    (r"css-unit-(.*)", "unit:{}"),
    (r"css-function-(.*)", "fn:{}"),
    (r"css-(.*)", "{{{}"),
)


def found_by(slug: str) -> list[str]:
    """The names of the features that are this one."""
    if slug in FOUND_BY:
        return list(FOUND_BY[slug])
    for pattern, form in RULES:
        if match := re.fullmatch(pattern, slug):
            return [form.format(match[1])]
    return []


def main() -> None:
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    features: list[dict[str, Any]] = [
        {**{key: feature.get(key) for key in KEPT}, "found_by": names}
        for feature in source["data"]
        if (names := found_by(feature["slug"]))
    ]
    data = {"source": "caniemail.com", "date": source["last_update_date"], "nicenames": source["nicenames"]}
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = json.dumps(data, ensure_ascii=False).removesuffix("}")
    TARGET.write_text(f'{head}, "data": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
