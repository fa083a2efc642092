// An empty table of locales in the place of ICU's, which is 34 MB and half of a program with Swift's libraries in it. Foundation
// brings it along for calendars, time zones and languages; the program asks for none of them. Debug builds keep the whole one.
// Must not be linked where dates or numbers are written for people of a certain language.

#ifndef DEBUG

#include <stdint.h>

/// What ICU looks for at the begin of its data, and how many entries follow: none.
struct table {
    uint16_t header_size;
    uint8_t magic[2];
    uint16_t info_size;
    uint16_t reserved;
    uint8_t is_big_endian;
    uint8_t charset_family;
    uint8_t octets_of_character;
    uint8_t more_reserved;
    uint8_t format[4];
    uint8_t format_version[4];
    uint8_t data_version[4];
    uint8_t padding[8];
    uint32_t count;
    uint32_t nothing[5];
};

/// The number is that of the ICU in Swift 6.2 and 6.3; in another's place it does nothing.
__attribute__((aligned(16))) const struct table icudt76_dat = {
    .header_size = 32,
    .magic = {0xDA, 0x27},
    .info_size = 20,
    .octets_of_character = 2,
    .format = {'C', 'm', 'n', 'D'},
    .format_version = {1, 0, 0, 0},
};

#endif
