"""The wire: error shape, pages of lists, ids, schema. Knows no app."""
