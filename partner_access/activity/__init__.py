"""Activity: who did what at an organization, told from its audit log; a surface."""
