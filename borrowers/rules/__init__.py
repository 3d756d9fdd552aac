"""What is owed and by whom, as pure functions on frozen dataclasses: no ORM, no clock, no settings."""
