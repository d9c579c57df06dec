"""What the relay carries, and for how long."""

MOST_MESSAGE = 1000
MOST_SHOWN = 200  # messages of one thread on its page, the latest
KEPT_DAYS = 30  # messages of a thread that ended are erased after so long, unless a moderator still has to look
