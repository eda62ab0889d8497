"""A provider of the standard library only: which scripts a text is written in, and what its words look like."""

import unicodedata
from collections import Counter

# Scripts that write no spaces between words; there, letters are counted instead of words.
WITHOUT_SPACES = {"CJK", "HIRAGANA", "KATAKANA", "THAI"}


def script_of(letter):
    """The first word of the character's Unicode name: LATIN, CYRILLIC, CJK, …"""
    return unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0]


def words_of(text):
    """Runs of letters with their marks; `re`'s \\w would cut Hindi words at the vowel signs."""
    return "".join(c.lower() if unicodedata.category(c)[0] in "LM" else " " for c in text).split()


def call_api(prompt, options, context):
    letters = [c for c in prompt if c.isalpha()]
    scripts = Counter(script_of(c) for c in letters)
    spaceless = sum(scripts[name] for name in WITHOUT_SPACES) * 2 > len(letters)
    words = letters if spaceless else words_of(prompt)
    top = options.get("config", {}).get("top", 3)
    main_script = scripts.most_common(1)[0][0] if scripts else "NONE"
    return {
        "output": f"{main_script}: {len(words)} {'letters' if spaceless else 'words'}",
        "metadata": {
            "scripts": dict(scripts.most_common()),
            "longest": max(words, key=len, default=""),
            "most_common": Counter(words).most_common(top),
            "symbols": sum(unicodedata.category(c) == "So" for c in prompt),
            "topic": context.get("vars", {}).get("topic"),
        },
    }
