"""Segment → strategy → dated steps, and what a revision changes. Pure: no ORM, no clock, no Django."""
