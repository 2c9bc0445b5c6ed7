"""Tables of a page: each row can stand alone, and is sorted by what it shows, whatever its unit is."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape

import pytest

from rolloutsim.report.page.content import Cell, Chapter, Part, table_of
from rolloutsim.report.page.render import page_html
from rolloutsim.report.rows import Row, Section
from tests.report.test_page import Page
from tests.report.test_replay_html import BROWSER

SECTION = Section(
    "Sites",
    (
        Row("site wh01", "90 % InSync", "39.53 min", "[39.38, 39.70]", "n = 100"),
        Row("", "failed", "< 3.62 %", "", "0 of 100"),
        Row("site wh12", "90 % InSync", "4.4297 h", "[4.4247, never]", "n = 100"),
        Row("", "95 % InSync", "never", "> 4.44 h", "n = 100"),
        Row("links", "peak", "20 Mbit/s", "", ""),
        Row("", "slots", "1,226.93", "[-1, 2,000]", ""),
        Row("", "P99", "", "", "not estimable, needs 368"),
    ),
)

#: Presses titles of columns, and writes which rows there are then; fills in the field of the filter, and writes which are left.
PROBE = """<script>
const rows = () => [...document.querySelectorAll("tbody tr")].filter((row) => !row.hidden).map((row) => row.cells[4].textContent);
const press = (column) => { document.querySelectorAll("th button")[column].click(); return rows(); };
const field = document.querySelector("input[type=search]");
const filter = (text) => { field.value = text; field.dispatchEvent(new Event("input")); return rows(); };
const found = { value: [press(2), press(2), press(2)], limits: press(3), filter: filter("WH01  failed"), none: filter("wh01 slots") };
const out = document.createElement("pre");
out.id = "found";
out.textContent = JSON.stringify(found);
document.body.append(out);
</script>"""


def test_each_row_has_its_label():
    cells = [row[0] for row in table_of(SECTION).rows]
    assert [cell.text for cell in cells] == ["site wh01"] * 2 + ["site wh12"] * 2 + ["links"] * 3
    assert [cell.again for cell in cells] == [False, True, False, True, False, True, True]


def test_rows_are_sorted_by_values_without_prefixes():
    found = [(row[2].unit, row[2].value and pytest.approx(float(row[2].value))) for row in table_of(SECTION).rows]
    assert found == [("s", 2371.8), ("%", 0.0362), ("s", 15946.92), ("s", float("inf")), ("bit/s", 2e7), ("", 1226.93), ("", "")]
    limits = [(row[3].unit, row[3].value and pytest.approx(float(row[3].value))) for row in table_of(SECTION).rows]
    assert limits == [("s", 2362.8), ("", ""), ("s", 15928.92), ("s", 15984), ("", ""), ("", -1), ("", "")]


def test_a_text_is_no_number():
    assert Cell.number("2 of 3 jobs") == Cell("2 of 3 jobs")
    assert Cell.number("hold") == Cell("hold")
    assert Cell.number("10 %") == Cell("10 %", "0.1", unit="%")


def test_the_page_has_them():
    page = Page(page_html([Chapter("a", "", "", (), (Part("All", (table_of(SECTION),)),))]))
    cells = page.all("td")
    assert {"class": "number", "data-value": "2371.8", "data-unit": "s"} in cells
    assert {"class": "limits", "data-value": "2362.8", "data-unit": "s"} in cells
    assert sum(cell.get("class") == "again" for cell in cells) == 4
    assert page.all("a")[0]["href"] == "#p1-1"


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a browser")
def test_in_a_browser_it_is_sorted_and_filtered(tmp_path):
    rows = tuple(row._replace(evidence=str(number)) for number, row in enumerate(SECTION.rows * 2))
    html = page_html([Chapter("a", "", "", (), (Part("All", (table_of(Section("Sites", rows)),)),))])
    path = tmp_path / "page.html"
    path.write_text(re.sub(r"<meta http-equiv[^>]*>", "", html) + PROBE, encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=600, check=True)
    found = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', done.stdout)[1]))
    up, down, own = ([int(number) for number in order] for order in found["value"])
    assert up == [5, 12, 1, 8, 4, 11, 0, 7, 2, 9, 3, 10, 6, 13]  # counts, shares, rates, times, and what has no value
    assert down == [5, 12, 1, 8, 4, 11, 3, 10, 2, 9, 0, 7, 6, 13]
    assert own == list(range(14))
    assert found["limits"][:8] == ["5", "12", "0", "7", "2", "9", "3", "10"]
    assert found["filter"] == ["1", "8"]
    assert found["none"] == []
