"""The tables of credit, a module for each subject."""
