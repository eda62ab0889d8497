"""The checks of the compatibility suite.

A check is a function of one of the modules check_*.py and a row of the table in registry.py.
Nothing here knows pytest.
"""
