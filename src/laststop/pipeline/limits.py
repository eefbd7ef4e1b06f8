"""The numbers and name patterns CodePipeline sets for a declaration.

Source: patterns and lengths are those of botocore's CodePipeline model (1.43); the counts are AWS's quotas
page and its pipeline structure reference as of 2026. Where these two disagree the smaller number stands here,
so that what passes here passes there.
"""

import re
from typing import Final

NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9.@_-]{1,100}")
"""Pipeline, stage and action names."""
ARTIFACT_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
NAMESPACE_PATTERN: Final = re.compile(r"[A-Za-z0-9@_-]{1,100}")
VARIABLE_PATTERN: Final = re.compile(r"[A-Za-z0-9@_-]{1,128}")
"""Names of variables of the whole pipeline."""
ENVIRONMENT_PATTERN: Final = re.compile(r"[A-Za-z0-9_]{1,128}")
"""Names of environment variables of a Commands action."""
ROLE_PATTERN: Final = re.compile(r"arn:aws(-\w+)*:iam::[0-9]{12}:role/.{1,970}")
RESERVED_NAMESPACES: Final = ("codepipeline", "variables")

STAGES_MIN: Final = 2
STAGES_MAX: Final = 50
ACTIONS_PER_STAGE_MAX: Final = 50
"""The structure reference says 50, the quotas page 100 parallel or sequential ones."""
ACTIONS_PER_PIPELINE_MAX: Final = 1000
RUN_ORDER_MAX: Final = 999

VARIABLES_MAX: Final = 50
VARIABLE_VALUE_CHARACTERS_MAX: Final = 1000
VARIABLE_DESCRIPTION_CHARACTERS_MAX: Final = 200

CONFIGURATION_KEY_CHARACTERS_MAX: Final = 50
CONFIGURATION_VALUE_CHARACTERS_MAX: Final = 1000
"""Before variables are resolved."""
CONFIGURATION_RESOLVED_BYTES_MAX: Final = 100 * 1024
"""All keys and values of one action together, after variables are resolved."""

TIMEOUT_MINUTES_MIN: Final = 5
TIMEOUT_MINUTES_MAX: Final = 86_400
"""`timeoutInMinutes`, accepted on manual approvals only."""

COMMANDS_MAX: Final = 50
COMMAND_CHARACTERS_MAX: Final = 1000
OUTPUT_VARIABLES_MAX: Final = 15
OUTPUT_VARIABLE_CHARACTERS_MAX: Final = 128
ACTION_ENVIRONMENT_MAX: Final = 10
ACTION_ENVIRONMENT_VALUE_CHARACTERS_MAX: Final = 2000
FILES_MAX: Final = 10
FILE_CHARACTERS_MAX: Final = 128
"""`files` of an output artifact of a Commands action."""

CONDITIONS_MAX: Final = 1
"""At each gate of a stage."""
RULES_MAX: Final = 5
RULE_KEYS_MAX: Final = 200
RULE_VALUE_CHARACTERS_MAX: Final = 10_000

TRIGGERS_MAX: Final = 50
TRIGGERS_BYTES_MAX: Final = 200 * 1024
FILTERS_MAX: Final = 3
PATTERNS_MAX: Final = 8
PATTERN_CHARACTERS_MAX: Final = 255
PULL_REQUEST_EVENTS_MAX: Final = 3
CHANGED_FILES_MAX: Final = 100
"""Of one push or pull request, looked at by path filters."""

BUCKET_PATTERN: Final = re.compile(r"[a-zA-Z0-9.-]{3,63}")
ENCRYPTION_KEY_CHARACTERS_MAX: Final = 400
REGION_CHARACTERS: Final = (4, 30)
PROVIDER_PATTERN: Final = re.compile(r"[0-9A-Za-z_-]{1,35}")
PROVIDER_VERSION_PATTERN: Final = re.compile(r"[0-9A-Za-z_-]{1,9}")
