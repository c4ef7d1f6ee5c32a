"""Pages that belong to no feature: the frame of every page, refusals, and what needs no organization."""
