"""The command line, one file a verb. No science here."""
