"""`python -m benchmarks` from the repository's root."""

import sys

from benchmarks.run import main

sys.exit(main())
