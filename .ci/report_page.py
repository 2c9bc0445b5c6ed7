"""Open a report in headless Chromium: ``python .ci/report_page.py REPORT SUMMARY CHROMIUM``, in an environment with playwright.

The report is one of a folder of a run, whose ``summary.json`` is the second argument.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

#: Two widths: a desk and a phone.
WIDTHS = (1200, 390)


def number_at(summary: Any, path: str) -> Any:
    """Return the estimate of a name in ``summary.json``."""
    for part in path.split("."):
        summary = summary[int(part)] if isinstance(summary, list) else summary[part]
    return summary["best"]


def check_numbers(page: Page, summary: Any) -> int:
    """Compare every number of the page with the summary, the one it is sorted by and the one it shows."""
    cells = page.eval_on_selector_all("td[data-name]", "cells => cells.map(c => [c.dataset.name, c.dataset.value, c.textContent])")
    for name, value, text in cells:
        expected = number_at(summary, name)
        if expected is None:
            assert (value, text) == ("nan", ""), (name, value, text)
        elif expected == "inf":
            assert (value, text) == ("inf", "inf"), (name, value, text)
        else:
            assert float(value) == expected, (name, value, expected)
            assert abs(float(text) - expected) <= 1e-5 * abs(expected), (name, text, expected)
    return len(cells)


def check_width(page: Page, width: int) -> None:
    """Check that a page is not wider than its window."""
    page.set_viewport_size({"width": width, "height": 900})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, media="screen")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"wider than {width}"


def check_table(page: Page) -> None:
    """Sort and filter a table by the keyboard."""
    field = page.locator("input[type=search]").last
    table = page.locator(f"[id='{field.get_attribute('data-table')}']")
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    rows = table.locator("tbody tr")
    field.fill("time_to_complete")
    shown = [row.inner_text() for row in rows.all() if row.is_visible()]
    assert shown, "the filter shows nothing"
    assert all("time_to_complete" in row for row in shown)
    field.fill("")
    press(page, table, 2)
    values = [float(value) for value in rows.locator("td:nth-child(3)").evaluate_all("cells => cells.map(c => c.dataset.value)")]
    finite = [value for value in values if abs(value) < float("inf")]
    assert finite == sorted(finite), "not sorted"


def press(page: Page, table: Locator, column: int) -> None:
    """Press the title of a column by the keyboard."""
    table.locator("th button").nth(column).focus()
    page.keyboard.press("Enter")


def check_units(page: Page) -> None:
    """Sort a table of times and shares, and bring it back into its own order."""
    table = page.locator("table", has=page.locator("td[data-unit=s]")).filter(has=page.locator("td[data-unit='%']")).first
    rows = table.locator("tbody tr")
    original = rows.all_inner_texts()
    for column in (2, 3):
        press(page, table, column)
        up = rows.locator(f"td:nth-child({column + 1})").evaluate_all("cells => cells.map(c => [c.dataset.unit, Number(c.dataset.value)])")
        known = [(unit, value) for unit, value in up if value is not None and unit]
        assert known == sorted(known), known
        assert len({unit for unit, _ in known}) > 1, known
        press(page, table, column)
        assert rows.all_inner_texts() != original, "not sorted downwards"
        press(page, table, column)
        assert rows.all_inner_texts() == original, "the third press does not bring back the order"


def check_skip_link(page: Page) -> None:
    """Check that the first press of the tabulator offers a way past the links to the first table."""
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === document.querySelector('nav + section h2')"), "the link leads elsewhere"


def main(report: str, summary: str, chromium: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        problems: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(Path(report).resolve().as_uri())
        count = check_numbers(page, json.loads(Path(summary).read_text(encoding="utf-8")))
        assert count > 50, count
        for width in WIDTHS:
            check_width(page, width)
        check_skip_link(page)
        check_table(page)
        check_units(page)
        pdf = page.pdf(format="A4", prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        assert problems == [], problems
        assert [url for url in requests if not url.startswith(("file:", "data:"))] == [], requests
        browser.close()
    print(f"the report shows {count} numbers of the summary at {len(WIDTHS)} widths and prints")


if __name__ == "__main__":
    main(*sys.argv[1:])
