"""Understanding: from the words of a sentence to calls, by the command model under its grammar."""
