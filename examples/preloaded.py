"""A provider whose import is worth sharing, with a database that is not to be shared: for `--preload`.

While it is imported it learns which language has which groups of three letters, once for all hosts. Each host then
opens a database of its own in `on_host_start()`, as two processes must not use one connection.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path

SENTENCES = Path(__file__).parent / "data" / "sentences.jsonl"


def trigrams(text):
    padded = f"  {text.lower()}  "
    return Counter(padded[i : i + 3] for i in range(len(padded) - 2))


def learn():
    """The share of each group in the texts of a language."""
    known = defaultdict(Counter)
    with SENTENCES.open(encoding="utf-8") as lines:
        for sentence in map(json.loads, lines):
            known[sentence["language"]] += trigrams(sentence["text"])
    sizes = {name: sum(counts.values()) for name, counts in known.items()}
    return {name: {key: count / sizes[name] for key, count in counts.items()} for name, counts in known.items()}


LANGUAGES = learn()
database = None


def on_host_start():
    """Called once in every host, after the import and before the first call."""
    global database
    database = sqlite3.connect("")  # a file of this process alone, which goes with it
    database.execute("CREATE TABLE prompts (text TEXT, language TEXT)")


def call_api(prompt, options, context):
    found = trigrams(prompt)
    scores = {name: sum(known.get(key, 0) for key in found) for name, known in LANGUAGES.items()}
    language = max(scores, key=scores.get)
    database.execute("INSERT INTO prompts VALUES (?, ?)", (prompt, language))
    (seen,) = database.execute("SELECT count(*) FROM prompts WHERE language = ?", (language,)).fetchone()
    return {"output": language, "metadata": {"prompts_of_that_language_in_this_host": seen}}
