"""A demonstration: fictional Chinese borrowers of three creditors and a sample of real United States loans.

Nobody in it exists: names say so, numbers come from ranges in which nobody has a telephone or an identity card.
"""
