"""``python -m provider_host.ray``; see `_bridge`."""

import sys

from ._bridge import main

if __name__ == "__main__":
    sys.exit(main())
