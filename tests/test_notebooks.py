"""The notebooks run from beginning to end, and are committed without outputs."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from tests.gate import PATIENCE_S

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# The kernel is another process on this machine, and this is its warning that it is not one across a network.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*TCP without encryption.*")
def test_a_notebook_runs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells), "clear the outputs before committing"
    client = nbclient.NotebookClient(notebook, timeout=PATIENCE_S, resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    shown = [output for cell in cells for output in cell.outputs]
    assert not [
        output.text for output in shown if output.output_type == "stream" and output.name == "stderr" and "IPKernelApp" not in output.text
    ]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert "text/html" in cells[0].outputs[-1].data, "a scenario shows itself"
    assert "text/html" in cells[1].outputs[-1].data, "results show themselves"
