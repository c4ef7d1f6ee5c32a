"""What happens to organizations, members and clients as they change, with all their credit."""
