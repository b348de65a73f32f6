"""jets.h5: its layout, a reader in pieces, a writer, and how what was written is checked."""
