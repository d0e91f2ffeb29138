"""What the doctor tells, each failure made for real first."""
