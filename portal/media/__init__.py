"""Pictures and videos: what residents upload is looked at and encoded anew, in a child process that may do
little.

`kinds` names a file by its first bytes. `process` is what the rest of the portal calls. `child/` is a
program of its own, run by `process` and never imported: it is the only code that decodes what a stranger
made.
"""
