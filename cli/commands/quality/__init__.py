"""Commands that show quality."""
