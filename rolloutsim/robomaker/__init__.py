"""RoboMaker's own API over the simulation: what was written for ``create_deployment_job`` runs again, in simulated time.

`Client` is called as boto3's. Read on in this order: `shapes` and `operations` are the one table of the API, from which come the
validation of requests (`validation`), the model for botocore (`service_model`) and the reference in the documentation. `service` answers
requests: `handlers` and `deployments` check them and make the answers (`views`, `pages`), `changes` applies them to the `state`, and `log`
keeps them. A job is what was asked for and when: `jobs` simulates it when it is needed, with the scenario that `rehearsal` makes, and
`progress` looks it up at an instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.robomaker.client import Client as Client
    from rolloutsim.robomaker.service_model import write_model as write_model

__getattr__, __dir__, __all__ = lazy_names(__name__, {"client": ["Client"], "service_model": ["write_model"]})
