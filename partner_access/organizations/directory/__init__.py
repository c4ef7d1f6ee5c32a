"""Organizations themselves: how they are found, set up, paused, read by staff, and made one."""
