// Audit: placeholder, replaced by its first real file.
