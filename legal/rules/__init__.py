"""What a court asks for, reckoned: fees, interest for delayed performance, limitation. Pure, with its tables as data."""
