"""What is done on one host beside a migration: a script that may be sent again without harm."""
