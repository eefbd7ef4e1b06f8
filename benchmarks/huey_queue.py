"""The queue that huey's own consumer program imports; its file's folder comes from the environment."""

import os
from pathlib import Path

from huey import SqliteHuey

from benchmarks.flow_huey import FOLDER_VARIABLE, nothing

queue = SqliteHuey("benchmark", filename=str(Path(os.environ[FOLDER_VARIABLE]) / "huey.db"))
step = queue.task()(nothing)
