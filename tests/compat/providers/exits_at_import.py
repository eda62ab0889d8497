"""sys.exit is called while the module is imported, as a script does that checks its surroundings."""

import sys

if "A_KEY_THAT_NOBODY_HAS" not in __import__("os").environ:
    sys.exit("set A_KEY_THAT_NOBODY_HAS first")
