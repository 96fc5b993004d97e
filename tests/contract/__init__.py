"""Software that nobody here wrote, and the vendors' own documents, against the emulators."""
