"""Python's own json on the embedding: dumps where the script runs, loads where the result goes.

python_json.py write|read
"""

import json
import sys

from runner import serve
from embedding import call_embedding_api

if __name__ == "__main__":
    value = call_embedding_api("", {})
    text = json.dumps(value)
    serve((lambda: json.dumps(value)) if sys.argv[1] == "write" else (lambda: json.loads(text)))
