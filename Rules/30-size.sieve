# Marks large mail, so that a mail program can sort or hide it: over 10 megabytes it gets X-Popsieve-Size.
# Never holds mail back: the message comes whole, however large it is.

require "editheader";

if size :over 10M {
    addheader "X-Popsieve-Size" "large";
}
