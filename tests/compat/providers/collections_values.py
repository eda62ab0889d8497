"""What the standard library's collections and scalars give is returned as it is, without dict() and list()."""

import collections
import datetime
import fractions
import ipaddress
import re
import types

LIMITS = types.MappingProxyType({"most": 3})


def call_api(prompt, options, context):
    words = collections.deque(prompt.split(), maxlen=2)
    counts = collections.Counter(prompt)
    return {
        "output": {
            "words": words,
            "letters": counts.keys(),
            "defaults": collections.ChainMap({"a": 1}, LIMITS),
            "span": range(3),
            "took": datetime.timedelta(seconds=1.5),
            "share": fractions.Fraction(1, 3),
            "address": ipaddress.ip_address("127.0.0.1"),
            "pattern": re.compile("a+"),
            "settings": types.SimpleNamespace(temperature=0.5),
            "fault": ValueError("bad"),
        }
    }
