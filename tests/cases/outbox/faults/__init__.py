"""Reminders on their way while everything breaks that can."""
