"""From exhibits to one bundle: redaction, catalogue, stamped pages, manifest, and the check of it all."""
