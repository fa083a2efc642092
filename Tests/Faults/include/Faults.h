// Nothing is called by name: tests load the library before the program under test, and its calls go through it.
