"""RoboMaker's own API over the simulation: what was written for ``create_deployment_job`` runs again, in simulated time.

`shapes` and `operations` are the one table of the API. From it come the validation of requests (`validation`), the model for botocore
(`service_model`) and the reference in the documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.robomaker.service_model import write_model as write_model

__getattr__, __dir__, __all__ = lazy_names(__name__, {"service_model": ["write_model"]})
