// POP3: placeholder, replaced by its first real test.
