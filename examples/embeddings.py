"""A provider that embeds: latent semantic analysis, which puts texts that share pieces of words close together.

It learns from data/sentences.jsonl while it is imported, once per host: hashed character n-grams, then the strongest
64 directions. Returns a NumPy array as it is; the host turns it into JSON. Needs scikit-learn.
"""

import json
from pathlib import Path

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

SENTENCES = Path(__file__).parent / "data" / "sentences.jsonl"
DIMENSIONS = 64


def train():
    with SENTENCES.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    model = make_pipeline(
        HashingVectorizer(analyzer="char_wb", ngram_range=(1, 4), n_features=2**15),
        TruncatedSVD(DIMENSIONS, random_state=0),
        Normalizer(),
    )
    return model.fit(texts)


model = train()


def call_embedding_api(prompt, options):
    return {"embedding": model.transform([prompt])[0], "tokenUsage": {"total": len(prompt.split())}}
