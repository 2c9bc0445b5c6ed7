"""Open a report in headless Chromium: ``python .ci/report_page.py REPORT SUMMARY CHROMIUM``, in an environment with playwright.

The report is one of a folder of a run, whose ``summary.json`` is the second argument.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

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
    button = table.locator("th button").nth(2)
    button.focus()
    page.keyboard.press("Enter")
    values = [float(value) for value in rows.locator("td:nth-child(3)").evaluate_all("cells => cells.map(c => c.dataset.value)")]
    finite = [value for value in values if abs(value) < float("inf")]
    assert finite == sorted(finite), "not sorted"


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
        check_table(page)
        pdf = page.pdf(format="A4", prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        assert problems == [], problems
        assert [url for url in requests if not url.startswith(("file:", "data:"))] == [], requests
        browser.close()
    print(f"the report shows {count} numbers of the summary at {len(WIDTHS)} widths and prints")


if __name__ == "__main__":
    main(*sys.argv[1:])
