"""A scikit-learn pipeline is fitted when the module is imported and classifies each prompt."""

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

model = make_pipeline(CountVectorizer(), MultinomialNB())
model.fit(["great fine lovely", "good great", "awful bad", "bad poor horrid"], ["positive"] * 2 + ["negative"] * 2)


def call_classification_api(prompt, options):
    [row] = model.predict_proba([prompt])
    return {"classification": {name: round(float(share), 3) for name, share in zip(model.classes_, row)}}
