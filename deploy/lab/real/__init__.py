"""The namespace lab: real DNS programs at the real addresses, in a network namespace with no way out.

`RealLab(folder)` runs it from within such a namespace (`namespace.enclosed` makes one); `python -m deploy.lab.real` shows it.
"""
