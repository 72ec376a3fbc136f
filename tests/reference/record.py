"""Records all groups, or those that are named: python3 record.py [group ...]"""
import importlib
import pathlib
import sys

sys.dont_write_bytecode = True

GROUPS = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.py") if path.stem not in ("record", "recorder"))
for group in sys.argv[1:] or GROUPS:
    importlib.import_module(group)
