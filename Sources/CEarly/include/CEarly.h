// Nothing is called from here: linked to a program, early.c runs by itself.
