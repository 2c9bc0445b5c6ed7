"""The page on exploring shows what the commands print, and its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from rolloutsim.cli import cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "exploring.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- command -->\n```bash\n(.*?)\n```\n\n<!-- output -->\n```text\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    assert [command.split()[1] for command, _ in EXAMPLES] == ["sensitivity", "plan"]


@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=lambda text: text.split()[1])
def test_commands_print_what_the_page_shows(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, shlex.split(command)[1:])
    assert result.exit_code == 0
    assert result.stdout == output


@pytest.mark.slow
def test_the_python_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = re.search(r"<!-- python -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    names: dict[str, object] = {}
    exec(compile(found[1], "docs/exploring.md", "exec"), names)
    assert len(names["found"].options) == 6  # type: ignore[attr-defined]  # a Plan


def test_the_scenario_of_the_page_is_the_one_in_its_folder() -> None:
    scenario = (ROOT / "docs" / "exploring" / "depot.yaml").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    for line in found[1].splitlines()[2:]:
        assert line.split("[")[0] in scenario
