"""The rules: who brought a client, decided from facts alone; their versions, and what others would have decided."""
