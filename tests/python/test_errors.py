"""The error grammar, and that it survives a worker process."""

import pickle

from pyjetsim.errors import DataError, Error


def test_grammar_and_pickling():
    error = DataError("x.h5 is gone", "nothing to read", "check the name")
    assert str(error) == "x.h5 is gone (nothing to read): check the name"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is DataError
    assert isinstance(again, Error)
    assert str(again) == str(error)
