"""A provider that classifies: which language a prompt is in.

It learns from data/sentences.jsonl while it is imported, once per host: character n-grams, TF-IDF, logistic regression.
Needs scikit-learn.
"""

import json
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

SENTENCES = Path(__file__).parent / "data" / "sentences.jsonl"


def train():
    with SENTENCES.open(encoding="utf-8") as lines:
        examples = [json.loads(line) for line in lines]
    model = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True),
        LogisticRegression(C=30.0, max_iter=1000),
    )
    return model.fit([e["text"] for e in examples], [e["language"] for e in examples])


model = train()


def probabilities(prompt):
    """Language → probability, the likeliest first."""
    values = zip(model.classes_, model.predict_proba([prompt])[0])
    return dict(sorted(((str(k), round(float(v), 4)) for k, v in values), key=lambda item: -item[1]))


def call_classification_api(prompt, options):
    top = options.get("config", {}).get("top", 3)
    return {"classification": dict(list(probabilities(prompt).items())[:top])}


def call_api(prompt, options, context):
    language, probability = next(iter(probabilities(prompt).items()))
    return {"output": language, "metadata": {"probability": probability}}
