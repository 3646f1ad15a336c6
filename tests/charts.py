"""What every chart must hold, read from its SVG."""

import re
import xml.etree.ElementTree as ET

from dakpn.figures.canvas import SMALLEST, WIDTH

SVG = "{http://www.w3.org/2000/svg}"


def texts(path):
    """The texts of a chart, after checking that it can stand in any page: real text of a readable size, no raster, no
    background, no name of a variable, no style sheet, and ids of its own."""
    source = path.read_text()
    root = ET.fromstring(source)
    assert root.get("viewBox").startswith(f"0 0 {WIDTH} ") and root.get("width") == str(WIDTH)
    found = [element for element in root.iter() if element.tag == f"{SVG}text"]
    words = ["".join(element.itertext()).strip() for element in found]
    assert words and all(words)
    for element, word in zip(found, words, strict=True):
        size = float(re.search(r"font-size: ([\d.]+)px", element.get("style"))[1])
        assert size >= SMALLEST, f"{word} has {size} px"
        assert "_" not in word, f"{word} is a raw name"
        # Nothing is drawn beyond the edges.
        assert 0 <= float(element.get("x", 0)) <= WIDTH
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not tags & {"image", "style", "metadata", "script"}
    assert "currentColor" in source and "#010203" not in source and "font-family: " not in source
    assert not re.search(r"fill: (#ffffff|white)[^>]*/>", source.partition("<text")[0])
    ids = re.findall(r'\bid="([^"]*)"', source)
    assert len(ids) == len(set(ids)) and all(name.startswith(f"{path.stem}-") for name in ids)
    assert set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', source)) <= {(i, "") for i in ids} | {
        ("", i) for i in ids
    }
    return words
