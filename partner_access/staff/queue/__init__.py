"""The queue: every kind of decision that waits for staff, a module for each kind."""
