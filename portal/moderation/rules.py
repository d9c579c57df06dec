"""What can be reported, and which rules a decision may cite."""

CITABLE = ("R1", "R2", "R3", "R5", "R7")  # what a post or comment can break; R4, R6 and R8 bind the portal itself
MOST_REASON = 500
