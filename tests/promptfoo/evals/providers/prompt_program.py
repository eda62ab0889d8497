"""A prompt without a function: the file is run as a program, with the context in its argument."""

import json
import sys

if __name__ == "__main__":
    context = json.loads(sys.argv[1])
    print(f"Greet {context['vars']['name']} from a program")
