// EndToEnd: placeholder, replaced by its first real test.
