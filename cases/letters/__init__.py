"""Content → checked → PDF. The one room of the cases app that knows WeasyPrint."""
