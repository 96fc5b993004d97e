"""The only border between the vendors' words and ours."""
