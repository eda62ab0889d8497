"""A provider with a model of scikit-learn, a deep tree; a call predicts one class."""

import os

os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")  # pandas may load pyarrow, which has a thread

import numpy  # noqa: E402
from ordinary_work import do, place  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402

DATA = numpy.sin(numpy.arange(400_000.0)).reshape(20_000, 20)
MODEL = DecisionTreeClassifier(random_state=1).fit(DATA, numpy.arange(20_000) * 7919 % 10)


def call_api(prompt, options, context):
    at = place(prompt, len(DATA))
    return do(prompt, options, MODEL.predict(DATA[at : at + 1])[0])
