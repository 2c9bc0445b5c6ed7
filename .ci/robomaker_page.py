"""Open the page of a server in headless Chromium: ``python .ci/robomaker_page.py URL CHROMIUM``, in an environment with playwright.

The server is one whose time stands still, with 100 robots and one deployment job.
"""

from __future__ import annotations

import sys

from playwright.sync_api import expect, sync_playwright


def main(url: str, chromium: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{url}/-/")
        expect(page.locator("#robots tbody tr").first).to_contain_text("100")
        expect(page.locator("#pace")).to_have_text("simulated time stands still")
        before = page.locator("#date").inner_text()
        page.click("#hour")
        expect(page.locator("#date")).not_to_have_text(before)
        page.fill("#speed", "60")
        page.click("button[type=submit]")
        expect(page.locator("#pace")).to_contain_text("a real minute is 60 min")
        page.click("#pause")
        expect(page.locator("#pause")).to_have_text("Go on")
        expect(page.locator("article")).to_have_count(1)
        assert page.locator("svg path").count() == 2
        assert page.locator("article").inner_text().count("InSync") >= 1
        script = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
        ran = page.evaluate(f"() => {{ {script}; return window.ran }}")
        assert ran is None, "an inline script runs"
        assert all("Content Security Policy" in problem for problem in problems), problems
        browser.close()
    print("the page shows robots, a job and the clock, and controls it")


if __name__ == "__main__":
    main(*sys.argv[1:])
