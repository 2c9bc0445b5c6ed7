"""Let botocore parse answers that were recorded by the tests, and validate them by its model: ``python .ci/robomaker_answers.py FILE``.

It needs botocore 1.40.30 and nothing of this program. Each line is an operation, a status, headers and a body.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from botocore.parsers import create_parser
from botocore.session import get_session
from botocore.validate import validate_parameters


def main(file: str) -> None:
    model = get_session().get_service_model("robomaker")
    parser = create_parser("rest-json")
    seen: Counter[str] = Counter()
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        name, status, headers, body = json.loads(line)
        shape = model.operation_model(name).output_shape
        parsed = parser.parse({"status_code": status, "headers": headers, "body": body.encode()}, shape)
        metadata = parsed.pop("ResponseMetadata")
        assert metadata["HTTPStatusCode"] == status < 500
        if status == 200:
            validate_parameters(parsed, shape)
            seen[name] += 1
        else:
            known = {error.name for error in model.operation_model(name).error_shapes}
            assert parsed["Error"]["Code"] in known | {"SerializationException"}, (name, parsed)
            assert parsed["Error"]["Message"]
    missing = set(model.operation_names) & {"CreateDeploymentJob", "DescribeDeploymentJob", "ListRobots", "TagResource"} - set(seen)
    assert not missing, missing
    print(f"botocore accepts {sum(seen.values())} answers of {len(seen)} operations")


if __name__ == "__main__":
    main(sys.argv[1])
