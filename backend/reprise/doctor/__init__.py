"""The check-up behind `reprise doctor`: what is installed, what is missing or damaged, and how fast it is here."""
