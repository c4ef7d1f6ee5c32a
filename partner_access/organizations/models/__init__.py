"""The tables of organizations, a module for each subject."""
