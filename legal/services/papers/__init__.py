"""Legal papers: fields and facts → content → checked → wording → PDF → signed and filed."""
