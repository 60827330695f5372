"""What the exit status says."""

OK = 0  # nothing failed the run
FOUND = 1  # findings did
WRONG = 2  # called or configured wrongly, or a bug of ours
INTERRUPTED = 130  # as a shell says it of Ctrl-C

MEANING = "exit status: 0 nothing failed, 1 findings failed the run, 2 called or configured wrongly"
