"""The systems, by name."""

from __future__ import annotations

from rolloutsim.scenario.parts.fields import Schema
from rolloutsim.scenario.systems.ansible import ANSIBLE
from rolloutsim.scenario.systems.codedeploy import CODEDEPLOY
from rolloutsim.scenario.systems.edgehog import EDGEHOG
from rolloutsim.scenario.systems.greengrass_v2 import GREENGRASS_V2
from rolloutsim.scenario.systems.iot_jobs import IOT_JOBS
from rolloutsim.scenario.systems.keys import keys_schema
from rolloutsim.scenario.systems.ssm import SSM
from rolloutsim.scenario.systems.stacksets import STACKSETS

__all__ = ["ROBOMAKER", "SYSTEMS", "deployment_schema"]

#: The system whose request a deployment is without `system`.
ROBOMAKER = "robomaker"

SYSTEMS = {system.name: system for system in (IOT_JOBS, GREENGRASS_V2, SSM, STACKSETS, CODEDEPLOY, ANSIBLE, EDGEHOG)}


def deployment_schema() -> Schema:
    """Return the JSON Schema of a deployment by one of the systems."""
    forms = []
    for system in SYSTEMS.values():
        form = keys_schema(system.keys)
        form["properties"] = {"system": {"const": system.name, "description": f"{system.title}: {system.pasted}."}, **form["properties"]}
        form["required"] = ["system", *form.get("required", ())]
        forms.append(form)
    return {"oneOf": forms}
