"""How definitions are begun, checked and tested: what the commands of their writers do."""
