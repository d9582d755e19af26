# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assign many in a process of its own, in compressed time: python assign.py OPTIONS RESULT RATE.

OPTIONS is a JSON file with the module's options, RESULT is where to put what came of it, and RATE is how many writes a
second the client believes to be allowed; the quota of the simulator is compressed by the same factor. This is the
module's own code with one constant changed, which is why it does not go through ansible-playbook.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils import _batch
from ansible_collections.entra.crosstenant.plugins.module_utils._task import perform
from ansible_collections.entra.crosstenant.plugins.modules.app_role_assignment import TASK


def main(options: Path, result: Path, rate: float) -> None:
    """Validate the options as a module would, and carry the task out."""
    _batch.WRITES_PER_SECOND = rate
    given = json.loads(options.read_text(encoding="utf-8"))
    validated = ArgumentSpecValidator(TASK.arguments.spec, **TASK.arguments.rules).validate(given)
    if validated.error_messages:
        sys.exit(str(validated.error_messages))
    outcome = perform(TASK, validated.validated_parameters, check_mode=False)
    kept = {name: outcome[name] for name in ("failed", "msg", "assignments") if name in outcome}
    result.write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
