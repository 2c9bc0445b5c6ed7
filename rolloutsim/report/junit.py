"""Checks as JUnit XML, which CI systems show as tests: one case per check. XML holds visible letters only.

A check that is undecided is an *error*, not *skipped*: systems that read only this file count skipped tests as good, and what was not
decided is not good. A check that does not hold is a *failure*; replicates that crashed are an error of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from rolloutsim.printing import visible
from rolloutsim.report.verdicts import check_evidence, crash_text

if TYPE_CHECKING:
    from rolloutsim.study import Checks


def checks_junit(all_checks: Iterable[Checks]) -> str:
    """Return the XML document."""
    root = ElementTree.Element("testsuites")
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for checks in all_checks:
        suite = _suite(checks)
        root.append(suite)
        for key in totals:
            totals[key] += int(suite.attrib[key])
    root.attrib.update({"name": "rolloutsim check", **{key: str(value) for key, value in totals.items()}})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(checks: Checks) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=visible(checks.scenario))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("file", checks.file), ("seed", checks.seed), ("replicates", checks.replicates)):
        ElementTree.SubElement(properties, "property", name=name, value=visible(str(value)))
    for result in checks.results:
        case = _case(suite, checks, result.check.text)
        evidence = check_evidence(result)
        if result.verdict.outcome == "pass":
            ElementTree.SubElement(case, "system-out").text = visible(evidence)
        elif result.verdict.outcome == "fail":
            _problem(case, "failure", "fail", f"does not hold: {evidence}")
        else:
            _problem(case, "error", "undecided", f"undecided: {evidence}; {result.verdict.advice}")
    if checks.crashes:
        case = _case(suite, checks, "every replicate is simulated to its end")
        _problem(case, "error", checks.crashes[0].type, crash_text(checks)).text = visible(checks.crashes[0].traceback)
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    suite.attrib.update({key: str(len(suite.findall(path))) for key, path in counts.items()})
    return suite


def _case(suite: ElementTree.Element, checks: Checks, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=visible(checks.scenario), name=visible(name))


def _problem(case: ElementTree.Element, kind: str, type_: str, message: str) -> ElementTree.Element:
    element = ElementTree.SubElement(case, kind, type=visible(type_), message=visible(message))
    element.text = visible(message)
    return element
