"""The report in a browser: at the size of a desk and of a phone, with and without scripts, by keyboard, and printed."""

import re

import chromium
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not chromium.FOUND, reason="no Chromium on the PATH")]
DESK, PHONE = (1280, 800), (390, 844)


@pytest.fixture(scope="module")
def address(run):
    return (run / "reports/smoke/index.html").as_uri()


@pytest.fixture(scope="module")
def tab():
    with chromium.tab() as opened:
        yield opened


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_nothing_is_loaded_and_nothing_goes_wrong(tab, address, size):
    tab.open(address, *size)
    asked = {about["request"]["url"] for method, about in tab.events if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {address}
    wrong = [event for event in tab.events if event[0] in ("Runtime.exceptionThrown", "Log.entryAdded")]
    assert not wrong and not any(method == "Runtime.consoleAPICalled" for method, _ in tab.events)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_first_screen_holds_the_answer(tab, address, size):
    tab.open(address, *size)
    places = tab.run("[...document.querySelectorAll('h1, .badge, .lead')].map((e) => e.getBoundingClientRect().bottom)")
    assert len(places) == 4 and max(places) <= size[1]
    if size == DESK:
        assert tab.run("[...document.querySelectorAll('.forest')].at(-1).getBoundingClientRect().bottom") <= size[1]


def test_a_phone_scrolls_sideways_only_inside_of_tables(tab, address):
    tab.open(address, *PHONE)
    for unfolded in (False, True):
        tab.run(f"document.querySelectorAll('details').forEach((part) => (part.open = {str(unfolded).lower()}))")
        assert tab.run("document.documentElement.scrollWidth") <= PHONE[0]


def test_texts_of_charts_can_be_read(tab, address):
    for size in (DESK, PHONE):
        tab.open(address, *size)
        sizes = tab.run(
            "[...document.querySelectorAll('.forest text')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert sizes and min(sizes) >= 11


def test_a_number_opens_the_files_behind_it_and_escape_closes_them(tab, address):
    tab.open(address, *DESK)
    tab.run("document.querySelector('#table3-cyclegan-720x1280-miou a').focus()")
    tab.key("Enter", hold=100)
    assert tab.run("document.getElementById('box').open")
    text = tab.run("document.getElementById('box').innerText")
    files = (
        "translator/street/cyclegan/seed0",
        "translation/street/cyclegan/seed0",
        "segmenter/street/cyclegan",
        "confusion.npz",
    )
    places = [text.index(file) for file in files]
    assert places == sorted(places) and "snakemake --cores 8 --force" in text
    tab.key("Escape", hold=100)
    assert not tab.run("document.getElementById('box').open")


def test_an_address_leads_to_a_claim_and_to_a_cell(tab, address):
    tab.open(f"{address}#claim-abstract-faces", *DESK)
    assert "comparable performance on face parsing" in tab.run("document.getElementById('box-body').innerText")
    tab.open(f"{address}#table3-cyclegan-720x1280-miou", *DESK)
    top = tab.run("document.getElementById('table3-cyclegan-720x1280-miou').getBoundingClientRect().top")
    assert 0 <= top <= DESK[1]


def test_the_border_between_before_and_after_moves_by_keyboard(tab, address):
    tab.open(address, *DESK)
    tab.run("document.querySelector('img-comparison-slider').focus()")
    before = tab.run("document.querySelector('img-comparison-slider').value")
    tab.key("ArrowRight", hold=300)
    assert tab.run("document.querySelector('img-comparison-slider').value") > before + 1
    assert int(tab.run("document.querySelector('img-comparison-slider').ariaValueNow")) > before


def test_the_pickers_show_other_images(tab, address):
    tab.open(address, *DESK)
    shown = "[...document.querySelectorAll('.compare:first-of-type img')].slice(0, 2).map((e) => e.alt)"
    assert tab.run(shown)[1].endswith("under DA-KPN-S")
    for picker, value in (("after", "CycleGAN"), ("scene", "1")):
        tab.run(f"document.querySelector('.compare .{picker}').value = '{value}'")
        tab.run(f"document.querySelector('.compare .{picker}').dispatchEvent(new Event('change'))")
    before, after = tab.run(shown)
    scene = tab.run("document.querySelector('.scene').selectedOptions[0].text")
    assert after == f"Scene {scene} under CycleGAN" and before == f"Scene {scene} under Source (untranslated)"


def test_a_heading_sorts_and_the_switch_shows_all_metrics(tab, address):
    tab.open(address, *DESK)
    tab.run("document.querySelectorAll('#table3 thead button')[2].click()")
    numbers = tab.run("[...document.querySelectorAll('#table3 tbody tr')].map((e) => e.cells[2].dataset.sort)")
    known = [float(number) for number in numbers if number]
    assert known == sorted(known, reverse=True) and "" not in numbers[: len(known)]
    seen = "[...document.querySelectorAll('#table3 thead th')].filter((e) => e.offsetWidth).length"
    few = tab.run(seen)
    tab.run("document.querySelector('#section-table3 .all-metrics').click()")
    assert tab.run(seen) == 3 * (few - 1) + 1


def test_the_filter_leaves_the_claims_that_the_paper_contradicts(tab, address):
    tab.open(address, *DESK)
    tab.run("document.getElementById('only-against').click()")
    left = tab.run("[...document.querySelectorAll('.tiles li')].filter((e) => e.offsetWidth).map((e) => e.className)")
    assert left and set(left) == {"against"}


def test_without_scripts_everything_is_there_to_read(tab, address):
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.open(address, *DESK)
        open_ = tab.run("[...document.querySelectorAll('details.fold')].every((part) => part.open)")
        assert open_ and tab.run("document.querySelector('[id^=why-table3]').getBoundingClientRect().height") > 0
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_on_paper_it_has_few_pages_and_no_appendix(tab, address):
    tab.open(address, *DESK)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", tab.pdf())) <= 12
    tab.ask("Emulation.setEmulatedMedia", media="print")
    hidden = tab.run("[...document.querySelectorAll('#appendix, #whys, nav, .compare')].every((e) => !e.offsetHeight)")
    tab.ask("Emulation.setEmulatedMedia", media="")
    assert hidden
